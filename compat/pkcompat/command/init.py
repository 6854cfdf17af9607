"""`pkcompat init`: the files that a project begins with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pkcompat.init import Beginning, NewFile


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="The project's folder, which is made if there is none.")
    ] = Path(),
) -> None:
    """Begin a project: a `partykit.json`, a first party, and a test of it.

    Nothing is asked, and nothing is overwritten. Parties that the folder has already, in either form, are
    named in the new `partykit.json`; then no party is written, and the test serves those.
    """
    from pkcompat.command.migrate_input import migrate_paths
    from pkcompat.init import InitError, begin, found_parties, write_new
    from pkcompat.project import load_project_config

    try:
        is_there = folder.exists()
        if is_there and not folder.is_dir():
            raise InitError(f"{folder}: is no folder; name one, or a new one")
        found = found_parties(folder, migrate_paths([folder], None, None, cache=False) if is_there else ())
        beginning = begin(folder, load_project_config(folder), found)
    except OSError as error:  # it may not be looked into, or can be no folder's name
        raise InitError(f"{folder}: {error.strerror or error}") from None
    _show(folder, beginning, write_new(folder, beginning.files))


def _show(folder: Path, beginning: "Beginning", written: "list[NewFile]") -> None:
    from importlib.util import find_spec

    from rich.text import Text

    from pkcompat.command.output import show_warning, shown_path, stdout_console

    console = stdout_console()
    width = max((len(file.name) for file in beginning.files), default=0)
    for file in beginning.files:
        did = ("wrote", "green") if file in written else ("kept", "yellow")
        console.print(Text.assemble(did, f"  {file.name:<{width}}  ", (file.is_for, "dim")), soft_wrap=True)
    for note in beginning.notes:
        show_warning(note)
    commands = [] if folder.resolve() == Path.cwd() else [(f"cd {shown_path(folder)}", "")]
    if find_spec("pytest") is None:
        commands.append(("python -m pip install pytest", "which the test needs"))
    if beginning.test is not None:
        commands.append((f"python -m pytest {beginning.test}", "run the test"))
    commands.append(("pkcompat serve --reload", "serve it, and again after each change"))
    if beginning.objects:
        commands.append(("pkcompat migrate . --diff", "what the parties are in the class form"))
    width = max(len(command) for command, _ in commands)
    console.print(Text("next:", "bold"))
    for command, does in commands:
        line = Text(f"  {command:<{width}}  {does}".rstrip())
        line.stylize("cyan", 2, 2 + len(command))
        console.print(line, soft_wrap=True)

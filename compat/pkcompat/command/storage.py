"""`pkcompat storage`: rooms' data, while no host serves it."""

import typer

from pkcompat.command.examples import examples
from pkcompat.command.help import HelpfulCommand, HelpfulGroup
from pkcompat.command.storage_reading import export_rooms, list_rooms, show_room
from pkcompat.command.storage_writing import copy_rooms, delete, import_lines

storage = typer.Typer(
    name="storage",
    cls=HelpfulGroup,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    epilog=examples("storage"),
)


@storage.callback()
def options() -> None:
    """Work on rooms' data in storage files and clusters, while no host serves it."""


storage.command("list", cls=HelpfulCommand, epilog=examples("storage list"))(list_rooms)
storage.command("show", cls=HelpfulCommand, epilog=examples("storage show"))(show_room)
storage.command("export", cls=HelpfulCommand, epilog=examples("storage export"))(export_rooms)
storage.command("import", cls=HelpfulCommand, epilog=examples("storage import"))(import_lines)
storage.command("delete", cls=HelpfulCommand, epilog=examples("storage delete"))(delete)
storage.command("copy", cls=HelpfulCommand, epilog=examples("storage copy"))(copy_rooms)

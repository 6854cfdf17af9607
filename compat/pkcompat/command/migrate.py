"""`pkcompat migrate`: rewrite party modules to the class form."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.exit_status import ALL_WELL, FOUND, WRONG_USE
from pkcompat.command.options import CacheOption, ExcludeOptions, JobsOption, PathArguments

if TYPE_CHECKING:
    from pkcompat.file_migration import FileMigration


class Format(StrEnum):
    """How the outcome is printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def migrate(
    paths: PathArguments,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; print what would change as a unified diff.")
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="How to print what became of each file.")
    ] = Format.TEXT,
    exclude: ExcludeOptions = None,
    jobs: JobsOption = None,
    cache: CacheOption = True,
    stdin_filename: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="What to call standard input, for settings and messages."),
    ] = None,
) -> None:
    """Rewrite party modules from the object of handlers to the class, in place.

    Each party is rewritten, rewritten with residue (places that keep working through a shim, each listed), or
    wrapped in `legacy_to_class(...)`, which is listed too; one that is refused when it is served (`onMesage`)
    is left as it is, and listed. Folders are searched for `*.py` files; what git ignores, virtual
    environments, hidden folders and `__pycache__` are left out. With `-` a module is read from standard input
    and written to standard output.
    """
    from pkcompat.command.migrate_output import show_diff, show_text
    from pkcompat.command.migration_input import migrate_paths, migrate_stdin
    from pkcompat.file_migration import write_migration
    from pkcompat.migration_json import migration_json
    from pkcompat.sarif import sarif_log

    from_stdin = Path("-") in paths
    if from_stdin and len(paths) > 1:
        raise typer.BadParameter("- is standard input, and stands alone", param_hint="PATH")
    if from_stdin:
        migrations = [migrate_stdin(stdin_filename)]
    else:
        migrations = migrate_paths(paths, exclude, jobs, cache=cache)
    writes = not (check or diff)
    if diff:
        show_diff(migrations)
    if writes and from_stdin:
        sys.stdout.buffer.write(migrations[0].after)
        sys.stdout.buffer.flush()
    elif writes:
        migrations = [write_migration(migration) for migration in migrations]
    to_stderr = diff or (writes and from_stdin)
    if output_format is Format.TEXT:
        show_text(migrations, written=writes, to_stderr=to_stderr)
    else:
        document = sarif_log if output_format is Format.SARIF else migration_json
        typer.echo(document(migrations), err=to_stderr)
    raise typer.Exit(_status(migrations, check))


def _status(migrations: "Sequence[FileMigration]", check: bool) -> int:
    if any(migration.problem is not None for migration in migrations):
        return WRONG_USE
    return FOUND if check and any(migration.changes for migration in migrations) else ALL_WELL

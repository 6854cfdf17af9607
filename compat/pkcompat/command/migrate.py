"""`pkcompat migrate`: rewrite party modules to the class form."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.exit_status import ALL_WELL, FOUND, WRONG_USE

if TYPE_CHECKING:
    from pkcompat.file_migration import FileMigration


class Format(StrEnum):
    """How the outcome is printed."""

    TEXT = "text"
    JSON = "json"


def migrate(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Python files, and folders of them.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; print what would change as a unified diff.")
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="How to print what became of each file.")
    ] = Format.TEXT,
) -> None:
    """Rewrite party modules from the object of handlers to the class, in place.

    Each party is rewritten, rewritten with residue (places that keep working through a shim, each listed), or
    wrapped in `legacy_to_class(...)`, which is listed too. Folders are searched for `*.py` files; virtual
    environments, hidden folders and `__pycache__` are left out.
    """
    from pkcompat.command.migrate_output import show_diff, show_json, show_text
    from pkcompat.file_migration import migrate_file, write_migration
    from pkcompat.source_files import find_sources

    writes = not (check or diff)
    migrations = []
    for path in find_sources(paths):
        migration = migrate_file(path)
        migrations.append(write_migration(migration) if writes else migration)
    if diff:
        show_diff(migrations)
    if output_format is Format.JSON:
        show_json(migrations, to_stderr=diff)
    else:
        show_text(migrations, written=writes, to_stderr=diff)
    raise typer.Exit(_status(migrations, check))


def _status(migrations: "Sequence[FileMigration]", check: bool) -> int:
    if any(migration.problem is not None for migration in migrations):
        return WRONG_USE
    return FOUND if check and any(migration.changes for migration in migrations) else ALL_WELL

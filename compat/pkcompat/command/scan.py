"""`pkcompat scan`: list the parties, and what the codemod would make of them."""

from enum import StrEnum
from typing import Annotated

import typer

from pkcompat.command.exit_status import WRONG_USE
from pkcompat.command.options import CacheOption, ExcludeOptions, JobsOption, PathArguments


class Format(StrEnum):
    """The output formats."""

    TEXT = "text"
    JSON = "json"


def scan(
    paths: PathArguments,
    output_format: Annotated[
        Format, typer.Option("--format", help="How to print the parties.")
    ] = Format.TEXT,
    exclude: ExcludeOptions = None,
    jobs: JobsOption = None,
    cache: CacheOption = True,
) -> None:
    """List the parties in the object form: their form and handlers, the outcome of a migration, and findings.

    Nothing is written. Files are selected as `migrate` does.
    """
    from pkcompat.command.migrate_input import migrate_paths
    from pkcompat.command.scan_output import show_scan
    from pkcompat.migrate import scan_json

    migrations = migrate_paths(paths, exclude, jobs, cache=cache)
    if output_format is Format.JSON:
        typer.echo(scan_json(migrations))
    else:
        show_scan(migrations)
    if any(migration.problem is not None for migration in migrations):
        raise typer.Exit(WRONG_USE)

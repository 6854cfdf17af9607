"""`pkcompat migrate`: rewrite party modules to the class form."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.exit_status import ALL_WELL, FOUND, WRONG_USE
from pkcompat.command.migrate_test_options import TestOption, TestTimeoutOption, check_test_options
from pkcompat.command.migrate_verify_options import (
    BudgetOption,
    CompanionOptions,
    IgnoredTextOptions,
    RequireCoverageOption,
    SaveOption,
    SeedOption,
    VariableOptions,
    VerifyingOptions,
    VerifyOption,
)
from pkcompat.command.options import (
    CacheOption,
    ExcludeOptions,
    JobsOption,
    PathArguments,
)

if TYPE_CHECKING:
    from pkcompat.migrate import FileMigration, Migrating, Testing, Verifications, VerificationTerms


class Format(StrEnum):
    """The output formats."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


# Typer takes the options from the signature, one parameter an option; hence the length.
def migrate(
    paths: PathArguments,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Write nothing; print what would change as a unified diff; with `--format json` it is the "
            "field `diff` of each file.",
        ),
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="How to print the outcome of each file.")
    ] = Format.TEXT,
    exclude: ExcludeOptions = None,
    jobs: JobsOption = None,
    cache: CacheOption = True,
    stdin_filename: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="What to call standard input, for settings and messages."),
    ] = None,
    *,
    test: TestOption = None,
    test_timeout: TestTimeoutOption = None,
    verify: VerifyOption = False,
    require_coverage: RequireCoverageOption = None,
    seed: SeedOption = None,
    budget: BudgetOption = None,
    save: SaveOption = None,
    ignore: IgnoredTextOptions = None,
    party: CompanionOptions = None,
    env: VariableOptions = None,
) -> None:
    """Rewrite party modules from the object of handlers to the class, in place.

    Each party is rewritten, rewritten with residue (places that keep working through a shim), wrapped in
    `legacy_to_class(...)`, or, if it could not be served anyway (`onMesage`), left as it is; all but the
    first are listed. Folders are searched for `*.py` files; what git ignores, virtual environments, hidden
    folders, `__pycache__` and links that lead out of a folder are left out. With `-` a module is read from
    standard input and written to standard output.

    With `--verify` a party whose forms differ is wrapped instead, and listed with the script that tells them
    apart; a party that cannot be run is left as it is. With `--test 'pytest -q'` a party that makes the tests
    fail is wrapped, or left as it is.
    """
    from_stdin = Path("-") in paths
    if from_stdin and len(paths) > 1:
        raise typer.BadParameter("- is standard input, and must be the only path", param_hint="PATH")
    if diff and output_format is Format.SARIF:
        raise typer.BadParameter(
            "has no place for a diff; leave out --diff, or use --format json", param_hint="--format sarif"
        )
    check_test_options(test, test_timeout, from_stdin=from_stdin)
    options = VerifyingOptions(require_coverage, seed, budget, save, ignore, party, env)
    if not verify:
        options.refuse()
    elif from_stdin and stdin_filename is None:
        raise typer.BadParameter(
            "with - it needs --stdin-filename, to know where the module lies and what it can import",
            param_hint="--verify",
        )
    from pkcompat.command.migrate_input import read_project, read_stdin
    from pkcompat.command.migrate_output import show_diff, show_text
    from pkcompat.migrate import migration_json, sarif_log, write_migrations

    terms = options.terms() if verify else None
    project = read_stdin(stdin_filename) if from_stdin else read_project(paths, exclude, jobs, cache=cache)
    migrations, verifications, testing = _judged(project, terms, jobs, save, test, test_timeout)
    writes = not (check or diff)
    as_json = output_format is Format.JSON
    if diff and not as_json:
        show_diff(migrations)
    if writes and from_stdin:
        sys.stdout.buffer.write(migrations[0].after)
        sys.stdout.buffer.flush()
    elif writes:
        migrations = write_migrations(migrations)
    # standard output belongs to the diff or to the module, if either is printed
    to_stderr = (diff and not as_json) or (writes and from_stdin)
    if output_format is Format.TEXT:
        show_text(migrations, verifications, written=writes, to_stderr=to_stderr)
    elif output_format is Format.SARIF:
        typer.echo(sarif_log(migrations), err=to_stderr)
    else:
        typer.echo(migration_json(migrations, verifications, testing, diffs=diff), err=to_stderr)
    refuses = any(judge is not None and judge.refuses for judge in (verifications, testing))
    raise typer.Exit(_status(migrations, check, refuses=refuses))


def _judged(
    project: "Migrating",
    terms: "VerificationTerms | None",
    jobs: int | None,
    save: Path | None,
    test: str | None,
    timeout: float | None,
) -> "tuple[list[FileMigration], Verifications | None, Testing | None]":
    """Migrate in memory, and check the result with generated traffic and the user's tests as asked."""
    verifying = None
    if terms is not None:
        from pkcompat.command.migrate_verify import Verifying

        verifying = Verifying(project, terms, jobs, save)
    settle = project.migrate if verifying is None else verifying.settle
    testing = None
    if test is None:
        migrations = project.in_files(settle([]))
    else:
        from pkcompat.command.migrate_test import migrate_testing

        migrations, testing = migrate_testing(project, test, timeout, settle)
    return migrations, verifying.verifications() if verifying is not None else None, testing


def _status(migrations: "Sequence[FileMigration]", check: bool, *, refuses: bool) -> int:
    if any(migration.problem is not None for migration in migrations):
        return WRONG_USE
    if refuses:
        return FOUND
    return FOUND if check and any(migration.changes for migration in migrations) else ALL_WELL

"""The text output of `pkcompat scan`."""

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from pkcompat.command.migrate_output import OUTCOME_STYLES, show_findings, show_problem, show_where_explained
from pkcompat.command.output import shown_path, shown_text, stdout_console
from pkcompat.migrate import FileMigration


def show_scan(migrations: Sequence[FileMigration]) -> None:
    """Print a table of the parties, then their findings, then how many there are."""
    console = stdout_console()
    with_parties = [migration for migration in migrations if migration.parties]
    if with_parties:
        console.print(_table(with_parties, console.width))
    for migration in migrations:
        if migration.problem is not None:
            show_problem(console, migration)
        else:
            show_findings(console, migration)
    console.print(summary(migrations), soft_wrap=True)
    show_where_explained(console, migrations)


def _table(migrations: Sequence[FileMigration], width: int) -> Table:
    handlers = {name for migration in migrations for party in migration.parties for name in party.handlers}
    longest = max(map(len, handlers), default=0) + len(",")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("module", "party", "form", "handlers", "outcome"):
        # do not wrap within a handler's name, unless that leaves too little for the other columns
        narrowest = longest if heading == "handlers" and 4 * longest <= width else None
        table.add_column(heading, overflow="fold", min_width=narrowest)
    for migration in migrations:
        for party in migration.parties:
            table.add_row(
                Text(shown_path(migration.path)),
                party.name or "(the module)",
                str(party.form),
                Text(shown_text(", ".join(party.handlers))),
                Text(str(party.outcome), OUTCOME_STYLES[party.outcome]),
            )
    return table


def summary(migrations: Sequence[FileMigration]) -> Text:
    """Sum up the parties and their outcomes in one sentence."""
    counted = Counter(str(party.outcome) for migration in migrations for party in migration.parties)
    total = counted.total()
    modules = sum(bool(migration.parties) for migration in migrations)
    problems = sum(migration.problem is not None for migration in migrations)
    sentence = f"{total or 'No'} part{'y' if total == 1 else 'ies'} in the object form"
    if total:
        outcomes = ", ".join(
            f"{counted[outcome]} {outcome}" for outcome in OUTCOME_STYLES if counted[outcome]
        )
        sentence += f" in {modules} module{'' if modules == 1 else 's'}: {outcomes}"
    if problems:
        sentence += f"; {problems} file{'' if problems == 1 else 's'} could not be processed"
    return Text(f"{sentence}.", "bold")

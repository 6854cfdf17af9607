"""The figures as a table, on the terminal and in docs/reliability.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich import box
from rich.table import Table
from tests.soak.running import Outcome
from tests.soak.suite import HOST, Suite

HEAD = "| What is promised | How it is shown | Figure | Measured on |\n| --- | --- | --- | --- |\n"


def terminal_table(outcomes: Iterable[Outcome]) -> Table:
    """What a run found, for the terminal."""
    table = Table(box=box.SIMPLE, show_lines=True)
    for column in ("experiment", "promise", "figures", "", "seconds"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for outcome in outcomes:
        table.add_row(
            outcome.experiment.name,
            outcome.experiment.promise,
            "\n".join(figure.text for figure in outcome.figures) or outcome.skipped,
            "skipped" if outcome.skipped else "holds" if outcome.holds else "BROKEN",
            f"{outcome.seconds:.0f}",
        )
    return table


def row(outcome: Outcome, measured_on: str, suite: Suite = HOST) -> str:
    """A row of the table in docs/reliability.md."""
    figures = "; ".join(figure.text for figure in outcome.figures)
    cells = [
        outcome.experiment.promise,
        f"`{suite.command} ONLY={outcome.experiment.name}`",
        figures if outcome.holds else f"**does not hold**: {figures}",
        measured_on,
    ]
    return f"| {' | '.join(cell.replace('|', '&#124;').replace(chr(10), ' ') for cell in cells)} |\n"


def page_with(page: str, outcomes: Iterable[Outcome], measured_on: str, suite: Suite = HOST) -> str:
    """The page with the figures of a run; experiments that were not run keep their rows.

    Args:
        page: its text, with both markers.
        outcomes: of the run.
        measured_on: the day, the machine, and the length of the run.
        suite: whose experiments they are.
    """
    before, _, rest = page.partition(suite.begin)
    written, _, after = rest.partition(suite.end)
    found = re.finditer(rf"^\|.*`{suite.command} ONLY=(\S+)`.*\n", written, re.MULTILINE)
    rows = {match[1]: match[0] for match in found}
    for outcome in outcomes:
        if not outcome.skipped:
            rows[outcome.experiment.name] = row(outcome, measured_on, suite)
    table = "".join(rows[name] for name in sorted(rows))
    return f"{before}{suite.begin}\n{HEAD}{table}\n{suite.end}{after}"

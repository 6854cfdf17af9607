"""The figures as a table, on the terminal and in docs/reliability.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rich import box
from rich.table import Table
from tests.soak.running import Outcome

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- written by `python -m tests.soak --write` -->\n", "<!-- until here -->\n"
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


def row(outcome: Outcome, measured_on: str) -> str:
    """A row of the table in docs/reliability.md."""
    figures = "; ".join(figure.text for figure in outcome.figures)
    cells = [
        outcome.experiment.promise,
        f"`make soak ONLY={outcome.experiment.name}`",
        figures if outcome.holds else f"**does not hold**: {figures}",
        measured_on,
    ]
    return f"| {' | '.join(cell.replace('|', '&#124;').replace(chr(10), ' ') for cell in cells)} |\n"


def page_with(page: str, outcomes: Iterable[Outcome], measured_on: str) -> str:
    """The page with the figures of a run; experiments that were not run keep their rows.

    Args:
        page: its text, with both markers.
        outcomes: of the run.
        measured_on: the day, the machine, and the length of the run.
    """
    before, _, rest = page.partition(BEGIN)
    written, _, after = rest.partition(END)
    found = re.finditer(r"^\|.*`make soak ONLY=(\S+)`.*\n", written, re.MULTILINE)
    rows = {match[1]: match[0] for match in found}
    for outcome in outcomes:
        if not outcome.skipped:
            rows[outcome.experiment.name] = row(outcome, measured_on)
    return f"{before}{BEGIN}\n{HEAD}{''.join(rows[name] for name in sorted(rows))}\n{END}{after}"

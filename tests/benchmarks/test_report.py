"""Benchmark figures as tables, plots and headlines."""

from __future__ import annotations

import pytest
from benchmarks.measuring import Figures
from benchmarks.report import (
    Curve,
    Headline,
    Plot,
    Section,
    Table,
    comparison,
    comparisons,
    headline,
    headlines_table,
    rounded,
    section_markdown,
    section_text,
)

FIGURES = {"ours": Figures((2_000.0, 3_000.0, 1_000.0)), "peer": Figures((1_000.0, 1_000.0, 1_000.0))}
TABLE = Table("Speed", ("", "1/s"), (("ours", "2"), ("the peer", "10")))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123, "0.12"), (9.876, "9.88"), (12.34, "12.3"), (123.4, "123"), (1_234_567.0, "1,234,567")],
)
def test_figures_are_rounded(value: float, text: str) -> None:
    assert rounded(value) == text


def test_a_comparison_gives_the_ratio_of_ours_to_each_other() -> None:
    table = comparison("Speed", "calls/s", FIGURES, ours="ours")
    assert table.columns == ("", "calls/s, median", "min to max", "ours / this")
    assert table.rows == (
        ("ours", "2,000", "1,000 to 3,000", ""),
        ("peer", "1,000", "1,000 to 1,000", "2.00"),
    )


def test_sets_of_one_run_are_tables_of_their_own() -> None:
    tables = comparisons("Speed", "1/s", FIGURES, {"forth": ["ours", "peer"], "back": ["peer", "ours"]})
    assert [table.title for table in tables] == ["Speed, forth", "Speed, back"]
    assert [table.rows[1][-1] for table in tables] == ["2.00", "0.50"]


def test_a_table_as_text_has_its_figures_to_the_right() -> None:
    assert TABLE.text() == "\n".join(["Speed", "             1/s", "  ours         2", "  the peer    10"])


def test_a_table_as_markdown() -> None:
    assert TABLE.markdown() == "\n".join(
        ["**Speed**", "", "|  | 1/s |", "| --- | --: |", "| ours | 2 |", "| the peer | 10 |"]
    )


def test_a_section_holds_its_plots_and_names_what_was_missing() -> None:
    plot = Plot("speed", "How it grows", "files", "seconds", (Curve("ours", ((1, 2.0),)),))
    section = Section("Speed", "What it is.", (TABLE,), (), (plot,), ("PartyKit", "uvloop"))
    missing = "Skipped, not installed: PartyKit, uvloop."
    assert section_text(section) == f"{TABLE.text()}\n\n{missing}"
    assert section_markdown(section, "plots") == "\n\n".join(
        ["## Speed", "What it is.", TABLE.markdown(), missing, "![How it grows](plots/speed.png)"]
    )


def test_a_headline_is_our_figure_and_its_ratios() -> None:
    table = comparison("Speed", "calls/s", FIGURES, ours="ours")
    assert headline("calls", table, "peer", "not here") == Headline(
        "calls", "2,000 calls/s", "2.00 times peer"
    )


def test_headlines_of_all_sections_are_one_table() -> None:
    sections = [Section(name, "", (), (Headline(name, "1 s", ""),)) for name in ("a", "b")]
    assert headlines_table(sections).rows == (("a", "1 s", ""), ("b", "1 s", ""))

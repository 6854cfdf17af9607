"""What docs/threat-model.md names exists: the tests that show a measure, the options that set it."""

from __future__ import annotations

import re

from tests.mirror import ROOT, TESTS
from typer.testing import CliRunner

from pkcompat.command.app import app

TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| Who ", "| ---"))
]
WHO = {"client", "page", "author", "tree", "user", "supply"}
MAKE_TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_row_has_its_columns_and_all_who_may_do_harm_are_there() -> None:
    assert {len(row) for row in ROWS} == {5}
    assert {who for row in ROWS for who in row[0].split(", ")} == WHO
    assert [row[1] for row in ROWS if not row[2]] == []


def test_each_measure_is_shown_by_tests_that_exist() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([\w/]+\.py)`", row[3])}
    assert len(named) > 25
    assert [name for name in sorted(named) if not (TESTS / name).exists()] == []
    assert [row[1] for row in ROWS if not row[3] and not row[2].startswith("none")] == []


def test_the_options_and_targets_exist() -> None:
    help_text = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output
    options = set(re.findall(r"(--[a-z-]+)", "".join(row[2] for row in ROWS)))
    assert len(options) > 8
    assert [option for option in sorted(options) if option not in help_text] == []
    assert set(re.findall(r"`make ([a-z-]+)", TEXT)) <= {*MAKE_TARGETS}

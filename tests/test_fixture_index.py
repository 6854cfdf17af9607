"""`fixtures/INDEX.md` is up to date, and every fixture says in its first line what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fixture_index import BESIDE_OTHERS, FIXTURES, FOLDERS, INDEX, Folder, first_line, index

COMMAND = "python -m tests.fixture_index"


def test_the_index_is_up_to_date() -> None:
    written = INDEX.read_text(encoding="utf-8").splitlines()
    made = index().splitlines()
    stale = [line for line in made if line not in written] + [line for line in written if line not in made]
    assert written == made, f"run `{COMMAND}`: {stale[:5]}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_fixture_says_in_its_first_line_what_it_shows(folder: Folder) -> None:
    fixtures = folder.fixtures()
    assert fixtures
    assert (Path(__file__).parent / folder.test).exists()
    assert [fixture.name for fixture in fixtures if not first_line(folder.source(fixture))] == []


def test_every_folder_is_indexed() -> None:
    indexed = {Path(folder.name).parts[0] for folder in FOLDERS}
    folders = {path.name for path in FIXTURES.iterdir() if path.is_dir()}
    assert folders == indexed | BESIDE_OTHERS
    assert len({folder.name for folder in FOLDERS}) == len(FOLDERS)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"""What it shows.\n\nMore.\n"""\n', "What it shows."),
        ("# What it shows,\n# and more.\nx = 1\n", "What it shows,"),
        ("#!/usr/bin/env python\nx = 1\n", ""),
        ("x = 1\n# A comment.\n", ""),
    ],
)
def test_the_first_line_of_a_module(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "party.py"
    path.write_text(text, encoding="utf-8")
    assert first_line(path) == line

"""Modules that once came out of the codemod otherwise than they went in: each is kept, and checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.differential.both_forms import seen_of
from tests.differential.migrated_files import migrated_file
from tests.pkcodemods.importing import new_import_problems

from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.steps import Close, Connect, Drop, Http, Send, Traffic

FIXTURES = Path(__file__).parents[2] / "fixtures" / "differential"
MODULES = sorted(FIXTURES.glob("*.py"))
TRAFFIC = Traffic(
    "main",
    (
        Connect("a", "/party/room?_pk=a"),
        Connect("b", "/party/room?_pk=b"),
        Send("a", "one"),
        Send("b", "b"),
        Send("a", "two"),
        Http("GET", "/party/room"),
        Http("POST", "/party/room/sub"),
        Close("a"),
        Send("b", "three"),
        Connect("c", "/party/room?_pk=c"),
        Drop("b"),
        Send("c", "zz"),
    ),
)


def test_there_are_some() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_both_forms_agree(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    recorded = path.with_suffix(".json")
    traffic = load_traffic(recorded) if recorded.exists() else TRAFFIC
    result = migrated_file(path)
    export = result.parties[0].name
    assert seen_of(result.code, export, traffic) == seen_of(source, export, traffic)


def test_what_they_become_is_imported_in_a_fresh_process() -> None:
    names = [f"differential_{path.stem}" for path in MODULES]
    forms = (
        [({f"{name}.py": text}, name) for name, text in zip(names, texts, strict=True)]
        for texts in (
            [path.read_text(encoding="utf-8") for path in MODULES],
            [migrated_file(path).code for path in MODULES],
        )
    )
    problems = new_import_problems(list(zip(*forms, strict=True)))
    assert {name: problem for name, problem in zip(names, problems, strict=True) if problem} == {}

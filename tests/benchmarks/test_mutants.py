"""Mutants: counting found, missed and explained ones."""

from __future__ import annotations

import pytest
from benchmarks.fixture_pairs import NAMES, class_form
from benchmarks.mutants import Explanation, Tried, explanations, report, score
from benchmarks.mutation_operators import mutants_of

SOURCE = "f('a')\nf('b')\nf('c')\nf('d')\n"
NOTHING = "nothing that clients do tells"


def tried(*outcomes: str) -> list[Tried]:
    mutants = [mutant for mutant in mutants_of(SOURCE) if mutant.operator == "other text"]
    return [Tried("some", mutant, outcome, 1) for mutant, outcome in zip(mutants, outcomes, strict=True)]


def explained(some: list[Tried], *equal: bool | None) -> dict[tuple[str, str], Explanation]:
    return {
        one.name: Explanation(is_equal, NOTHING)
        for one, is_equal in zip(some, equal, strict=True)
        if is_equal is not None
    }


def test_equal_mutants_do_not_count_and_missed_ones_do() -> None:
    some = tried("found", "left", "left", "unfit")
    came = score(some, explained(some, None, True, False, None))
    assert (came.found, came.equal, came.missed) == ([some[0]], [some[1]], [some[2]])
    assert list(came.distinct) == [some[0], some[2]]
    assert came.percent == 50
    assert not came.is_well


def test_what_is_not_explained_counts_as_missed() -> None:
    some = tried("found", "found", "found", "left")
    came = score(some, {})
    assert came.unexplained == came.missed == [some[3]]
    assert not came.is_well


def test_a_mutant_that_is_called_equal_and_found_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    some = tried("found", "found", "found", "found")
    known = explained(some, True, None, None, None)
    came = score(some, known)
    assert came.refuted == [some[0]]
    assert came.percent == 100
    assert not came.is_well
    report(came, known)
    assert "1 that were found are called equal in mutants_explained.toml" in capsys.readouterr().out


def test_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    some = tried("found", "found", "found", "left")
    known = explained(some, None, None, None, True)
    came = score(some, known)
    assert came.is_well
    report(came, known)
    assert (
        "4 mutants by 1 operators; 1 behave as the right form does; "
        "of the other 3 generated traffic finds 3: 100.0 %"
    ) in capsys.readouterr().out


def test_every_explanation_names_a_mutant_that_there_is() -> None:
    there = {
        (name, mutant.change)
        for name in NAMES
        for mutant in mutants_of(class_form(name).read_text(encoding="utf-8"))
    }
    assert len(there) >= 200
    assert set(explanations()) <= there

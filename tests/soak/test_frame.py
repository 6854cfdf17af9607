"""`python -m tests.soak`: experiments found, run, bounded, and written down."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.suite import CLUSTER
from tests.soak.experiment import Effort, Experiment, Figure, Unavailable
from tests.soak.report import page_with, row
from tests.soak.running import Outcome, experiments, run, run_one
from tests.soak.suite import HOST, Suite


def holds(effort: Effort) -> Iterator[Figure]:
    assert effort.folder.is_dir()
    yield Figure(f"{effort.count(short=2, long=200)} tries in {effort.seconds:g} s")


def experiment(name: str, work: object = holds, **options: float) -> Experiment:
    return Experiment(name, f"{name} holds.", work, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("suite", [HOST, CLUSTER], ids=lambda suite: suite.module)
def test_each_module_of_the_folder_has_an_experiment_of_a_name_of_its_own(suite: Suite) -> None:
    found = experiments(suite)
    assert len({each.name for each in found}) == len(found)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", each.name) and each.promise.endswith(".") for each in found)


def test_experiments_share_the_time_by_weight() -> None:
    outcomes = list(run([experiment("a"), experiment("b", weight=3.0)], "short", 2, 7))
    assert [outcome.figures[0].text for outcome in outcomes] == ["2 tries in 30 s", "2 tries in 90 s"]


def test_an_exception_and_a_figure_that_is_wrong_break_the_promise() -> None:
    def fails(effort: Effort) -> Iterator[Figure]:
        yield Figure("3 of 4", "the fourth is lost")
        raise OSError("gone")

    outcome = run_one(experiment("a", fails), "short", 1, 1, 0)
    assert not outcome.holds
    assert [figure.text for figure in outcome.figures] == ["3 of 4", "OSError: gone"]


def test_what_is_missing_skips() -> None:
    def missing(effort: Effort) -> Iterator[Figure]:
        raise Unavailable("strace is not installed")
        yield

    outcome = run_one(experiment("a", missing), "short", 1, 1, 0)
    assert (outcome.holds, outcome.skipped) == (True, "strace is not installed")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer")
def test_what_hangs_is_ended() -> None:
    def hangs(effort: Effort) -> Iterator[Figure]:
        time.sleep(60)
        yield Figure("never")

    outcome = run_one(experiment("a", hangs, limit=0.3), "long", 0.1, 1, 0)
    assert [figure.text for figure in outcome.figures] == ["hung"]
    assert "time.sleep(60)" in outcome.figures[0].broken


def test_rows_of_experiments_that_were_not_run_stay() -> None:
    a, b = (Outcome(experiment(name), [Figure(f"{name} | 1")], 1.0) for name in "ab")
    page = page_with(f"before\n{HOST.begin}{HOST.end}after\n", [b, a], "today")
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert page.index(row(a, "today")) < page.index(row(b, "today"))
    again = page_with(
        page, [Outcome(b.experiment, [Figure("new")], 1.0), Outcome(a.experiment, [], 0, "no")], "now"
    )
    assert row(a, "today") in again
    assert "| new | now |" in again
    assert "b &#124; 1" not in again


@pytest.mark.parametrize("suite", [HOST, CLUSTER], ids=lambda suite: suite.module)
def test_the_page_names_experiments_that_there_are(suite: Suite) -> None:
    page = suite.page.read_text(encoding="utf-8")
    assert page_with(page, [], "", suite).count(suite.begin) == 1
    named = set(re.findall(rf"`{suite.command} ONLY=([a-z0-9-]+)`", page))
    assert named <= {each.name for each in experiments(suite)}


def test_the_page_names_tests_that_there_are() -> None:
    page = HOST.page.read_text(encoding="utf-8")
    root = Path(__file__).parents[2]
    assert [path for path in re.findall(r"`(tests/[\w/.]+)`", page) if not (root / path).exists()] == []

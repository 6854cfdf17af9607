from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.form_process import FormProcess
from pkcompat.hosting import HostPlan
from pkcompat.side import SideError, SidePlan
from pkcompat.traffic import Connect, Send
from pkcompat.transcript import Message, StepRecord, Unanswered

MODULE = """
import os, random
print("imported")
order = list({"a", "b", "c", "d", "e"})
def on_message(message, connection, room):
    print("got", message)
    if message == "hang":
        while True: pass
    if message == "exit":
        os._exit(3)
    if message == "boom":
        raise ValueError(message)
    connection.send(f"{''.join(order)} {random.random()}")
"""
A = Connect("a", "/party/r?_pk=a")


@pytest.fixture
def plan(tmp_path: Path) -> SidePlan:
    (tmp_path / "party.py").write_text(MODULE)
    return SidePlan(HostPlan({"main": str(tmp_path / "party.py")}, debug=True), "main")


def test_two_processes_see_the_same(plan: SidePlan) -> None:
    with FormProcess() as one, FormProcess() as other:
        for process in (one, other):
            assert process.load(plan).handlers == ("on_message",)
            process.begin((A, Send("a", "x"), Send("a", "boom")), with_lines=True, with_output=True)
        run, same = one.outcome(), other.outcome()
        assert run == same
        assert isinstance(run.transcript[1].events["a"][0], Message)
        assert run.output.startswith("imported\ngot x\ngot boom\n")
        assert "ValueError: boom" in run.output
        assert run.lines
        one.begin((A, Send("a", "boom")))
        quiet = one.outcome()
        assert quiet.output == "imported\ngot boom\n"
        assert not quiet.lines


@pytest.mark.parametrize("message", ["hang", "exit"])
def test_a_form_that_does_not_end_is_ended(plan: SidePlan, message: str) -> None:
    with FormProcess(run_timeout=0.5) as process:
        process.load(plan)
        process.begin((A, Send("a", message)))
        (first, second) = process.outcome().transcript
        assert first == second
        assert isinstance(first.result, Unanswered)
        process.begin((A,))
        assert process.outcome().transcript != (StepRecord(first.result),)


def test_a_form_that_cannot_be_imported(plan: SidePlan, tmp_path: Path) -> None:
    with FormProcess() as process:
        (tmp_path / "party.py").write_text("1 / 0")
        with pytest.raises(SideError, match="raised at import: ZeroDivisionError") as error:
            process.load(plan)
        assert "1 / 0" in error.value.detail
        (tmp_path / "party.py").write_text(MODULE)
        process.load(plan)
        (tmp_path / "party.py").write_text("import os; os._exit(4)")
        with pytest.raises(SideError, match="ended"):
            process.load(plan)

"""Child processes that run a form: isolation, reuse, hanging and failing imports."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pkcompat.forms.process import FormProcess
from pkcompat.forms.run import FormRun
from pkcompat.forms.served import FormError, FormPlan
from pkcompat.project.hosting import HostPlan
from pkcompat.traffic.steps import Connect, Send
from pkcompat.traffic.transcript import Message, StepRecord, Unanswered

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
def plan(tmp_path: Path) -> FormPlan:
    (tmp_path / "party.py").write_text(MODULE)
    return FormPlan(HostPlan({"main": str(tmp_path / "party.py")}, debug=True), "main")


def test_two_processes_see_the_same(plan: FormPlan) -> None:
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
def test_a_form_that_does_not_end_is_ended(plan: FormPlan, message: str) -> None:
    with FormProcess(run_timeout=0.5) as process:
        process.load(plan)
        process.begin((A, Send("a", message)))
        (first, second) = process.outcome().transcript
        assert first == second
        assert isinstance(first.result, Unanswered)
        process.begin((A,))
        assert process.outcome().transcript != (StepRecord(first.result),)


def test_a_form_that_cannot_be_imported(plan: FormPlan, tmp_path: Path) -> None:
    with FormProcess() as process:
        (tmp_path / "party.py").write_text("1 / 0")
        with pytest.raises(FormError, match="raised at import: ZeroDivisionError") as error:
            process.load(plan)
        assert "1 / 0" in error.value.detail
        (tmp_path / "party.py").write_text(MODULE)
        process.load(plan)
        (tmp_path / "party.py").write_text("import os; os._exit(4)")
        with pytest.raises(FormError, match="ended"):
            process.load(plan)


LEAVES_TRACES = """
import os, sys, threading
os.environ["LEFT"] = "behind"
threading.stack_size(1 << 20)
threading.Thread(target=threading.Event().wait).start()
sys.setrecursionlimit(4_000)
def on_message(message, connection, room): connection.send("x")
"""
LOOKS_FOR_TRACES = """
import os, sys, threading
seen = f"{os.environ.get('LEFT')} {threading.active_count()} {threading.stack_size()}"
seen += f" {sys.getrecursionlimit()}"
def on_message(message, connection, room): connection.send(seen)
"""


def seen_by(process: FormProcess, folder: Path, name: str, code: str) -> StepRecord:
    """What a client gets from a party with this code."""
    file = folder / f"{name}.py"
    file.write_text(code)
    process.load(FormPlan(HostPlan({"main": str(file)}), "main"))
    process.begin((A, Send("a", "x")))
    return process.outcome().transcript[1]


def test_a_process_runs_one_form_after_another_and_none_sees_traces_of_those_before(tmp_path: Path) -> None:
    with FormProcess() as process, FormProcess() as unused:
        begun = process._process
        seen_by(process, tmp_path, "leaves", LEAVES_TRACES)
        after = seen_by(process, tmp_path, "looks", LOOKS_FOR_TRACES)
        assert process._process is begun
        assert after == seen_by(unused, tmp_path, "looks", LOOKS_FOR_TRACES)
        assert "behind" not in str(after)


COUNTS = """
import os
import sys

def on_message(message, connection, room):
    if message == "end":
        os._exit(3)
    print("said", message[:5], file=sys.stderr)
    connection.send(message.upper())
"""


@pytest.fixture
def counting(tmp_path: Path) -> FormPlan:
    (tmp_path / "counts.py").write_text(COUNTS)
    return FormPlan(HostPlan({"main": str(tmp_path / "counts.py")}), "main")


def said(process: FormProcess, *texts: str) -> list[FormRun]:
    """What comes of texts of which two are begun at a time."""
    assert process.ahead == 2
    runs = []
    for number, text in enumerate(texts):
        process.begin((A, Send("a", text)))
        if number:
            runs.append(process.outcome())
    return [*runs, process.outcome()]


def heard(run: FormRun) -> str:
    record = run.transcript[1]
    if isinstance(record.result, Unanswered):
        return "unanswered"
    ((message, *_), *_) = record.events.values()
    return str(getattr(message, "data", message))[:8]


def test_what_is_begun_ahead_comes_in_order_each_with_its_output(counting: FormPlan) -> None:
    with FormProcess() as process:
        process.load(counting)
        runs = said(process, "a", "b", "c", "d")
    assert [heard(run) for run in runs] == ["A", "B", "C", "D"]
    assert [run.output for run in runs] == [f"said {text}\n" for text in "abcd"]


def test_what_was_begun_behind_the_end_of_a_process_is_played_in_another(counting: FormPlan) -> None:
    with FormProcess() as process:
        process.load(counting)
        runs = said(process, "a", "end", "c", "end", "end", "f")
    outcomes = [heard(run) for run in runs]
    assert outcomes == ["A", "unanswered", "C", "unanswered", "unanswered", "F"]


def test_large_traffic_and_large_answers_do_not_wait_for_each_other(counting: FormPlan) -> None:
    """Both would be writing into a full pipe."""
    with FormProcess() as process:
        process.load(counting)
        runs = said(process, *("large" * 100_000 for _ in range(4)), "small", "large" * 100_000)
    assert [heard(run) for run in runs] == [*["LARGELAR"] * 4, "SMALL", "LARGELAR"]


def test_what_nobody_waited_for_is_given_up_by_the_next_form(counting: FormPlan, plan: FormPlan) -> None:
    with FormProcess() as process:
        process.load(counting)
        process.begin((A, Send("a", "a")))
        process.begin((A, Send("a", "b")))
        process.outcome()
        assert process.load(plan).handlers == ("on_message",)
        process.begin((A, Send("a", "x")))
        assert len(process.outcome().transcript) == 2


def test_a_form_that_ends_its_process_between_does_not_hurt_the_next(plan: FormPlan, tmp_path: Path) -> None:
    with FormProcess() as process:
        process.load(plan)
        assert process._process is not None
        os.killpg(process._process.pid, signal.SIGKILL)
        assert process.load(plan).handlers == ("on_message",)
        process.begin((A,))
        assert not isinstance(process.outcome().transcript[0].result, Unanswered)


def test_what_runs_the_form_ends_with_the_process_whatever_it_does(tmp_path: Path) -> None:
    """The process is waited for until nothing holds its output, which a form that sleeps would do."""
    file = tmp_path / "sleeps.py"
    file.write_text("import time\ndef on_message(message, connection, room): time.sleep(3_600)")
    with FormProcess() as process:
        process.load(FormPlan(HostPlan({"main": str(file)}), "main"))
        process.begin((A, Send("a", "x")))

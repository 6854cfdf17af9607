"""Exploring with generated traffic: budget, shrinking, flaky differences, coverage."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence

import pytest

from pkcompat.forms.line_coverage import Line
from pkcompat.forms.run import FormRun
from pkcompat.traffic.comparison import Rules
from pkcompat.traffic.steps import Connect, Send, Step
from pkcompat.traffic.transcript import Event, Message, StepRecord
from pkcompat.verify.ground import Ground
from pkcompat.verify.scripts import Explorer
from pkcompat.verify.search import QUIET, Exploration, explore
from pkcompat.verify.vocabulary import Vocabulary

Answers = Callable[[str], str]


class FakeRunner:
    """A form that answers every text; a line of its own runs for each text of one letter."""

    def __init__(self, answer: Answers, ahead: int = 1) -> None:
        self._answer = answer
        self._begun: deque[tuple[Sequence[Step], bool]] = deque()
        self.ahead = ahead
        self.most_begun = 0
        self.played: list[tuple[Step, ...]] = []
        self.with_lines: list[bool] = []

    def begin(self, steps: Sequence[Step], *, with_lines: bool = False, with_output: bool = False) -> None:
        self._begun.append((steps, with_lines))
        self.most_begun = max(self.most_begun, len(self._begun))
        self.played.append(tuple(steps))
        self.with_lines.append(with_lines)

    def outcome(self) -> FormRun:
        steps, with_lines = self._begun.popleft()
        texts = [step.data for step in steps if isinstance(step, Send) and isinstance(step.data, str)]
        lines = frozenset(("party.py", ord(text)) for text in texts if with_lines and len(text) == 1)
        return FormRun(tuple(map(self._record, steps)), lines)

    def _record(self, step: Step) -> StepRecord:
        if not isinstance(step, Send) or isinstance(step.data, bytes):
            return StepRecord()
        events: dict[str, tuple[Event, ...]] = {step.client: (Message(self._answer(step.data)),)}
        return StepRecord(None, events)


GROUND = Ground(Vocabulary(words=("arm", "boom"), compared=("arm",)), frozenset({"on_message"}))


def explored(old: Answers, new: Answers, budget: int = 60, rules: Rules | None = None) -> Exploration:
    return explore(FakeRunner(old), FakeRunner(new), Explorer(GROUND), budget=budget, rules=rules or Rules())


def test_forms_that_agree_get_the_whole_budget() -> None:
    exploration = explored(str.upper, str.upper)
    assert exploration.agrees
    assert exploration.scripts == 60
    assert exploration.events > exploration.steps > 300
    assert exploration.old_lines == exploration.new_lines != frozenset()


def test_a_difference_ends_it_and_is_shrunk() -> None:
    exploration = explored(str.upper, lambda text: "?" if "boom" in text else text.upper())
    separation = exploration.separation
    assert separation is not None
    assert exploration.scripts < 60
    connect, send = separation.script
    assert isinstance(connect, Connect)
    assert isinstance(send, Send)
    assert send.data == "boom"
    assert len(separation.first) > 2
    assert separation.steady
    assert [difference.step for difference in separation.between] == [1]


def test_what_is_to_be_ignored_does_not_differ() -> None:
    rules = Rules(texts=(re.compile(r"\d+"),))
    assert not explored(lambda text: "1", lambda text: "2").agrees
    assert explored(lambda text: "1", lambda text: "2", rules=rules).agrees


def test_a_form_that_differs_from_itself_is_told() -> None:
    count = iter(range(1_000_000))
    separation = explored(lambda text: str(next(count)), str.upper).separation
    assert separation is not None
    assert not separation.steady


def test_what_differs_once_only_is_told_and_does_not_end_it() -> None:
    count = iter(range(1_000_000))
    exploration = explored(str.upper, lambda text: "?" if next(count) == 3 else text.upper())
    assert exploration.agrees
    assert exploration.scripts == 60
    (once,) = exploration.unsteady
    assert once.between[0].got == (Message("?"),)


class Unlogged(FakeRunner):
    """Does otherwise where it does not log."""

    def begin(self, steps: Sequence[Step], *, with_lines: bool = False, with_output: bool = False) -> None:
        super().begin(steps, with_lines=with_lines, with_output=with_output)
        self._answer = str.upper if with_output else str.lower


def test_a_difference_that_logging_hides_is_shown_all_the_same() -> None:
    old, new = FakeRunner(str.upper), Unlogged(str.upper)
    separation = explore(old, new, Explorer(GROUND), budget=60).separation
    assert separation is not None
    assert separation.between
    assert len(separation.script) == 2


def test_lines_are_taken_down_until_all_were_reached() -> None:
    old, new = FakeRunner(str.upper), FakeRunner(str.upper)
    lines = frozenset({("party.py", ord("a"))})
    exploration = explore(old, new, Explorer(GROUND), budget=60, lines=(lines, lines))
    assert exploration.old_lines >= lines
    assert old.with_lines[0]
    assert not any(old.with_lines[-40:])
    never = frozenset({("party.py", 0)})
    explore(old, new, Explorer(GROUND), budget=60, lines=(lines, never))
    assert any(old.with_lines[-10:])


@pytest.mark.parametrize("answer", [str.upper, lambda text: "?" if "boom" in text else text.upper()])
def test_going_ahead_changes_nothing_but_the_time(answer: Answers) -> None:
    lines = frozenset({("party.py", ord("a"))})
    explorations = []
    for ahead in (1, 2, 5):
        old, new = FakeRunner(str.upper, ahead), FakeRunner(answer, ahead)
        explorer = Explorer(GROUND)
        explorations.append(explore(old, new, explorer, budget=60, lines=(lines, lines)))
        assert old.most_begun <= ahead
        if answer is str.upper:
            assert old.most_begun == ahead
            assert len(old.played) == 60
    assert explorations[0] == explorations[1] == explorations[2]


def test_while_lines_are_recorded_only_one_is_begun() -> None:
    """What a script reached decides what the explorer makes next."""
    old, new = FakeRunner(str.upper, 2), FakeRunner(str.upper, 2)
    never = frozenset({("party.py", 0)})
    explore(old, new, Explorer(GROUND), budget=30, lines=(never, never))
    assert old.most_begun == 1


def test_it_ends_when_every_line_ran_and_nothing_of_a_new_kind_comes() -> None:
    lines = frozenset({("party.py", ord("a"))})

    def scripts(answer: Answers, lines: frozenset[Line]) -> int:
        forms = FakeRunner(answer), FakeRunner(answer)
        return explore(*forms, Explorer(GROUND), budget=QUIET + 40, lines=(lines, lines)).scripts

    assert QUIET < scripts(lambda text: "always the same", lines) < QUIET + 40
    assert scripts(lambda text: "always the same", lines | {("party.py", 0)}) == QUIET + 40
    assert scripts(lambda text: "-" * (sum(map(ord, text)) % 190), lines) == QUIET + 40


def test_the_same_forms_give_the_same_exploration() -> None:
    assert explored(str.upper, str.upper) == explored(str.upper, str.upper)


@pytest.mark.parametrize("line", [ord("a"), 0])
def test_the_next_script_is_played_while_the_last_is_looked_at_whatever_lines_ran(line: int) -> None:
    old, new = FakeRunner(str.upper), FakeRunner(str.upper)
    lines = frozenset({("party.py", line)})
    begun: list[int] = []
    explore(
        old,
        new,
        Explorer(GROUND),
        budget=20,
        lines=(lines, lines),
        progress=lambda: begun.append(len(old.played)),
    )
    assert begun == [*range(2, 21), 20]
    one_by_one = Explorer(GROUND)
    ran: set[Line] = set()
    for script, with_lines in zip(
        old.played, old.with_lines, strict=True
    ):  # each is made only when it is known whether the last one is to be kept
        assert script == one_by_one.script()
        reached = {
            ("party.py", ord(step.data))
            for step in script
            if isinstance(step, Send) and isinstance(step.data, str) and len(step.data) == 1
        }
        if with_lines and not reached <= ran:
            one_by_one.keep(script)
        ran |= reached

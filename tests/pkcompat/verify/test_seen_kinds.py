"""Kinds of behaviour not seen before, by which exploration continues."""

from __future__ import annotations

import pytest

from pkcompat.traffic.transcript import Answer, Closed, Message, Opened, StepRecord
from pkcompat.verify.seen_kinds import Seen


def told(*events: Message | Closed, client: str = "a") -> StepRecord:
    return StepRecord(None, {client: events})


@pytest.mark.parametrize(
    ("first", "second", "is_new"),
    [
        (told(Message("a joined, 1 here")), told(Message("b joined, 20 here"), client="b"), False),
        (told(Message('{"n": 1}')), told(Message('{"count": 27}')), False),
        (told(Message('{"n": 1}')), told(Message('{"n": 1, "m": 2}')), True),
        (told(Message("a")), told(Message(b"a")), True),
        (told(Message("a")), told(Message("a"), Message("b")), False),
        (told(Message("a")), told(Message("a"), Closed(1000, "")), True),
        (told(Closed(1000, "x")), told(Closed(1011, "x")), True),
        (StepRecord(), StepRecord(Opened()), True),
        (StepRecord(Opened()), StepRecord(Opened(), {"a": (Message("hi"),)}), True),
        (StepRecord(Answer(200, (), b"1")), StepRecord(Answer(200, (), b"2")), False),
        (StepRecord(Answer(200, (), b"1")), StepRecord(Answer(500, (), b"1")), True),
    ],
)
def test_what_is_of_a_new_kind(first: StepRecord, second: StepRecord, is_new: bool) -> None:
    seen = Seen()
    seen.add((first,))
    assert seen.quiet == 0
    seen.add((second,))
    assert seen.quiet == (0 if is_new else 1)


def test_quiet_transcripts_are_counted() -> None:
    seen = Seen()
    for _ in range(4):
        seen.add((told(Message("a")),))
    assert seen.quiet == 3
    seen.add((told(Message("a b")), told(Message("a"))))
    assert seen.quiet == 0

"""Rows of a comparison: order, ignored texts, cuts, counts."""

from __future__ import annotations

import re

from pkcompat.report.aligned_steps import MOST_ROWS, Row, side_by_side
from pkcompat.traffic.comparison import AGAINST_RECORDING, EXACT, Rules
from pkcompat.traffic.steps import Connect, Http, Send
from pkcompat.traffic.transcript import Answer, Closed, Event, Message, Opened, StepRecord

STEP = Send("a", "x")


def received(**texts: str) -> StepRecord:
    return StepRecord(None, {client: tuple(map(Message, said.split())) for client, said in texts.items()})


def test_a_row_for_each_event_of_each_client() -> None:
    made = side_by_side(3, STEP, [received(b="one two", a="x"), received(a="x", b="two")], [EXACT, EXACT])
    assert made.number == 3
    assert made.rows == (
        Row("a", (Message("x"), Message("x")), False),
        Row("b", (Message("one"), None), True),
        Row("b", (Message("two"), Message("two")), False),
    )
    assert made.differs
    assert made.differing == ("b",)


def test_the_result_comes_first() -> None:
    records = [
        StepRecord(Opened(), {"a": (Message("hi"),)}),
        StepRecord(Opened(), {"a": (Closed(1000, ""),)}),
    ]
    made = side_by_side(1, Connect("a", "/party/r"), records, [EXACT, EXACT])
    assert made.rows == (
        Row(None, (Opened(), Opened()), False),
        Row("a", (Message("hi"), Closed(1000, "")), True),
    )


def test_what_is_ignored_does_not_differ() -> None:
    rules = Rules(texts=(re.compile(r"\d+"),))
    made = side_by_side(1, STEP, [received(a="id=1"), received(a="id=22")], [rules, rules])
    assert made.rows == (Row("a", (Message("id=1"), Message("id=22")), False),)
    assert not made.differs


def test_a_recordings_content_types_are_not_compared_but_those_of_the_forms_are() -> None:
    recorded, old, other = (
        StepRecord(Answer(200, (("content-type", kind), ("x", "1")), b"")) for kind in ("a", "b", "c")
    )
    rules = [AGAINST_RECORDING, EXACT, EXACT]
    step = Http("GET", "/party/r")
    assert not side_by_side(1, step, [recorded, old, old], rules).differs
    differing = side_by_side(1, step, [recorded, old, other], rules)
    assert [(row.differs, row.headers) for row in differing.rows] == [(True, {"content-type"})]


def test_of_too_many_rows_those_that_differ_are_kept() -> None:
    many: list[Event] = [Message(str(number)) for number in range(3 * MOST_ROWS)]
    other = [*many[:-1], Message("other")]
    records = [StepRecord(None, {"a": tuple(events)}) for events in (many, other)]
    made = side_by_side(1, STEP, records, [EXACT, EXACT])
    assert len(made.rows) == MOST_ROWS
    assert made.rows[-1].differs
    assert (made.hidden, made.hidden_differing) == (2 * MOST_ROWS, 0)


def test_too_many_differences_are_counted() -> None:
    texts = [tuple(Message(f"{name}{number}") for number in range(MOST_ROWS + 5)) for name in "ab"]
    made = side_by_side(1, STEP, [StepRecord(None, {"a": events}) for events in texts], [EXACT, EXACT])
    assert (made.hidden, made.hidden_differing) == (5, 5)

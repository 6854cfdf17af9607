"""Comparing transcripts: headers, order, ignored texts, close codes."""

import re

import pytest

from pkcompat.traffic.comparison import AGAINST_RECORDING, EXACT, Difference, Rules, compare
from pkcompat.traffic.transcript import Answer, Closed, Message, Opened, Refused, StepRecord, Unanswered

HTML = Answer(200, (("content-type", "text/html"), ("x-room", "r")), b"hi")
PLAIN = Answer(200, (("content-type", "text/plain"), ("x-room", "r")), b"hi")


def test_equal_transcripts_have_no_difference() -> None:
    record = StepRecord(HTML, {"a": (Message("x"), Closed(1000, ""))})
    assert compare((record,), (record,)) == []


def test_content_types_differ_between_forms_but_not_from_a_recording() -> None:
    expected, got = (StepRecord(HTML),), (StepRecord(PLAIN),)
    assert compare(expected, got, EXACT) == [Difference(0, None, HTML, PLAIN)]
    assert compare(expected, got, AGAINST_RECORDING) == []


def test_other_headers_always_differ() -> None:
    other = Answer(200, (("content-type", "text/html"),), b"hi")
    assert compare((StepRecord(HTML),), (StepRecord(other),), AGAINST_RECORDING) == [
        Difference(0, None, HTML, other)
    ]


def test_events_are_compared_in_order_and_by_client() -> None:
    expected = (StepRecord(), StepRecord(None, {"a": (Message("1"), Message("2")), "b": (Message("x"),)}))
    got = (StepRecord(), StepRecord(None, {"a": (Message("2"), Message("1")), "c": (Message("x"),)}))
    assert compare(expected, got) == [
        Difference(1, "a", (Message("1"), Message("2")), (Message("2"), Message("1"))),
        Difference(1, "b", (Message("x"),), ()),
        Difference(1, "c", (), (Message("x"),)),
    ]


def test_text_and_binary_of_the_same_bytes_differ() -> None:
    assert compare((StepRecord(None, {"a": (Message("x"),)}),), (StepRecord(None, {"a": (Message(b"x"),)}),))


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (StepRecord(Answer(500, (), b"at 12:01")), StepRecord(Answer(500, (), b"at 12:02"))),
        (StepRecord(Refused(401, b"at 12:01")), StepRecord(Refused(401, b"at 12:02"))),
        (StepRecord(Unanswered("at 12:01")), StepRecord(Unanswered("at 12:02"))),
        (StepRecord(None, {"a": (Message("at 12:01"),)}), StepRecord(None, {"a": (Message("at 12:02"),)})),
        (
            StepRecord(None, {"a": (Closed(1011, "12:01"),)}),
            StepRecord(None, {"a": (Closed(1011, "12:02"),)}),
        ),
    ],
)
def test_ignored_texts_are_left_out_and_nothing_else(expected: StepRecord, got: StepRecord) -> None:
    rules = Rules(texts=(re.compile(r"\d\d:\d\d"),))
    assert len(compare((expected,), (got,))) == 1
    assert compare((expected,), (got,), rules) == []
    assert len(compare((expected,), (StepRecord(Opened()),), rules)) >= 1


def test_a_close_code_is_compared_though_its_reason_is_ignored() -> None:
    rules = Rules(texts=(re.compile(".+"),))
    expected, got = (
        StepRecord(None, {"a": (Closed(1002, "x"),)}),
        StepRecord(None, {"a": (Closed(1003, "y"),)}),
    )
    assert len(compare((expected,), (got,), rules)) == 1


def test_transcripts_of_other_length_are_no_match() -> None:
    with pytest.raises(ValueError, match="1 and of 0 steps"):
        compare((StepRecord(),), ())

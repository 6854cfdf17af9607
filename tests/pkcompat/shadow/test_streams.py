"""Comparing the streams of a room and of its shadow."""

from __future__ import annotations

import re

from pkcompat.shadow.streams import Mismatch, Request, Streams
from pkcompat.traffic.comparison import EXACT, Rules
from pkcompat.traffic.transcript import Answer, Closed, Message, Opened


def test_what_is_the_same_is_counted_and_forgotten() -> None:
    streams = Streams(EXACT)
    for deed in (Opened(), Message("a"), Closed(1000, "")):
        assert streams.primary(1, "to a", deed) is None
    assert (streams.primary_ahead, streams.shadow_ahead, streams.compared) == (3, 0, 0)
    for deed in (Opened(), Message("a"), Closed(1000, "")):
        assert streams.shadow(1, "to a", deed) is None
    assert (streams.primary_ahead, streams.shadow_ahead, streams.compared) == (0, 0, 3)
    assert streams.unequal() is None


def test_either_side_may_be_ahead() -> None:
    streams = Streams(EXACT)
    assert streams.shadow("r", "the answer", Answer(200, (), b"")) is None
    assert streams.shadow_ahead == 1
    assert streams.primary("r", "the answer", Answer(200, (), b"")) is None
    assert streams.compared == 1


def test_what_differs() -> None:
    streams = Streams(EXACT)
    streams.primary(1, "to a", Message("a"))
    assert streams.shadow(1, "to a", Message("b")) == Mismatch("to a", "“a”", "“b”")
    streams = Streams(EXACT)
    streams.shadow(1, "to a", Message("a"))
    assert streams.primary(1, "to a", Closed(1000, "bye")) == Mismatch("to a", "closed with 1000 bye", "“a”")
    streams = Streams(EXACT)
    streams.primary("r", "answer", Answer(200, (), b"x"))
    assert streams.shadow("r", "answer", Answer(404, (), b"x")) == Mismatch("answer", "200 “x”", "404 “x”")


def test_between_streams_there_is_no_order() -> None:
    streams = Streams(EXACT)
    streams.primary(1, "to a", Message("x"))
    streams.primary(2, "to b", Message("y"))
    assert streams.shadow(2, "to b", Message("y")) is None
    assert streams.shadow(1, "to a", Message("x")) is None
    assert streams.compared == 2


def test_rules() -> None:
    streams = Streams(Rules(texts=(re.compile(r"\d+"),)))
    streams.primary(1, "to a", Message("at 12"))
    assert streams.shadow(1, "to a", Message("at 345")) is None
    streams.primary(2, "answer", Answer(200, (), b"at 1"))
    assert streams.shadow(2, "answer", Answer(200, (), b"at 2")) is None


def test_what_is_one_sided_for_long() -> None:
    streams = Streams(EXACT)
    streams.primary(1, "to a", Message("x"))
    assert streams.grow_older(2) is None
    streams.primary(1, "to a", Message("y"))  # more of the same does not help
    assert streams.grow_older(2) == Mismatch("to a", "“x”", "nothing")
    streams.shadow(1, "to a", Message("x"))  # but a match does
    assert streams.grow_older(2) is None
    streams = Streams(EXACT)
    streams.shadow("f", "a request", Request())
    assert streams.unequal() == Mismatch("a request", "nothing", "made")

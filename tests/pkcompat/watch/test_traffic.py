"""When a watched step has settled, and where late events belong."""

from __future__ import annotations

import re

import pytest

from pkcompat.traffic.comparison import Rules
from pkcompat.traffic.steps import Close, Connect, Send, Wait
from pkcompat.traffic.transcript import Closed, Event, Message, Opened, Refused
from pkcompat.watch import traffic as watched_traffic
from pkcompat.watch.traffic import WatchedTraffic, WatchPace

PACE = WatchPace(quiet=1.0, patience=4.0, longest=20.0)
CONNECT = Connect("a", "/party/r")


def said(*texts: str, client: str = "a") -> dict[str, tuple[Event, ...]]:
    return {client: tuple(map(Message, texts))}


def connected(pace: WatchPace = PACE) -> WatchedTraffic:
    traffic = WatchedTraffic(pace=pace)
    traffic.begin(CONNECT, 0.0)
    for side in (0, 1):
        traffic.record_result(side, Opened())
    traffic.acted(0.0)
    traffic.settle()
    return traffic


def test_a_step_settles_when_it_is_quiet() -> None:
    traffic = connected()
    assert traffic.begin(Send("a", "x"), 10.0) == 1
    assert traffic.settles_at() is None  # it is being taken
    traffic.acted(10.0)
    assert traffic.settles_at() == 11.0
    for side in (0, 1):
        assert traffic.received(side, said("X"), 10.5) == 1
    assert traffic.settles_at() == 11.5
    assert not traffic.is_settled
    assert not traffic.settle().differs
    assert traffic.is_settled
    assert traffic.settles_at() is None


def test_the_slower_form_is_waited_for() -> None:
    traffic = connected()
    traffic.begin(Send("a", "x"), 10.0)
    traffic.acted(10.0)
    traffic.received(0, said("X"), 10.5)
    assert traffic.settles_at() == 14.5
    traffic.received(1, said("X"), 13.0)
    assert traffic.settles_at() == 14.0
    assert not traffic.settle().differs


def test_a_form_that_never_stops_to_talk_does_not_hold_the_step() -> None:
    traffic = connected()
    traffic.begin(Send("a", "x"), 10.0)
    traffic.acted(10.0)
    traffic.received(0, said("X"), 29.9)
    assert traffic.settles_at() == 30.0


def test_a_difference() -> None:
    traffic = connected()
    traffic.begin(Send("a", "x"), 10.0)
    traffic.received(1, said("Y"), 10.0)
    settled = traffic.settle()
    assert settled.number == 2
    assert settled.differs
    assert traffic.side_by_side(1) == settled


def test_what_comes_later_belongs_to_a_wait() -> None:
    traffic = connected()
    assert traffic.received(0, said("tick"), 2.34) == 1
    assert traffic.steps == (CONNECT, Wait(2.4))
    traffic.received(1, said("tick"), 2.6)
    traffic.settle()
    assert traffic.received(0, said("tick"), 5.0) == 1  # the wait goes on
    assert traffic.steps == (CONNECT, Wait(5.0))
    assert not traffic.is_settled
    assert traffic.settles_at() == 9.0
    traffic.begin(Send("a", "x"), 6.0)
    assert traffic.is_step_settled(1)


def test_a_form_that_is_slower_than_patience_has_its_step_opened_again() -> None:
    traffic = connected()
    traffic.begin(Send("a", "x"), 10.0)
    traffic.acted(10.0)
    traffic.received(0, said("X", "Y"), 10.0)
    assert traffic.settle().differs
    assert traffic.received(1, said("X"), 30.0) == 1
    assert not traffic.is_settled
    assert traffic.received(1, said("Y"), 30.5) == 1
    assert traffic.settles_at() == 30.0  # by the longest time that a step takes
    assert not traffic.settle().differs
    assert traffic.received(1, said("Z"), 31.0) == 2
    assert traffic.steps[2] == Wait(21.0)


def test_a_wait_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_traffic, "_MOST_EVENTS", 3)
    traffic = connected()
    for now in (1.0, 2.0, 3.0, 4.0):
        traffic.received(0, said("tick"), now)
        traffic.settle()
    assert traffic.steps == (CONNECT, Wait(3.0), Wait(1.0))


def test_what_is_ignored_does_not_differ() -> None:
    traffic = WatchedTraffic(Rules(texts=(re.compile(r"\d"),)), PACE)
    traffic.begin(CONNECT, 0.0)
    traffic.received(0, said("1"), 0.0)
    traffic.received(1, said("2"), 0.0)
    traffic.acted(0.0)
    assert traffic.settles_at() == 1.0
    assert not traffic.settle().differs


def test_nothing_belongs_to_no_step() -> None:
    assert WatchedTraffic().received(0, said("x"), 1.0) is None
    assert WatchedTraffic().settles_at() is None


def test_who_is_connected() -> None:
    traffic = connected()
    assert [(state.name, state.is_open) for state in traffic.clients] == [("a", (True, True))]
    traffic.begin(Connect("b", "/party/r"), 1.0)
    traffic.record_result(0, Opened())
    traffic.record_result(1, Refused(404, b""))
    assert traffic.clients[1].is_open == (True, False)
    traffic.received(0, {"a": (Closed(1000, ""),)}, 1.0)
    assert traffic.clients[0].is_open == (False, True)
    traffic.begin(Close("a"), 2.0)
    assert traffic.clients[0].is_open == (False, False)
    assert traffic.clients[0].connect == CONNECT


def test_a_close_that_comes_before_the_handshake_is_told() -> None:
    traffic = WatchedTraffic()
    traffic.begin(CONNECT, 0.0)
    traffic.received(0, {"a": (Closed(1011, "no"),)}, 0.0)
    for side in (0, 1):
        traffic.record_result(side, Opened())
    assert traffic.clients[0].is_open == (False, True)

"""The log of a replay's events: which step each belongs to."""

from pkcompat.playing.event_log import EventLog, Pace
from pkcompat.traffic.transcript import Closed, Message

PACE = Pace(quiet=0.25, patience=5.0)
HI = Message("hi")


def test_events_are_taken_by_client_and_once() -> None:
    log = EventLog()
    b, a = log.opened("b"), log.opened("a")
    log.received(b, HI, 1.0)
    log.received(a, HI, 1.0)
    log.received(b, Closed(1000, ""), 1.0)
    assert log.take() == {"a": (HI,), "b": (HI, Closed(1000, ""))}
    assert log.take() == {}


def test_a_client_that_left_receives_nothing_more() -> None:
    log = EventLog()
    first = log.opened("a")
    log.received(first, HI, 1.0)
    log.left("a")
    log.received(first, HI, 1.0)
    second = log.opened("a")
    log.received(first, Closed(1000, ""), 1.0)
    log.received(second, Message("again"), 1.0)
    assert log.take() == {"a": (HI, Message("again"))}


def test_two_open_connections_of_one_name_both_count() -> None:
    log = EventLog()
    first, second = log.opened("a"), log.opened("a")
    log.received(first, HI, 1.0)
    log.received(second, HI, 1.0)
    assert log.take() == {"a": (HI, HI)}


def test_nothing_follows_a_close() -> None:
    log = EventLog()
    connection = log.opened("a")
    log.received(connection, Closed(1000, ""), 1.0)
    log.received(connection, Closed(1006, ""), 1.0)
    assert log.take() == {"a": (Closed(1000, ""),)}


def test_what_comes_a_moment_early_belongs_to_the_next_step() -> None:
    log = EventLog()
    a, b = log.opened("a"), log.opened("b")
    ring, other = Message("ring"), Message("other")
    for event in (HI, ring):
        log.received(a, event, 1.0)
    log.received(b, other, 1.0)
    early = log.early({"a": (HI,)}, {"a": (ring, HI), "b": (ring,)})
    assert early == {"a": (ring,)}
    assert log.take(early) == {"a": (HI,), "b": (other,)}
    log.received(a, HI, 2.0)
    assert log.take() == {"a": (ring, HI)}


def test_a_client_whose_events_are_all_early_has_none_in_the_step() -> None:
    log = EventLog()
    log.received(log.opened("a"), HI, 1.0)
    assert log.take(log.early({}, {"a": (HI,)})) == {}
    assert log.take() == {"a": (HI,)}


def test_quiet_counts_from_the_last_event() -> None:
    log = EventLog()
    connection = log.opened("a")
    assert log.quiet_at(10.0, PACE, None) == 10.25
    log.received(connection, HI, 10.2)
    assert log.quiet_at(10.0, PACE, None) == 10.45


def test_expected_events_are_waited_for_with_patience() -> None:
    log = EventLog()
    connection = log.opened("a")
    assert log.quiet_at(10.0, PACE, {"a": 2}) == 15.0
    log.received(connection, HI, 10.1)
    assert log.quiet_at(10.0, PACE, {"a": 2}) == 15.0
    log.received(connection, HI, 12.0)
    assert log.quiet_at(10.0, PACE, {"a": 2}) == 12.25
    assert log.quiet_at(10.0, PACE, {}) == 12.25


def test_a_step_does_not_last_longer_than_it_may() -> None:
    log = EventLog()
    log.received(log.opened("a"), Message("x"), 29.9)
    assert log.quiet_at(0.0, Pace(longest=30.0), None) == 30.0
    assert log.quiet_at(0.0, Pace(longest=30.0), {"a": 2}) == 30.0
    assert log.quiet_at(0.0, Pace(), None) > 30.0

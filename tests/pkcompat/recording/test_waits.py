"""Waits in recordings: rests of rooms, timers, alarms."""

from __future__ import annotations

import inspect

from partyserver import Host
from partyserver.paths import RoomPath
from pkcompat.project.hosting import HostPlan
from pkcompat.recording.waits import EVICTION, LONGEST, REPLAYED_IDLE, RecordedWaits, Rest, rest

ROOM, OTHER = RoomPath("main", "r"), RoomPath("main", "other")


def waits(recorded: float = 10.0, *, beside_connections: bool = True) -> RecordedWaits:
    return RecordedWaits(lambda party: Rest(recorded, 10.0, beside_connections))


def test_steps_that_follow_each_other() -> None:
    decide = waits()
    assert [decide.before_step(ROOM, now) for now in (0.0, 0.1, 5.0, 14.9)] == [0.0] * 4


def test_a_room_that_rested() -> None:
    decide = waits()
    decide.before_step(ROOM, 0.0)
    assert decide.before_step(ROOM, 3_600.0) == 11.0
    assert decide.before_step(ROOM, 3_601.0) == 0.0


def test_a_host_whose_rooms_rest_later_than_those_of_the_replay() -> None:
    decide = waits(60.0)
    decide.before_step(ROOM, 0.0)
    assert decide.before_step(ROOM, 59.0) == 0.0
    assert decide.before_step(ROOM, 120.0) == 11.0


def test_a_room_that_spoke_by_itself() -> None:
    decide = waits()
    decide.before_step(ROOM, 0.0)
    decide.spoke(ROOM, 0.1)
    assert decide.before_step(ROOM, 3.0) == 0.0
    decide.spoke(ROOM, 5.0)
    assert decide.before_step(ROOM, 6.0) == 2.3
    decide.spoke(ROOM, 10.0)
    assert decide.before_step(ROOM, 30.0) == 15.3  # and then it rested


def test_a_wait_counts_for_every_room() -> None:
    decide = waits()
    decide.before_step(ROOM, 0.0)
    decide.before_step(OTHER, 0.0)
    assert decide.before_step(ROOM, 20.0) == 11.0
    assert decide.before_step(OTHER, 20.0) == 0.0


def test_rooms_that_do_not_rest_while_they_have_connections() -> None:
    decide = waits(70.0, beside_connections=False)
    decide.before_step(ROOM, 0.0)
    decide.opened(ROOM)
    assert decide.before_step(ROOM, 100.0) == 0.0
    decide.left(ROOM)
    assert decide.before_step(ROOM, 200.0) == 11.0


def test_what_came_after_the_last_step() -> None:
    decide = waits()
    assert decide.at_end() == 0.0
    decide.before_step(ROOM, 0.0)
    assert decide.at_end() == 0.0
    decide.spoke(ROOM, 2.0)
    assert decide.at_end() == 2.3


def test_a_long_wait_is_cut() -> None:
    decide = waits(1e9)
    decide.before_step(ROOM, 0.0)
    decide.spoke(ROOM, 3_600.0)
    assert decide.before_step(ROOM, 3_601.0) == LONGEST
    assert decide.cut == 1


def test_what_a_room_says_before_any_step_is_nobodys() -> None:
    decide = waits()
    decide.spoke(ROOM, 1.0)
    assert decide.at_end() == 0.0


def test_hosts_rest_as_they_are_said_to() -> None:
    assert inspect.signature(Host).parameters["eviction_timeout"].default == EVICTION
    assert HostPlan({}).idle_timeout == REPLAYED_IDLE


def test_when_the_rooms_of_a_party_rest() -> None:
    assert rest(60.0, hibernates=True) == Rest(60.0, REPLAYED_IDLE, beside_connections=True)
    assert rest(60.0, hibernates=False) == Rest(EVICTION, EVICTION, beside_connections=False)

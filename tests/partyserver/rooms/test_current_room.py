"""The room whose handler is running."""

from __future__ import annotations

from partyserver.rooms.current_room import (
    Busy,
    current_room,
    handling_outside_rooms,
    keep_current_room_awake,
    tap_of_current_room,
)


class HeldRoom:
    """Counts who holds it."""

    tap = None

    def __init__(self) -> None:
        self.holders = 0

    def hold(self) -> None:
        self.holders += 1

    def let_go(self) -> None:
        self.holders -= 1


class TappedRoom(HeldRoom):
    tap = object()


def test_a_room_is_held_while_its_handler_runs() -> None:
    room = HeldRoom()
    with Busy(room):
        assert room.holders == 1
    assert room.holders == 0


def test_a_room_can_be_kept_beyond_its_handler() -> None:
    room = HeldRoom()
    with Busy(room):
        let_go = keep_current_room_awake()
    assert room.holders == 1
    let_go()
    assert room.holders == 0


def test_the_handler_of_another_room_runs_inside() -> None:
    outer, inner = TappedRoom(), HeldRoom()
    with Busy(outer):
        with Busy(inner):
            assert tap_of_current_room() is None
            keep_current_room_awake()
        assert tap_of_current_room() is outer.tap
    assert (outer.holders, inner.holders) == (0, 1)


def test_outside_of_rooms_nothing_is_kept_or_watched() -> None:
    keep_current_room_awake()()
    assert tap_of_current_room() is None


def test_a_handler_outside_of_rooms_runs_though_no_room_is_kept() -> None:
    room = HeldRoom()
    with Busy(room):
        with handling_outside_rooms("main"):
            assert current_room.get() is not None
            keep_current_room_awake()()
            assert tap_of_current_room() is None
        assert current_room.get() is room
    assert current_room.get() is None

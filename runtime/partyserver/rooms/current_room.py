"""The room whose handler is running: what stubs that it uses must know of it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Protocol

from partyserver.rooms.tap import RoomTap


class CurrentRoom(Protocol):
    """What is known of a room whose handler is running."""

    @property
    def tap(self) -> RoomTap | None:
        """Who watches it."""

    def hold(self) -> None:
        """Keep its instance, until `let_go` is called as often."""

    def let_go(self) -> None:
        """The opposite of `hold`."""


current_room: ContextVar[CurrentRoom | None] = ContextVar("current_room", default=None)


class Busy:
    """A context in which a room keeps its instance, and is the current one."""

    __slots__ = ("_room", "_token")

    def __init__(self, room: CurrentRoom) -> None:
        self._room = room

    def __enter__(self) -> None:
        self._room.hold()
        self._token = current_room.set(self._room)

    def __exit__(self, *_: object) -> None:
        current_room.reset(self._token)
        self._room.let_go()


def keep_current_room_awake() -> Callable[[], None]:
    """Keep the instance whose handler is running, until what comes back is called (once).

    Outside of any room nothing is kept.
    """
    room = current_room.get()
    if room is None:
        return _nothing
    room.hold()
    return room.let_go


def tap_of_current_room() -> RoomTap | None:
    """Who watches the room whose handler is running."""
    room = current_room.get()
    return None if room is None else room.tap


def _nothing() -> None:
    """There is no room to let go of."""

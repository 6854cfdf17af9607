"""The room whose handler is running: what stubs that it uses need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from partyserver.rooms.tap import RoomTap


class CurrentRoom(Protocol):
    """A room whose handler is running."""

    @property
    def tap(self) -> RoomTap | None:
        """What follows the room, if anything does."""

    def hold(self) -> None:
        """Keep its instance, until `let_go` is called as often."""

    def let_go(self) -> None:
        """The opposite of `hold`."""


current_room: ContextVar[CurrentRoom | None] = ContextVar("current_room", default=None)
"""None where no handler runs. A task or callback that a handler starts inherits the handler's room."""


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


class _NoRoom:
    """In place of a room where a handler runs that belongs to none."""

    tap = None

    def hold(self) -> None:
        """There is no instance to keep."""

    def let_go(self) -> None:
        """The opposite of `hold`."""


_NO_ROOM = _NoRoom()


@contextmanager
def handling_outside_rooms() -> Iterator[None]:
    """A context for handlers that belong to no room: static hooks, and listeners of edge sockets."""
    token = current_room.set(_NO_ROOM)
    try:
        yield
    finally:
        current_room.reset(token)


def keep_current_room_awake() -> Callable[[], None]:
    """Keep the instance whose handler is running.

    Returns:
        A callable that ends this; to be called once. Outside of any room nothing is kept.
    """
    room = current_room.get() or _NO_ROOM
    room.hold()
    return room.let_go


def tap_of_current_room() -> RoomTap | None:
    """What follows the room whose handler is running, if anything does."""
    room = current_room.get()
    return None if room is None else room.tap

"""The room whose handler is running: what stubs that it uses need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from functools import cache
from typing import Protocol

from partyserver.rooms.tap import RoomTap


class CurrentRoom(Protocol):
    """A room whose handler is running."""

    @property
    def party_name(self) -> str:
        """The party's name on its host."""

    @property
    def room_id(self) -> str | None:
        """The room's id, percent-encoded; None where the handler belongs to no room."""

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

    __slots__ = ("party_name",)

    room_id = None
    tap = None

    def __init__(self, party_name: str) -> None:
        self.party_name = party_name

    def hold(self) -> None:
        """There is no instance to keep."""

    def let_go(self) -> None:
        """The opposite of `hold`."""


_no_room = cache(_NoRoom)  # one a party


@contextmanager
def handling_outside_rooms(party_name: str) -> Iterator[None]:
    """A context for handlers that belong to no room: static hooks, and listeners of edge sockets.

    Args:
        party_name: whose they are.
    """
    token = current_room.set(_no_room(party_name))
    try:
        yield
    finally:
        current_room.reset(token)


def keep_current_room_awake() -> Callable[[], None]:
    """Keep the instance whose handler is running.

    Returns:
        A callable that ends this; to be called once. Outside of any room nothing is kept.
    """
    room = current_room.get()
    if room is None:
        return _keep_nothing
    room.hold()
    return room.let_go


def _keep_nothing() -> None:
    """There is no instance to keep."""


def room_in(context: Context | None = None) -> CurrentRoom | None:
    """The room whose handler runs in a context (the present one by default), or left it behind."""
    return current_room.get() if context is None else context.get(current_room)


def name_of_current_room() -> str | None:
    """The party and the room whose handler is running, for the log; None where no handler runs."""
    room = current_room.get()
    return None if room is None else name_of(room)


def party_of_current_room() -> str | None:
    """The party whose handler is running, or left behind what runs; None where there is none."""
    room = current_room.get()
    return None if room is None else room.party_name


def name_of(room: CurrentRoom) -> str:
    """The party and the room as the log names them."""
    return room.party_name if room.room_id is None else f"{room.party_name}/{room.room_id}"


def tap_of_current_room() -> RoomTap | None:
    """What follows the room whose handler is running, if anything does."""
    room = current_room.get()
    return None if room is None else room.tap

"""The room under the old names."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import Any, ClassVar

from pkcompat.legacy.connections import LegacyConnections
from pkcompat.legacy.deprecation import warn_once
from pkcompat.legacy.sockets import LegacyConnection, legacy_connection
from pkcompat.legacy.storage import LegacyStorage
from pkcompat.legacy.stubs import LegacyParties
from pkcompat.legacy.view import View


class LegacyRoomContext(View):
    """`room.context`: `parties` and `assets`."""

    @property
    def parties(self) -> LegacyParties:
        """The host's parties by name."""
        return LegacyParties(self._other.parties)


class LegacyRoom(View):
    """A room under the old names: `PartyKitRoom`."""

    _old_names: ClassVar[Mapping[str, str]] = {
        "internalID": "internal_id",
        "internalId": "internal_id",
        "blockConcurrencyWhile": "block_concurrency_while",
    }

    def __init__(self, other: Any) -> None:
        super().__init__(other)
        object.__setattr__(self, "_connections", LegacyConnections(other))
        object.__setattr__(self, "_storage", LegacyStorage(other.storage))
        object.__setattr__(self, "_context", LegacyRoomContext(other.context))

    @property
    def id(self) -> str:
        """The room's id."""
        return self._other.id  # type: ignore[no-any-return]

    @property
    def storage(self) -> LegacyStorage:
        """The room's storage."""
        return self._storage  # type: ignore[no-any-return]

    @property
    def context(self) -> LegacyRoomContext:
        """Other rooms, and static files."""
        return self._context  # type: ignore[no-any-return]

    @property
    def connections(self) -> LegacyConnections:
        """The room's connections by id."""
        warn_once("room.connections", "room.getConnections()")
        return self._connections  # type: ignore[no-any-return]

    @property
    def parties(self) -> LegacyParties:
        """The host's parties by name."""
        warn_once("room.parties", "room.context.parties")
        return self._context.parties  # type: ignore[no-any-return]

    def broadcast(self, message: str | bytes, without: Collection[str] = ()) -> Awaitable[None]:
        """Send a message to every connection but those of the given ids."""
        return self._other.broadcast(message, without or ())  # type: ignore[no-any-return]

    def getConnection(self, connection_id: str) -> LegacyConnection | None:  # noqa: N802
        """The connection of that id, or None."""
        return legacy_connection(self._other.get_connection(connection_id))  # type: ignore[no-any-return]

    def getConnections(self, tag: str | None = None) -> list[LegacyConnection]:  # noqa: N802
        """The connections, or those that have a tag."""
        return [legacy_connection(connection) for connection in self._other.get_connections(tag)]

    get_connection = getConnection
    get_connections = getConnections


_VIEW = "_legacy_view"


def legacy_room(room: Any) -> Any:
    """The old-name view of a room; the same one as long as the room lives.

    Args:
        room: a `partyserver.Room`, its view, or None.

    Returns:
        The view; None for None.
    """
    if room is None or isinstance(room, View):
        return room
    view = room.__dict__.get(_VIEW)
    if view is None:
        view = room.__dict__[_VIEW] = LegacyRoom(room)
    return view

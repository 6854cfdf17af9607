"""The room under the old names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pkcompat.legacy.connections import LegacyConnections
from pkcompat.legacy.deprecation import warn_once
from pkcompat.legacy.old_names import called, taught
from pkcompat.legacy.sockets import LegacyConnection, legacy_connection
from pkcompat.legacy.storage import LegacyStorage, legacy_storage
from pkcompat.legacy.stubs import LegacyParties, LegacyRoomContext, legacy_context

if TYPE_CHECKING:
    from partyserver import Room as _Room
else:

    class _Room:
        """Stands in for the room's class until there is a room: old modules import `LegacyRoom`, and must not
        need the server for that; see `_taught`."""


T = TypeVar("T")

_ROOM = "partyserver:Room"


@called("PartyKitRoom")
class LegacyRoom(_Room):
    """A room under the old names: what handlers get as `PartyKitRoom`."""

    __slots__ = ()

    storage: LegacyStorage
    context: LegacyRoomContext

    @property
    def internalID(self) -> str:  # noqa: N802
        """An id that is unique among all rooms of all parties of the host."""
        return self.internal_id

    @property
    def connections(self) -> LegacyConnections:
        """A live mapping of the room's connections by id (deprecated)."""
        warn_once("room.connections", "room.getConnections()")
        return LegacyConnections(self)

    @property
    def parties(self) -> LegacyParties:
        """Stubs of every party's rooms, by party name (deprecated)."""
        warn_once("room.parties", "room.context.parties")
        return self.context.parties

    def get_connection(self, connection_id: str) -> LegacyConnection | None:
        """The connection with that id, or None."""
        return legacy_connection(super().get_connection(connection_id))

    def getConnection(self, connection_id: str) -> LegacyConnection | None:  # noqa: N802
        """The connection with that id, or None."""
        return self.get_connection(connection_id)

    def get_connections(self, tag: str | None = None) -> list[LegacyConnection]:  # type: ignore[override]
        """A snapshot of the room's connections, or of those with a tag, in the order of connecting."""
        return [legacy_connection(connection) for connection in super().get_connections(tag)]

    def getConnections(self, tag: str | None = None) -> list[LegacyConnection]:  # noqa: N802
        """A snapshot of the room's connections, or of those with a tag, in the order of connecting."""
        return self.get_connections(tag)

    @overload
    def blockConcurrencyWhile(self, callback: Callable[[], Awaitable[T]]) -> Awaitable[T]: ...
    @overload
    def blockConcurrencyWhile(self, callback: Callable[[], T]) -> Awaitable[T]: ...
    def blockConcurrencyWhile(self, callback: Callable[[], Any]) -> Awaitable[Any]:  # noqa: N802
        """Deliver no event to the room until a function is done; the return value awaits its result."""
        return self.block_concurrency_while(callback)


@overload
def legacy_room(room: _Room) -> LegacyRoom: ...
@overload
def legacy_room(room: T) -> T: ...
def legacy_room(room: Any) -> Any:
    """Give a room the old names too, and its storage and stubs.

    Args:
        room: a `partyserver.Room`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    if not isinstance(room, LegacyRoom) and isinstance(_taught(room), LegacyRoom):
        room.storage = legacy_storage(room.storage)
        room.context = legacy_context(room.context)
    return room


def _taught(room: Any) -> Any:
    """Make `LegacyRoom` itself the class of a room, so that `type(room) is PartyKitRoom` holds; an instance
    of a subclass of `Room` gets a class of both instead."""
    from partyserver.rooms import Room

    if type(room) is not Room:
        return taught(room, LegacyRoom, _ROOM)
    if Room not in LegacyRoom.__bases__:  # replaces the stand-in, once the server is imported anyway
        LegacyRoom.__bases__ = (Room,)
    room.__class__ = LegacyRoom
    return room

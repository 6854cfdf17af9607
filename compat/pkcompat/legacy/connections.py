"""`room.connections`: the room's connections as a mapping."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, NoReturn

from pkcompat.legacy.arity import arguments_taken

if TYPE_CHECKING:
    from pkcompat.legacy.room import LegacyRoom
    from pkcompat.legacy.sockets import LegacyConnection


class LegacyConnections(Mapping[str, "LegacyConnection"]):
    """A read-only, live mapping of ids to connections, in the order of connecting.

    Connections may come and go during iteration: it covers those that were there at its start. Two
    connections of a hibernating party with one id count once; a lookup returns the later one.
    """

    __slots__ = ("_room",)

    def __init__(self, room: LegacyRoom) -> None:
        self._room = room

    def _by_id(self) -> dict[str, LegacyConnection]:
        return {connection.id: connection for connection in self._room.get_connections()}

    def __getitem__(self, connection_id: str) -> LegacyConnection:
        connection = self._room.get_connection(connection_id)
        if connection is None:
            raise KeyError(connection_id)
        return connection

    def __setitem__(self, connection_id: str, connection: object) -> NoReturn:
        raise TypeError(
            "room.connections is read-only: clients come by connecting; keep what is yours in room.storage, "
            "or with connection.setState()"
        )

    def __delitem__(self, connection_id: str) -> NoReturn:
        raise TypeError("room.connections is read-only: a connection goes with connection.close()")

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id())

    def __len__(self) -> int:
        return len(self._by_id())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._by_id())

    def keys(self) -> KeysView[str]:
        """The ids."""
        return _Keys(self)

    def values(self) -> ValuesView[LegacyConnection]:
        """The connections."""
        return _Values(self)

    def items(self) -> ItemsView[str, LegacyConnection]:
        """Ids and connections."""
        return _Items(self)

    def copy(self) -> dict[str, LegacyConnection]:
        """The present connections, by id."""
        return self._by_id()

    @property
    def size(self) -> int:
        """The number of connections, under the name that a JavaScript `Map` has for it."""
        return len(self)

    def has(self, connection_id: str) -> bool:
        """Whether there is a connection with that id, as in a JavaScript `Map`."""
        return connection_id in self

    def entries(self) -> ItemsView[str, LegacyConnection]:
        """Ids and connections, as in a JavaScript `Map`."""
        return self.items()

    def forEach(self, callback: Callable[..., Any]) -> None:  # noqa: N802
        """Call a function with each connection, its id and this mapping, or with fewer arguments if it takes
        fewer, as a JavaScript `Map` does."""
        taken = arguments_taken(callback, ("connection", "id", "connections"), "forEach's callback")
        for connection_id, connection in self._by_id().items():
            callback(*(connection, connection_id, self)[:taken])

    def __repr__(self) -> str:
        return f"<connections {list(self)}>"


class _Keys(KeysView[str]):
    """The ids."""

    __slots__ = ()
    _mapping: LegacyConnections

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._mapping)


class _Values(ValuesView["LegacyConnection"]):
    """The connections, which may come and go during iteration."""

    __slots__ = ()
    _mapping: LegacyConnections

    def __iter__(self) -> Iterator[LegacyConnection]:
        return iter(self._mapping._by_id().values())

    def __reversed__(self) -> Iterator[LegacyConnection]:
        return reversed(self._mapping._by_id().values())


class _Items(ItemsView[str, "LegacyConnection"]):
    """Ids and connections, which may come and go during iteration."""

    __slots__ = ()
    _mapping: LegacyConnections

    def __iter__(self) -> Iterator[tuple[str, LegacyConnection]]:
        return iter(self._mapping._by_id().items())

    def __reversed__(self) -> Iterator[tuple[str, LegacyConnection]]:
        return reversed(self._mapping._by_id().items())

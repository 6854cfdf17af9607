"""`room.connections`: the room's connections as a mapping."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from typing import Any

from pkcompat.legacy.sockets import LegacyConnection, legacy_connection


class LegacyConnections(Mapping[str, LegacyConnection]):
    """A read-only mapping of id to connection, live, in the order of connecting.

    It may be walked while connections come and go. Of two connections of one id the later counts.
    """

    def __init__(self, room: Any) -> None:
        self._room = room

    def _by_id(self) -> dict[str, LegacyConnection]:
        return {connection.id: legacy_connection(connection) for connection in self._room.get_connections()}

    def __getitem__(self, connection_id: str) -> LegacyConnection:
        connection = self._room.get_connection(connection_id)
        if connection is None:
            raise KeyError(connection_id)
        return legacy_connection(connection)  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._by_id()))

    def __len__(self) -> int:
        return len(self._by_id())

    def values(self) -> ValuesView[LegacyConnection]:
        return _Values(self)

    def items(self) -> ItemsView[str, LegacyConnection]:
        return _Items(self)

    @property
    def size(self) -> int:
        """How many there are, as a JavaScript `Map` says it."""
        return len(self)

    def has(self, connection_id: str) -> bool:
        """Whether there is a connection of that id, as a JavaScript `Map` says it."""
        return connection_id in self

    def forEach(self, callback: Callable[[LegacyConnection, str], object]) -> None:  # noqa: N802
        """Call a function with each connection and its id, as a JavaScript `Map` does."""
        for connection_id, connection in self._by_id().items():
            callback(connection, connection_id)

    def __repr__(self) -> str:
        return f"<connections {list(self)}>"


class _Values(ValuesView[LegacyConnection]):
    """The connections, which may come and go while they are walked."""

    _mapping: LegacyConnections

    def __iter__(self) -> Iterator[LegacyConnection]:
        return iter(list(self._mapping._by_id().values()))


class _Items(ItemsView[str, LegacyConnection]):
    """Ids and connections, which may come and go while they are walked."""

    _mapping: LegacyConnections

    def __iter__(self) -> Iterator[tuple[str, LegacyConnection]]:
        return iter(list(self._mapping._by_id().items()))

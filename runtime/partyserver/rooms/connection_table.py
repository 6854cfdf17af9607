"""The connections of one room, by id and tag."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from partyserver.connection import Connection
from partyserver.exceptions import ConnectionTagError
from partyserver.sockets import ReadyState

MAX_TAGS = 10
MAX_TAG_LENGTH = 256


class ConnectionTable(ABC):
    """The connections of a room, in the order of connecting.

    Attributes:
        version: changes whenever a connection is added or removed.
    """

    version = 0

    @abstractmethod
    def add(self, connection: Connection, tags: Iterable[str]) -> None:
        """Add a connection, under its id and the tags.

        Raises:
            ConnectionTagError: the tags are against the rules of a hibernating party.
        """

    @abstractmethod
    def remove(self, connection: Connection) -> None:
        """Remove a connection; nothing happens if it is not there."""

    @abstractmethod
    def get(self, connection_id: str) -> Connection | None:
        """The latest connection of that id."""

    @abstractmethod
    def all(self, tag: str | None = None) -> list[Connection]:
        """A snapshot of the connections, or of those that have the tag."""

    @abstractmethod
    def sockets(self) -> list[Connection]:
        """Every connection whose socket has not ended, hidden ones included."""

    @abstractmethod
    def __len__(self) -> int:
        """How many `sockets` there are."""


class ConnectionsById(ConnectionTable):
    """The table of a party that does not hibernate: a map, in which a later connection of an id replaces the
    earlier one, and the end of either frees the id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}
        self._tags: dict[Connection, tuple[str, ...]] = {}

    def add(self, connection: Connection, tags: Iterable[str]) -> None:
        self.version += 1
        self._tags[connection] = (connection.id, *tags)
        self._by_id[connection.id] = connection

    def remove(self, connection: Connection) -> None:
        if self._tags.pop(connection, None) is not None:
            self.version += 1
            self._by_id.pop(connection.id, None)

    def get(self, connection_id: str) -> Connection | None:
        return self._by_id.get(connection_id)

    def all(self, tag: str | None = None) -> list[Connection]:
        if not tag:
            return list(self._by_id.values())
        return [connection for connection in self._by_id.values() if tag in self._tags[connection]]

    def sockets(self) -> list[Connection]:
        return list(self._tags)

    def __len__(self) -> int:
        return len(self._tags)


class HibernatingConnections(ConnectionTable):
    """The table of a hibernating party: every open socket, also several of one id, with checked tags."""

    def __init__(self) -> None:
        self._tags: dict[Connection, tuple[str, ...]] = {}
        self._by_id: dict[str, list[Connection]] = {}

    def add(self, connection: Connection, tags: Iterable[str]) -> None:
        self._tags[connection] = checked_tags(connection.id, tags)
        self.version += 1
        self._by_id.setdefault(connection.id, []).append(connection)

    def remove(self, connection: Connection) -> None:
        if self._tags.pop(connection, None) is None:
            return
        self.version += 1
        twins = self._by_id[connection.id]
        twins.remove(connection)
        if not twins:
            del self._by_id[connection.id]

    def get(self, connection_id: str) -> Connection | None:
        for connection in reversed(self._by_id.get(connection_id, ())):
            if connection.ready_state is ReadyState.OPEN:
                return connection
        return None

    def all(self, tag: str | None = None) -> list[Connection]:
        is_open = ReadyState.OPEN  # until Python 3.12 an enum's members are slow to look up
        return [
            connection
            for connection, tags in self._tags.items()
            if connection.ready_state is is_open and (tag is None or tag in tags)
        ]

    def sockets(self) -> list[Connection]:
        return list(self._tags)

    def __len__(self) -> int:
        return len(self._tags)


def checked_tags(connection_id: str, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags of a connection in a hibernating party, its id first, checked as PartyKit checks them.

    Raises:
        ConnectionTagError: more than 10 with the id, one that is no string, is empty, or has more than 256
            characters; in PartyKit's words.
    """
    checked = (connection_id, *(tag for tag in tags if tag != connection_id))
    if len(checked) > MAX_TAGS:
        raise ConnectionTagError("A connection can only have 10 tags, including the default id tag.")
    for tag in checked:
        if not isinstance(tag, str):
            raise ConnectionTagError(f"A connection tag must be a string. Received: {tag}")
        if tag == "":
            raise ConnectionTagError("A connection tag must not be an empty string.")
        if len(tag) > MAX_TAG_LENGTH:
            raise ConnectionTagError("A connection tag must not exceed 256 characters")
    return checked

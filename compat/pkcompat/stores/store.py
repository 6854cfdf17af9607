"""The interface of a place where rooms' data is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from partyserver.storage import Alarm, RoomKey
from pkcompat.errors import PkcompatError


class StoreError(PkcompatError):
    """Rooms' data cannot be read or written. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class RoomContent:
    """What a room holds.

    Attributes:
        entries: keys and encoded values.
        alarm: its alarm, if it has one.
    """

    entries: Mapping[str, bytes]
    alarm: Alarm | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        return not self.entries and self.alarm is None


@dataclass(frozen=True, slots=True)
class RoomSize:
    """How much a room holds.

    Attributes:
        keys: how many keys it has.
        size: bytes of keys (UTF-8) and encoded values.
        alarm: its alarm, if it has one.
    """

    keys: int
    size: int
    alarm: Alarm | None


class Store(ABC):
    """A place where rooms' data is kept, of which this process is the only user.

    Attributes:
        name: what it is called in messages; never with a password.
    """

    name: str

    @abstractmethod
    def rooms(self) -> AsyncIterator[RoomKey]:
        """Every room that holds something.

        Raises:
            StoreError: they cannot be read.
        """

    @abstractmethod
    async def read(self, room: RoomKey) -> RoomContent:
        """What a room holds.

        Raises:
            StoreError: it cannot be read.
        """

    async def size(self, room: RoomKey) -> RoomSize:
        """How much a room holds.

        Raises:
            StoreError: it cannot be read.
        """
        content = await self.read(room)
        size = sum(len(key.encode()) + len(value) for key, value in content.entries.items())
        return RoomSize(len(content.entries), size, content.alarm)

    @abstractmethod
    async def write(self, contents: Mapping[RoomKey, RoomContent]) -> None:
        """Have rooms hold this and nothing else, all of them or none; it is durable when this returns.

        Raises:
            StoreError: it cannot be written.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let others use it."""

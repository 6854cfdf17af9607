"""The interface of what keeps the records behind `StateInMemory`: few calls, none for a single `put`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from partyserver.exceptions import StorageError
from partyserver.storage.backend import Alarm, Changes, Commit, KeyRange, RoomKey
from partyserver.storage.recent_failure import RecentFailure


class Store(ABC):
    """Keeps rooms' values and alarms outside of this process's memory.

    Attributes:
        broken: why nothing may be read or written any more, also not in memory: the store is closed, or what
            it holds is not known. None while it works.
        failed_read: when a read has failed.
    """

    broken: str | None = None

    def __init__(self) -> None:
        self.failed_read = RecentFailure()

    @abstractmethod
    def load(self, room: RoomKey, key: str) -> bytes | None:
        """The encoded value of a key; None if there is none.

        Raises:
            StorageError: it cannot be read.
        """

    @abstractmethod
    def range(self, room: RoomKey, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        """Keys and encoded values in the range, in its order.

        Raises:
            StorageError: they cannot be read.
        """

    @abstractmethod
    def load_alarm(self, room: RoomKey) -> Alarm | None:
        """The room's alarm; None if there is none.

        Raises:
            StorageError: it cannot be read.
        """

    @abstractmethod
    def alarms(self) -> Iterable[RoomKey]:
        """Every room that has an alarm.

        Raises:
            StorageError: they cannot be read.
        """

    @abstractmethod
    def rooms_of(self, party: str, ids: KeyRange) -> Iterable[str]:
        """Ids of a party's rooms that have entries or an alarm, in order; see `StorageBackend.rooms_of`.

        Raises:
            StorageError: they cannot be read.
        """

    @abstractmethod
    def commit(self, changes: Mapping[RoomKey, Changes], done: Commit) -> None:
        """Store the changes of one turn, all or none. When this returns, the other calls see them.

        Args:
            changes: by room.
            done: to be settled once they are durable, in the order of the calls: with None, or with a
                `StorageError` if they are lost after all.

        Raises:
            StorageError: they are not stored; `done` is left to the caller.
        """

    def check(self) -> None:
        """Raise what is wrong with the store, if anything is.

        Raises:
            StorageError: it is `broken`.
        """
        if self.broken is not None:
            raise StorageError(self.broken)

    @abstractmethod
    def flush(self) -> None:
        """Make durable what was committed, settle its futures, and only then return."""

    @abstractmethod
    def open(self) -> None:
        """Open it again after `close`; nothing happens if it is open.

        Raises:
            StorageError: it cannot be opened.
        """

    @abstractmethod
    def close(self) -> None:
        """Close it; nothing happens if it is closed."""

"""The interface of storage backends, on which `Storage` is built."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from partyserver.exceptions import StorageError
from partyserver.figures import CommitFigures

Commit = asyncio.Future[None]
"""Done when writes are committed; has a `StorageError` where they are lost."""

RoomKey = tuple[str, str]
"""The name of a party, and the id of one of its rooms."""

Kept = Literal["keep"]
"""In place of an alarm: it stays as it is."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Which keys to list, compared by their UTF-8 bytes.

    Attributes:
        start: only keys from this one on, or None.
        after: only keys behind this one, or None.
        end: only keys before this one, or None.
        prefix: only keys with this prefix.
        reverse: from the last to the first.
        limit: how many keys at most, or None.
    """

    start: str | None = None
    after: str | None = None
    end: str | None = None
    prefix: str = ""
    reverse: bool = False
    limit: int | None = None

    def __contains__(self, key: str) -> bool:
        # Python compares strings by code point, which is the order of their UTF-8 bytes.
        return (
            (self.start is None or key >= self.start)
            and (self.after is None or key > self.after)
            and (self.end is None or key < self.end)
            and key.startswith(self.prefix)
        )

    def select(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that are in the range, in its order, limited."""
        chosen = sorted((key for key in keys if key in self), reverse=self.reverse)
        return chosen[: self.limit]


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room that a backend knows of.

    Attributes:
        id: percent-encoded.
        last_active: when it was last taken or written to (milliseconds since the epoch); None where the
            backend does not keep that.
        node: the address of the node of the cluster that has it in memory; None where none has.
    """

    id: str
    last_active: int | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A room's alarm. It stays stored until its handler is done, so that a crash does not lose it.

    Attributes:
        due: the time that it was set to, in milliseconds since the epoch.
        next_try: when `on_alarm` is called (milliseconds since the epoch); None once it ran out of tries.
        retries: how often `on_alarm` has failed and was tried again.
        ringing: whether `on_alarm` runs.
    """

    due: int
    next_try: int | None
    retries: int = 0
    ringing: bool = False

    @classmethod
    def at(cls, due: int) -> Alarm:
        """A new alarm (milliseconds since the epoch)."""
        return cls(due, due)


@dataclass(slots=True)  # every `put` makes one; a frozen one takes twice the time
class Changes:
    """Writes that take effect together.

    Attributes:
        clear: forget every key first.
        values: the encoded value to put under each key, or None to delete it.
        alarm: the alarm to set, None to delete it, `"keep"` to leave it.
    """

    values: Mapping[str, bytes | None] = field(default_factory=dict)
    clear: bool = False
    alarm: Alarm | Kept | None = "keep"

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.values and not self.clear and self.alarm == "keep"


class RoomStore(ABC):
    """The data of one room. Calls return at once: a read never leaves the event loop's turn, unless what it
    reads `has_to_be_fetched`."""

    @property
    def has_to_be_fetched(self) -> bool:
        """Whether `fetch` and `fetch_range` are to be awaited in place of `get` and `scan`."""
        return False

    async def fetch(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """The encoded values of those of the keys that are there.

        Raises:
            StorageError: they cannot be read.
        """
        found = {key: self.get(key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    async def fetch_range(self, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        """Keys and encoded values in the range, in its order.

        Raises:
            StorageError: they cannot be read.
        """
        return self.scan(key_range)

    @abstractmethod
    def get(self, key: str) -> bytes | None:
        """The encoded value, or None."""

    @abstractmethod
    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        """Keys and encoded values in the range, in its order."""

    @abstractmethod
    def apply(self, changes: Changes) -> None:
        """Make the changes, all or none."""

    def put(self, key: str, value: bytes) -> None:
        """Put one encoded value; as `apply`, for stores that can do this in fewer steps."""
        self.apply(Changes({key: value}))

    @abstractmethod
    def get_alarm(self) -> Alarm | None:
        """The alarm, or None."""


def settle(commits: Iterable[Commit], error: StorageError | None = None) -> None:
    """Settle commits that wait, unless their event loop has ended.

    Args:
        commits: the commits.
        error: why their writes are lost, if they are.
    """
    for commit in commits:
        if commit.done() or commit.get_loop().is_closed():
            continue
        if error is None:
            commit.set_result(None)
        else:
            commit.set_exception(error)
            commit.exception()  # retrieved here, since nothing may be waiting for it


class CommitGate(Protocol):
    """Tells what has to be committed before anything that is sent now may leave."""

    @property
    def pending(self) -> Commit | None:
        """The commit that covers everything written so far; None if all of it is committed."""


class StorageBackend(ABC):
    """Keeps the data of every room of a host.

    Attributes:
        commits: the figures of its commits, for metrics; None where it has none, or does not count them.
    """

    commits: CommitFigures | None = None

    @abstractmethod
    def room(self, party: str, room_id: str) -> RoomStore:
        """The data of one room; rooms that were never written to are empty."""

    @abstractmethod
    def alarms(self) -> Iterable[RoomKey]:
        """Party and room id of every room that has an alarm."""

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        """Rooms of a party that have values or an alarm, and those that other processes have in memory, in
        order of id. What is not committed yet may be missing.

        Args:
            party: its name.
            ids: which ids; with a limit, never reversed.

        Raises:
            StorageError: they cannot be read, or the backend cannot list rooms: one of your own has to
                define this method for it.
        """
        raise StorageError(
            f"{type(self).__name__} cannot list rooms; define `rooms_of` (see partyserver.StorageBackend)"
        )

    @property
    def problem(self) -> str | None:
        """Why rooms cannot rely on it now, as a text for whoever operates the host; None while it works."""
        return None

    @property
    def pending(self) -> Commit | None:
        """The commit that covers everything written so far; None if all of it is committed."""
        return None

    def gate(self, party: str, room_id: str) -> CommitGate:
        """What holds back what a room sends: all that the host's rooms have written, as they can reveal each
        other's writes, unless they are kept apart."""
        return self

    def open(self) -> None:  # noqa: B027 - most have nothing to open
        """Reopen what `close` closed; called whenever the host starts."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Close files; called when the host shuts down."""

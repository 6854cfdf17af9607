"""The interface of what the nodes of a cluster share: who owns a room, what it holds, what is due."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from partyserver.storage import Alarm, Changes, KeyRange, KnownRoom, RoomKey


@dataclass(frozen=True, slots=True)
class Node:
    """One process of the cluster, from its start to its end; a process that starts again is another node.

    Attributes:
        id: the number of this incarnation; no two nodes of a cluster ever have the same.
        address: `HOST:PORT` at which the other nodes reach it.
    """

    id: int
    address: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """A room is this node's.

    Attributes:
        epoch: rises with each change of owner; what an earlier epoch commits is refused.
        sequence: of the last commit.
    """

    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class RoomData:
    """What a room holds when its owner takes it.

    Attributes:
        alarm: its alarm, if it has one.
        entries: all its keys and encoded values; None where they are more than was asked for.
    """

    alarm: Alarm | None
    entries: Mapping[str, bytes] | None


@dataclass(frozen=True, slots=True)
class Part:
    """What one room commits.

    Attributes:
        room: the room.
        epoch: that of the ownership.
        sequence: the one of the room's commit before this; with this commit it becomes one more.
        changes: what is written.
    """

    room: RoomKey
    epoch: int
    sequence: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class DueAlarm:
    """An alarm of a room that no living node owns.

    Attributes:
        room: the room.
        next_try: when it rings (milliseconds since the epoch).
    """

    room: RoomKey
    next_try: int


@dataclass(frozen=True, slots=True)
class StoredRoom:
    """A room that holds something.

    Attributes:
        room: the room.
        last_active: when it was taken or written to last (milliseconds since the epoch, by the engine's
            clock).
    """

    room: RoomKey
    last_active: int


class ClusterEngine(ABC):
    """A database that all nodes reach. All calls may be made at the same time; those that cannot reach it
    try again until they can, or until they are cancelled, but for `start`.

    What another engine would have to offer: one clock for all leases; a row a room that is changed under a
    condition on its former content (`claim`), together with the room's entries (`commit`); commits that are
    durable when they are answered, on a standby as well where there is one; entries in the order of the
    UTF-8 bytes of their keys; alarms by their moment.
    """

    @abstractmethod
    async def start(self) -> None:
        """Connect, and make or migrate what the cluster is kept in.

        Raises:
            ClusterError: it cannot be reached within 10 s, refuses the credentials, is too old or read-only,
                lacks a right, or holds what a newer version of this package wrote.
        """

    @abstractmethod
    async def close(self) -> None:
        """Disconnect."""

    # Nodes

    @abstractmethod
    async def join(self, address: str, lease: float) -> Node:
        """Become a node.

        Args:
            address: `HOST:PORT` at which other nodes reach it.
            lease: seconds that it lives without `renew`.
        """

    @abstractmethod
    async def renew(self, node: Node, lease: float) -> bool:
        """Live for another `lease` seconds from now on, by the engine's clock.

        Returns:
            False where the node is known to be dead: others may have its rooms, and it is no node any more.
        """

    @abstractmethod
    async def leave(self, node: Node) -> None:
        """Be a node no more: its rooms have no owner from now on."""

    @abstractmethod
    async def nodes(self) -> list[Node]:
        """The nodes that live."""

    @abstractmethod
    async def shared_secret(self) -> str:
        """A secret that only those know who may read what the cluster is kept in; made when it is first asked
        for."""

    @abstractmethod
    async def bury(self, node: Node) -> bool:
        """Take a node for dead whose lease has run out, for good.

        Returns:
            Whether it is dead; False where its lease is still good.
        """

    @abstractmethod
    async def clock_difference(self) -> float:
        """Seconds that this machine's clock, by which alarms ring, is ahead of the engine's."""

    # Rooms

    @abstractmethod
    async def claim(self, room: RoomKey, node: Node) -> Ownership | Node:
        """Become a room's owner, unless a living node is; a room that is the node's already gets a new epoch.

        Returns:
            The new ownership, or the node that owns it.

        Raises:
            NotANodeError: `node` is dead.
        """

    @abstractmethod
    async def release(self, room: RoomKey, ownership: Ownership) -> None:
        """Own a room no more; nothing happens where it has changed hands already."""

    @abstractmethod
    async def load(self, room: RoomKey, most: int) -> RoomData:
        """What a room holds.

        Args:
            room: the room; it must be the caller's.
            most: bytes of keys and values up to which its entries are loaded.
        """

    @abstractmethod
    async def get(self, room: RoomKey, keys: Collection[str]) -> dict[str, bytes]:
        """The encoded values of those of the keys that are there."""

    @abstractmethod
    async def range(self, room: RoomKey, key_range: KeyRange) -> list[tuple[str, bytes]]:
        """Keys and encoded values in the range, in its order."""

    @abstractmethod
    async def rooms(self, after: RoomKey | None, most: int) -> list[StoredRoom]:
        """Rooms that have entries or an alarm, in an order of the engine's.

        Args:
            after: those behind this one; None from the first on.
            most: how many at most.
        """

    @abstractmethod
    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        """Rooms of a party that have entries or an alarm, or a living owner (`node`, be it the caller),
        in order of id.

        Args:
            party: its name.
            ids: which ids; with a limit, never reversed.
        """

    @abstractmethod
    async def commit(self, parts: Sequence[Part]) -> set[RoomKey]:
        """Store changes of rooms, each of them once; those of a room count together or not at all.

        It returns when they are durable, and is never cancelled. Where the connection breaks it connects
        again, and finds out what became of them.

        Args:
            parts: at most one a room.

        Returns:
            The rooms whose changes were refused: their epoch or sequence is not the expected one.
        """

    # What is due

    @abstractmethod
    async def due_alarms(self, parties: Collection[str], until: int, most: int) -> list[DueAlarm]:
        """Alarms that ring up to a moment, in rooms that no living node owns, the earliest first.

        Args:
            parties: the rooms' parties.
            until: milliseconds since the epoch.
            most: how many at most.
        """

    @abstractmethod
    async def claim_cron(self, name: str, moment: int) -> bool:
        """Whether a cron's call for a moment (milliseconds since the epoch) is the caller's: for one node it
        is, for every other it is not."""

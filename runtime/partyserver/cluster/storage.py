"""Rooms' state on the node that owns them, in front of the database that gets their changes in batches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from time import perf_counter

from partyserver.cluster.engine import ClusterEngine, Ownership, Part, RoomData
from partyserver.cluster.held_room import HeldRoom, Writes
from partyserver.cluster.lease import Lease
from partyserver.exceptions import RoomLostError, StorageError
from partyserver.figures import CommitFigures
from partyserver.storage import (
    STATE_BYTES,
    UNKNOWN,
    Alarm,
    Changes,
    Commit,
    CommitGate,
    Draft,
    KeyRange,
    KnownRoom,
    RecentFailure,
    RoomKey,
    RoomStore,
    StateCache,
    StorageBackend,
    Unknown,
    settle,
)

logger = logging.getLogger("partyserver")

MOST_PARTS = 1_000
"""How many rooms' changes go to the database in one statement."""

Lost = Callable[[RoomKey, Ownership, StorageError], None]


class ClusterStorage(StorageBackend):
    """Reads and writes touch memory, as with one process. What the rooms wrote in a turn of the event loop
    goes to the database at its end, with all that was written while the batch before it was on its way.

    What a room sends waits for its own writes alone: rooms that reveal each other's are on different nodes.
    """

    commits: CommitFigures

    def __init__(self, engine: ClusterEngine, lease: Lease, lost: Lost, memory: int = STATE_BYTES) -> None:
        """
        Args:
            engine: the database.
            lease: of this node; no output gate opens once it has run out.
            lost: called with a room that is not this node's any more and what was owned of it, before its
                commits fail.
            memory: bytes of state that are kept in memory, beside what is not committed yet.
        """
        self.engine = engine
        self.cache = StateCache(memory)
        self.lease = lease
        self._lost = lost
        self._held: dict[RoomKey, HeldRoom] = {}
        self._written: dict[RoomKey, HeldRoom] = {}  # those with changes that wait
        self._batch: asyncio.Task[None] | None = None  # sends them
        self._is_due = False  # whether the turn's end is to start it
        self._failure = RecentFailure()  # of a batch
        self.commits = CommitFigures()

    # Whose rooms

    def take(self, room: RoomKey, ownership: Ownership, data: RoomData) -> None:
        """A room is this node's from now on."""
        self._held[room] = HeldRoom(ownership, data.alarm)
        self.cache.forget(room)
        if data.entries is not None:
            self.cache.fill(room, data.entries)

    def give_up(self, room: RoomKey) -> Ownership | None:
        """A room of which everything is committed is not this node's any more; returns what was owned."""
        held = self._held.pop(room, None)
        self.cache.forget(room)
        return None if held is None else held.ownership

    def lose(self, room: RoomKey, error: StorageError) -> None:
        """A room is not this node's any more, and what it wrote last is lost."""
        held = self._held.pop(room, None)
        if held is None:
            return
        self._written.pop(room, None)
        self.cache.forget(room)
        self._lost(room, held.ownership, error)
        settle([writes.commit for writes in (held.flying, held.waiting) if writes is not None], error)

    def lose_all(self, error: StorageError) -> None:
        """No room is this node's any more."""
        for room in list(self._held):
            self.lose(room, error)

    def held(self, room: RoomKey) -> HeldRoom | None:
        """What is kept of a room, if it is this node's."""
        return self._held.get(room)

    @property
    def rooms(self) -> list[RoomKey]:
        """The rooms of this node."""
        return list(self._held)

    async def committed(self, room: RoomKey) -> None:
        """Return once all that a room has written is committed, or lost."""
        while (held := self._held.get(room)) is not None and (commit := held.pending) is not None:
            await asyncio.wait([commit])

    async def all_committed(self) -> None:
        """Return once all that this node's rooms have written is committed, or lost."""
        for room in self.rooms:
            await self.committed(room)

    # As a backend

    def room(self, party: str, room_id: str) -> ClusterRoomStore:
        return ClusterRoomStore(self, (party, room_id))

    def alarms(self) -> Iterable[RoomKey]:
        return [room for room, held in self._held.items() if held.alarm_now is not None]

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        known = await self.engine.rooms_of(party, ids)
        return [replace(room, node=None) if (party, room.id) in self._held else room for room in known]

    @property
    def problem(self) -> str | None:
        if not self.lease.left:
            return "the lease of this node has run out"
        return "a commit failed; the log says why" if self._failure.is_recent else None

    def gate(self, party: str, room_id: str) -> CommitGate:
        return RoomGate(self, (party, room_id))

    def write(self, room: RoomKey, changes: Changes) -> None:
        """Have the next batch commit changes.

        Raises:
            RoomLostError: the room is not this node's.
        """
        held = self._held.get(room)
        if held is None:
            raise _not_ours(room)
        if held.waiting is None:
            loop = asyncio.get_running_loop()
            if not self._is_due and self._batch is None:
                loop.call_soon(self._start_batch)
                self._is_due = True
            held.waiting = Writes(Draft(), loop.create_future())
            self._written[room] = held
        held.waiting.draft.add(changes)

    # Batches

    def _start_batch(self) -> None:
        self._is_due = False
        if self._batch is None and self._written:
            self._batch = asyncio.get_running_loop().create_task(self._send())
            self._batch.add_done_callback(self._sent)

    def _sent(self, batch: asyncio.Task[None]) -> None:
        self._batch = None
        if not batch.cancelled() and (error := batch.exception()) is not None:
            logger.error("commits to the cluster have failed", exc_info=error)
        self._start_batch()

    async def _send(self) -> None:
        while self._written:
            flying = {room: self._written.pop(room) for room in list(self._written)[:MOST_PARTS]}
            parts = [_part(room, held) for room, held in flying.items()]
            begun = perf_counter()
            try:
                refused = await self.engine.commit(parts)
            except Exception as error:
                self._failure.note()
                self.commits.failed += 1
                logger.error("a commit failed, its writes are lost: %s", error)
                for room, held in flying.items():
                    if self._held.get(room) is held:
                        self.lose(room, StorageError(f"the commit failed: {error}"))
                continue
            self.commits.succeeded(begun)
            self._settle(flying, refused)

    def _settle(self, flying: Mapping[RoomKey, HeldRoom], refused: set[RoomKey]) -> None:
        if not self.lease.is_good:
            return  # all rooms are lost by now
        for room, held in flying.items():
            if self._held.get(room) is not held or held.flying is None:
                continue  # it was lost meanwhile
            if room in refused:
                self.lose(room, RoomLostError(f"{'/'.join(room)} is another node's by now"))
                continue
            writes, held.flying = held.flying, None
            held.ownership = replace(held.ownership, sequence=held.ownership.sequence + 1)
            self._keep(room, held, writes.draft)
            settle([writes.commit])

    def _keep(self, room: RoomKey, held: HeldRoom, draft: Draft) -> None:
        if draft.alarm != "keep":
            held.alarm = draft.alarm
        if draft.clear:
            self.cache.fill(room, {})
        self.cache.put_all(room, draft.values)


class RoomGate:
    """What holds back what one room sends."""

    __slots__ = ("_room", "_storage")

    def __init__(self, storage: ClusterStorage, room: RoomKey) -> None:
        self._storage = storage
        self._room = room

    @property
    def pending(self) -> Commit | None:
        """See `CommitGate.pending`."""
        held = self._storage.held(self._room)
        if held is None:
            return (
                None  # another node's: what comes from there has waited already; or lost, its sockets closed
            )
        if self._storage.lease.is_good:
            return held.pending
        return _failed(_not_ours(self._room))


class ClusterRoomStore(RoomStore):
    """The data of one room of this node."""

    __slots__ = ("_room", "_storage")

    def __init__(self, storage: ClusterStorage, room: RoomKey) -> None:
        self._storage = storage
        self._room = room

    @property
    def has_to_be_fetched(self) -> bool:
        return not self._storage.cache.is_whole(self._room)

    def get(self, key: str) -> bytes | None:
        value = self._known(key)
        return None if value == UNKNOWN else value

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        return self._over(self._storage.cache.entries(self._room), key_range)

    async def fetch(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        names = list(keys)
        while True:
            missing = [name for name in names if self._known(name) == UNKNOWN]
            if not missing:
                break
            before = self._ours.ownership.sequence
            found = await self._storage.engine.get(self._room, missing)
            if self._ours.ownership.sequence == before:  # else what was committed meanwhile may be newer
                return self._kept(names, found)
        return self._kept(names, {})

    def _kept(self, names: Iterable[str], found: Mapping[str, bytes]) -> dict[str, bytes]:
        """The values of keys, of which those that were not known have just been found."""
        values: dict[str, bytes] = {}
        for name in names:
            value = self._known(name)
            if value == UNKNOWN:
                value = found.get(name)
                self._storage.cache.put(self._room, name, value)
            if value is not None:
                values[name] = value
        return values

    async def fetch_range(self, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        while True:
            held = self._ours
            if not self.has_to_be_fetched or any(draft.clear for draft in held.drafts):
                return self.scan(key_range)
            before = held.ownership.sequence
            wider = key_range
            for draft in held.drafts:
                wider = draft.wider(wider)
            stored = await self._storage.engine.range(self._room, wider)
            if self._ours.ownership.sequence == before:
                return self._over(dict(stored), key_range)

    def apply(self, changes: Changes) -> None:
        if not changes.is_empty:
            self._storage.write(self._room, changes)

    def get_alarm(self) -> Alarm | None:
        held = self._storage.held(self._room)
        return None if held is None else held.alarm_now

    @property
    def _ours(self) -> HeldRoom:
        held = self._storage.held(self._room)
        if held is None:
            raise _not_ours(self._room)
        return held

    def _known(self, key: str) -> bytes | Unknown | None:
        """The value that is here; `UNKNOWN` where the database has to be asked."""
        for draft in self._ours.drafts:
            if draft.hides(key):
                return draft.values.get(key)
        value = self._storage.cache.get(self._room, key)
        return None if value == UNKNOWN and self._storage.cache.is_whole(self._room) else value

    def _over(self, stored: Mapping[str, bytes | None], key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        """What is stored with what is not committed yet on top."""
        for draft in reversed(list(self._ours.drafts)):
            stored = dict(draft.values) if draft.clear else {**stored, **draft.values}
        present = {key: value for key, value in stored.items() if value is not None}
        return ((key, present[key]) for key in key_range.select(present))


def _part(room: RoomKey, held: HeldRoom) -> Part:
    if held.waiting is None:
        raise AssertionError(f"{room} has written nothing")
    held.flying, held.waiting = held.waiting, None
    return Part(room, held.ownership.epoch, held.ownership.sequence, held.flying.draft.changes)


def _not_ours(room: RoomKey) -> RoomLostError:
    return RoomLostError(f"{'/'.join(room)} is not this node's any more")


def _failed(error: StorageError) -> Commit:
    commit: Commit = asyncio.get_running_loop().create_future()
    settle([commit], error)
    return commit

"""Rooms' state in memory, in front of a store that gets the changes of each turn as one record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from time import perf_counter

from partyserver.exceptions import StorageError
from partyserver.figures import CommitFigures
from partyserver.storage.backend import (
    Alarm,
    Changes,
    Commit,
    KeyRange,
    KnownRoom,
    RoomKey,
    RoomStore,
    StorageBackend,
    settle,
)
from partyserver.storage.draft import Draft
from partyserver.storage.recent_failure import RecentFailure
from partyserver.storage.state_cache import UNKNOWN, StateCache
from partyserver.storage.store import Store

logger = logging.getLogger("partyserver")

STATE_BYTES = 32 * 1_024 * 1_024
"""Bytes of rooms' state that a process keeps in memory, unless it is told otherwise."""


class StateInMemory(StorageBackend):
    """Reads and writes touch memory. What all rooms wrote in a turn of the event loop goes to the store at
    the turn's end, and is lost or kept as one.

    A value leaves memory when others need its place, never before the store has it.
    """

    commits: CommitFigures

    def __init__(self, store: Store, memory: int = STATE_BYTES) -> None:
        """
        Args:
            store: keeps what is written.
            memory: bytes of state that are kept in memory, beside what the turn has written.
        """
        self.store = store
        self.cache = StateCache(memory)
        self.drafts: dict[RoomKey, Draft] = {}  # what this turn has written
        self._last: Commit | None = None  # of the last turn that wrote; done once that is durable
        self._before: Commit | None = None  # of the turn before that
        self._is_due = False  # whether the turn's end is to commit
        self._failure = RecentFailure()  # of a commit
        self.commits = CommitFigures()

    def room(self, party: str, room_id: str) -> RoomState:
        return RoomState(self, (party, room_id))

    def alarms(self) -> Iterable[RoomKey]:
        rooms = dict.fromkeys(self.store.alarms())
        for room, draft in self.drafts.items():
            if draft.alarm is None:
                rooms.pop(room, None)
            elif draft.alarm != "keep":
                rooms[room] = None
        return list(rooms)

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        return [KnownRoom(room) for room in self.store.rooms_of(party, ids)]

    @property
    def problem(self) -> str | None:
        if self.store.broken is not None:
            return self.store.broken
        if self._failure.is_recent:
            return "a commit failed; the log says why"
        if self.store.failed_read.is_recent:
            return "a read failed; the log says why"
        return None

    @property
    def pending(self) -> Commit | None:
        last = self._last
        if last is None or last.done():
            return None
        if last.get_loop().is_closed():
            self._finish()
            return None
        return last

    def open(self) -> None:
        self.store.open()

    def close(self) -> None:
        self._finish()
        self.cache.clear()
        self.store.close()

    def draft(self, room: RoomKey) -> Draft:
        """What the turn's end is to commit of a room, together with the drafts of others; may be added to.

        Raises:
            StorageError: the store has failed for good.
        """
        if not self._is_due:
            self._begin()
        draft = self.drafts.get(room)
        if draft is None:
            draft = self.drafts[room] = Draft()
        return draft

    def _begin(self) -> None:
        self.store.check()
        loop = asyncio.get_running_loop()
        if self._last is not None and self._last.get_loop() is not loop:
            self._finish()  # the loop that was to commit has ended
        loop.call_soon(self._commit)  # first, as a handler may be at the end of the stack
        self._before, self._last = self._last, loop.create_future()
        self._is_due = True

    def _commit(self) -> None:
        """Commit what was written; nothing happens if nothing was."""
        if not self._is_due or self._last is None:
            return
        self._is_due = False
        drafts, self.drafts = self.drafts, {}
        begun = perf_counter()
        try:
            self.store.commit({room: draft.changes for room, draft in drafts.items()}, self._last)
        except Exception as error:  # whatever it is, nothing may wait for this commit for ever
            self._failed()
            logger.error("a commit failed, its writes are lost: %s", error)
            settle([self._last], StorageError(f"the commit failed: {error}"))
            self._last = self._before  # it may still have to be flushed
            return
        self._count(self._last, begun)
        for room, draft in drafts.items():
            if draft.clear:
                self.cache.forget(room)
            self.cache.put_all(room, draft.values)

    def _count(self, commit: Commit, begun: float) -> None:
        if not commit.done():
            commit.add_done_callback(lambda _: self._count(commit, begun))
        elif commit.exception() is None:
            self.commits.succeeded(begun)
        else:
            self._failed()

    def _failed(self) -> None:
        self._failure.note()
        self.commits.failed += 1

    def _finish(self) -> None:
        """Commit, and wait until all is durable."""
        self._commit()
        self.store.flush()


class RoomState(RoomStore):
    """The data of one room: what this turn wrote, else what is in memory, else what the store holds."""

    __slots__ = ("_room", "_state")

    def __init__(self, state: StateInMemory, room: RoomKey) -> None:
        self._state = state
        self._room = room

    def get(self, key: str) -> bytes | None:
        state, room = self._state, self._room
        if state.store.broken is not None:
            state.store.check()
        draft = state.drafts.get(room)
        if draft is not None and draft.hides(key):
            return draft.values.get(key)
        value = state.cache.get(room, key)
        if value == UNKNOWN:
            value = state.store.load(room, key)
            state.cache.put(room, key, value)
        return value

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        draft = self._state.drafts.get(self._room)
        return iter(self._stored(key_range)) if draft is None else draft.scan(key_range, self._stored)

    def apply(self, changes: Changes) -> None:
        if not changes.is_empty:
            self._state.draft(self._room).add(changes)

    def put(self, key: str, value: bytes) -> None:
        self._state.draft(self._room).values[key] = value

    def get_alarm(self) -> Alarm | None:
        draft = self._state.drafts.get(self._room)
        if draft is not None and draft.alarm != "keep":
            return draft.alarm
        return self._state.store.load_alarm(self._room)

    def _stored(self, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        return self._state.store.range(self._room, key_range)

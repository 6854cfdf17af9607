"""State in memory in front of a store: what reaches the store, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from partyserver import MemoryStorage, StorageError
from partyserver.storage.backend import Alarm, Changes, Commit, KeyRange, RoomKey, settle
from partyserver.storage.output_gate import until_committed
from partyserver.storage.state_in_memory import StateInMemory
from partyserver.storage.store import Store

ROOM, OTHER = ("main", "room"), ("main", "other")


@dataclass
class WatchedStore(Store):
    """A store that notes its calls."""

    calls: list[str] = field(default_factory=list)
    records: list[Mapping[RoomKey, Changes]] = field(default_factory=list)
    rooms: MemoryStorage = field(default_factory=MemoryStorage)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def load(self, room: RoomKey, key: str) -> bytes | None:
        self.calls.append(f"load {key}")
        return self.rooms.room(*room).get(key)

    def range(self, room: RoomKey, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        self.calls.append("range")
        return self.rooms.room(*room).scan(key_range)

    def load_alarm(self, room: RoomKey) -> Alarm | None:
        return self.rooms.room(*room).get_alarm()

    def alarms(self) -> Iterable[RoomKey]:
        return self.rooms.alarms()

    def rooms_of(self, party: str, ids: KeyRange) -> Iterable[str]:
        return ids.select(room for name, room in self.rooms._rooms if name == party)

    def commit(self, changes: Mapping[RoomKey, Changes], done: Commit) -> None:
        self.calls.append("commit")
        if self.failure is not None:
            raise self.failure
        self.records.append(changes)
        for room, change in changes.items():
            self.rooms.room(*room).apply(change)
        settle([done])

    def flush(self) -> None:
        self.calls.append("flush")

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def store() -> WatchedStore:
    return WatchedStore()


@pytest.fixture
def state(store: WatchedStore) -> StateInMemory:
    return StateInMemory(store)


async def test_the_changes_of_a_turn_are_one_record_for_all_rooms(
    state: StateInMemory, store: WatchedStore
) -> None:
    room, other = state.room(*ROOM), state.room(*OTHER)
    room.apply(Changes({"a": b"1", "b": b"1"}))
    room.apply(Changes({"a": b"2"}, alarm=Alarm.at(7)))
    other.apply(Changes({"a": b"3"}))
    assert store.calls == []
    await until_committed(state)
    assert store.records == [
        {ROOM: Changes({"a": b"2", "b": b"1"}, alarm=Alarm.at(7)), OTHER: Changes({"a": b"3"})}
    ]


async def test_what_was_read_or_written_is_not_asked_of_the_store_again(
    state: StateInMemory, store: WatchedStore
) -> None:
    store.rooms.room(*ROOM).apply(Changes({"old": b"1"}))
    room = state.room(*ROOM)
    for _ in range(2):
        assert (room.get("old"), room.get("none")) == (b"1", None)
    room.apply(Changes({"new": b"2", "old": None}))
    await until_committed(state)
    assert (room.get("old"), room.get("new"), state.room(*ROOM).get("new")) == (None, b"2", b"2")
    assert store.calls == ["load old", "load none", "commit"]


async def test_after_delete_all_nothing_old_is_seen_before_and_after_the_commit(state: StateInMemory) -> None:
    room = state.room(*ROOM)
    room.apply(Changes({"a": b"1", "b": b"1"}))
    await until_committed(state)
    room.apply(Changes(clear=True))
    room.apply(Changes({"b": b"2"}))
    for _ in range(2):
        assert (room.get("a"), room.get("b")) == (None, b"2")
        assert list(room.scan(KeyRange())) == [("b", b"2")]
        await until_committed(state)


async def test_alarms_of_this_turn_count(state: StateInMemory, store: WatchedStore) -> None:
    store.rooms.room(*OTHER).apply(Changes(alarm=Alarm.at(1)))
    state.room(*ROOM).apply(Changes(alarm=Alarm.at(2)))
    state.room(*OTHER).apply(Changes(alarm=None))
    assert list(state.alarms()) == [ROOM]
    assert (state.room(*ROOM).get_alarm(), state.room(*OTHER).get_alarm()) == (Alarm.at(2), None)
    await until_committed(state)
    assert list(state.alarms()) == [ROOM]


@pytest.mark.parametrize("failure", [StorageError("no space"), ValueError("not our fault")])
async def test_a_turn_that_cannot_be_stored_is_lost_as_a_whole(
    state: StateInMemory, store: WatchedStore, failure: Exception
) -> None:
    room = state.room(*ROOM)
    room.apply(Changes({"a": b"1"}))
    await until_committed(state)
    store.failure = failure
    room.apply(Changes({"a": b"2", "b": b"2"}))
    with pytest.raises(StorageError, match=f"the commit failed: {failure}"):
        await until_committed(state)
    store.failure = None
    assert state.pending is None
    assert (room.get("a"), room.get("b")) == (b"1", None)


async def test_what_a_broken_store_held_is_not_read_from_memory(
    state: StateInMemory, store: WatchedStore
) -> None:
    room = state.room(*ROOM)
    room.apply(Changes({"a": b"1"}))
    await until_committed(state)
    store.broken = "the disk is gone"
    with pytest.raises(StorageError, match="the disk is gone"):
        room.get("a")
    with pytest.raises(StorageError, match="the disk is gone"):
        room.apply(Changes({"a": b"2"}))
    assert state.pending is None


def test_a_turn_whose_event_loop_ended_is_committed_by_the_next(
    state: StateInMemory, store: WatchedStore
) -> None:
    async def write(key: str) -> None:
        state.room(*ROOM).apply(Changes({key: b"1"}))

    for key in ("a", "b"):
        asyncio.run(write(key))
    state.close()
    assert [key for key, _ in store.rooms.room(*ROOM).scan(KeyRange())] == ["a", "b"]


async def test_rooms_larger_than_the_memory_work(store: WatchedStore) -> None:
    state = StateInMemory(store, memory=5_000)
    room = state.room(*ROOM)
    for number in range(50):
        room.apply(Changes({str(number): bytes([number]) * 400}))
        await until_committed(state)
    assert [room.get(str(number)) for number in range(50)] == [bytes([number]) * 400 for number in range(50)]
    assert state.cache.size <= 5_000

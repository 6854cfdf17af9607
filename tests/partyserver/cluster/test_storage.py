"""A cluster's storage: against a dict under random calls and moves; batches, refusals, leases, fetching."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest
from hypothesis import settings
from hypothesis.stateful import rule
from tests.partyserver.cluster.engine_in_memory import EngineInMemory, Shared
from tests.partyserver.storage.test_storage_model import StorageMachine

from partyserver import Storage
from partyserver.cluster import Node, Ownership, Part
from partyserver.cluster.lease import Lease
from partyserver.cluster.storage import ClusterStorage
from partyserver.exceptions import RoomLostError, StorageError
from partyserver.storage import InputGate, KeyRange, RoomKey, StorageBackend, until_committed

ROOM, OTHER = ("main", "room"), ("main", "room2")


class SlowEngine(EngineInMemory):
    """An engine that takes some turns of the event loop, and counts."""

    def __init__(self, shared: Shared, turns: int = 3) -> None:
        super().__init__(shared)
        self.turns = turns
        self.batches: list[Sequence[Part]] = []
        self.gets: list[Collection[str]] = []

    async def commit(self, parts: Sequence[Part]) -> set[RoomKey]:
        self.batches.append(parts)
        for _ in range(self.turns):
            await asyncio.sleep(0)
        refused = await super().commit(parts)
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return refused

    async def get(self, room: RoomKey, keys: Collection[str]) -> dict[str, bytes]:
        self.gets.append(keys)
        await asyncio.sleep(0)
        return await super().get(room, keys)

    async def range(self, room: RoomKey, key_range: KeyRange) -> list[tuple[str, bytes]]:
        found = await super().range(room, key_range)
        await asyncio.sleep(0)
        return found


class OneNode:
    """A node's storage, and what becomes of its rooms."""

    def __init__(self, shared: Shared, memory: int = 1_000_000, most: int = 1_000_000) -> None:
        self.now = 0.0
        self.lease = Lease(lambda: self.storage.lose_all(StorageError("lapsed")), lambda: self.now)
        self.lease.extend(0.0, 10.0)
        self.engine = SlowEngine(shared)
        self.lost: list[RoomKey] = []
        self.storage = ClusterStorage(
            self.engine, self.lease, lambda room, ownership, error: self.lost.append(room), memory
        )
        self.most = most
        self.node: Node | None = None

    async def own(self, room: RoomKey = ROOM) -> Storage:
        self.node = self.node or await self.engine.join("a:1", 1_000)
        claimed = await self.engine.claim(room, self.node)
        assert isinstance(claimed, Ownership)
        self.storage.take(room, claimed, await self.engine.load(room, self.most))
        return Storage(self.storage.room(*room), InputGate(), lambda changes: None)

    async def committed(self, room: RoomKey = ROOM) -> None:
        await until_committed(self.storage.gate(*room))


class ClusterMachine(StorageMachine):
    """Rooms of one node, which move to another now and then."""

    memory = 1_000_000
    most = 1_000_000

    def make_backend(self) -> StorageBackend:
        self.shared = Shared()
        return self.another()

    def another(self) -> ClusterStorage:
        self.one = OneNode(self.shared, self.memory, self.most)
        return self.one.storage

    def open(self) -> None:
        self.storage = self.runner.run(self.one.own())
        self.neighbour = self.runner.run(self.one.own(OTHER))

    def teardown(self) -> None:
        self.run(self.one.storage.all_committed())
        super().teardown()

    @rule()
    def commit(self) -> None:
        self.run(self.one.storage.all_committed())

    @rule()
    def move(self) -> None:
        self.run(self.one.storage.all_committed())
        assert self.one.lost == []
        for room in (ROOM, OTHER):
            ownership = self.one.storage.give_up(room)
            assert ownership is not None
            self.run(self.one.engine.release(room, ownership))
        self.backend = self.another()
        self.open()


class LargeRoomMachine(ClusterMachine):
    """The same where rooms are too large to be loaded as a whole."""

    most = -1


class ForgetfulClusterMachine(ClusterMachine):
    """The same with memory for two values."""

    memory = 1_200


TestClusterStorage = ClusterMachine.TestCase
TestClusterStorage.settings = settings(max_examples=30, stateful_step_count=30)
TestLargeRooms = LargeRoomMachine.TestCase
TestLargeRooms.settings = settings(max_examples=30, stateful_step_count=30)
TestForgetfulClusterStorage = ForgetfulClusterMachine.TestCase
TestForgetfulClusterStorage.settings = settings(max_examples=30, stateful_step_count=30)


async def test_one_batch_is_on_its_way_and_what_comes_meanwhile_shares_the_next() -> None:
    one = OneNode(Shared())
    first, second = await one.own(), await one.own(OTHER)
    await first.put("n", 1)
    await second.put("n", 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for n in range(2, 5):
        await first.put("n", n)
        await asyncio.sleep(0)
    await one.committed()
    assert [[part.room for part in batch] for batch in one.engine.batches] == [[ROOM, OTHER], [ROOM]]
    assert [part.sequence for batch in one.engine.batches for part in batch] == [0, 0, 1]


async def test_a_room_waits_for_its_own_writes_alone() -> None:
    one = OneNode(Shared())
    first = await one.own()
    await one.own(OTHER)
    await first.put("n", 1)
    assert one.storage.gate(*ROOM).pending is not None
    assert one.storage.gate(*OTHER).pending is one.storage.gate("main", "third").pending is None


async def test_a_refused_room_is_lost_and_the_others_of_its_batch_are_not() -> None:
    shared = Shared()
    one = OneNode(shared)
    first, second = await one.own(), await one.own(OTHER)
    shared.row(ROOM).epoch += 1
    await first.put("n", 1)
    await second.put("n", 2)
    with pytest.raises(RoomLostError):
        await one.committed()
    await one.committed(OTHER)
    assert one.lost == [ROOM]
    assert await second.get("n") == 2
    with pytest.raises(RoomLostError, match="main/room is not this node's any more"):
        await first.put("n", 3)


async def test_no_gate_opens_once_the_lease_has_run_out() -> None:
    one = OneNode(Shared())
    first = await one.own()
    await one.own(OTHER)
    await first.put("n", 1)
    waiting = asyncio.create_task(one.committed())
    await asyncio.sleep(0)
    one.now = 9.5  # of ten seconds, less the margin
    with pytest.raises(StorageError, match="lapsed"):
        await waiting
    assert sorted(one.lost) == [ROOM, OTHER]


async def test_what_is_sent_after_the_lease_has_run_out_does_not_leave() -> None:
    one = OneNode(Shared())
    await one.own()
    one.now = 100.0
    pending = one.storage.gate(*ROOM).pending
    assert pending is not None
    assert isinstance(pending.exception(), RoomLostError)


async def test_a_room_that_is_loaded_as_a_whole_is_never_asked_for_again() -> None:
    one = OneNode(Shared())
    storage = await one.own()
    assert await storage.get("missing") is None
    await storage.put("key", "value")
    assert await storage.get(["key", "missing"]) == {"key": "value"}
    assert one.engine.gets == []


async def test_a_large_room_is_asked_for_what_is_not_known() -> None:
    one = OneNode(Shared(), most=-1)
    storage = await one.own()
    for _ in range(2):
        assert await storage.get("missing") is None
    assert one.engine.gets == [["missing"]]


async def test_no_event_comes_in_while_a_value_is_fetched() -> None:
    one = OneNode(Shared(), most=-1)
    await one.own()
    gate = InputGate()
    storage = Storage(one.storage.room(*ROOM), gate, lambda changes: None)
    reading = asyncio.create_task(storage.get("key"))
    await asyncio.sleep(0)
    assert not gate.is_open
    await reading

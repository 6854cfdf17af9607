"""What every engine of a cluster promises: one owner a room, commits of the owner alone, what is due."""

from __future__ import annotations

from tests.partyserver.cluster.engine_in_memory import EngineInMemory, Shared

from partyserver.cluster import ClusterEngine, DueAlarm, Node, Ownership, Part
from partyserver.storage import Alarm, Changes

ROOM = ("main", "lobby")
LEASE = 5.0


async def own(engine: ClusterEngine, node: Node) -> Ownership:
    claimed = await engine.claim(ROOM, node)
    assert isinstance(claimed, Ownership)
    return claimed


async def test_a_room_has_one_owner() -> None:
    engine = EngineInMemory(Shared())
    first, second = await engine.join("a:1", LEASE), await engine.join("b:1", LEASE)
    await own(engine, first)
    assert await engine.claim(ROOM, second) == first


async def test_what_an_earlier_owner_commits_is_refused() -> None:
    engine = EngineInMemory(Shared())
    first, second = await engine.join("a:1", LEASE), await engine.join("b:1", LEASE)
    before = await own(engine, first)
    await engine.release(ROOM, before)
    now = await own(engine, second)
    late = Part(ROOM, before.epoch, before.sequence, Changes({"key": b"late"}))
    assert await engine.commit([late]) == {ROOM}
    assert await engine.commit([Part(ROOM, now.epoch, now.sequence, Changes({"key": b"value"}))]) == set()
    assert await engine.get(ROOM, ["key", "other"]) == {"key": b"value"}


async def test_alarms_of_rooms_without_a_living_owner_are_due() -> None:
    engine = EngineInMemory(Shared())
    node = await engine.join("a:1", LEASE)
    owned = await own(engine, node)
    await engine.commit([Part(ROOM, owned.epoch, owned.sequence, Changes(alarm=Alarm.at(1_000)))])
    assert await engine.due_alarms(["main"], 2_000, 10) == []
    await engine.leave(node)
    assert await engine.due_alarms(["main"], 2_000, 10) == [DueAlarm(ROOM, 1_000)]
    assert await engine.due_alarms(["main"], 999, 10) == await engine.due_alarms(["other"], 2_000, 10) == []

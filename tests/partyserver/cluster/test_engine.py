"""What every engine of a cluster promises: one owner a room, commits of the owner alone, what is due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Any
from unittest.mock import AsyncMock

import pytest
from tests.partyserver.cluster.engine_in_memory import EngineInMemory, Shared

from partyserver import PostgresCluster
from partyserver.cluster import ClusterEngine, DueAlarm, Node, Ownership, Part
from partyserver.exceptions import NotANodeError
from partyserver.postgres import connector
from partyserver.storage import Alarm, Changes, KeyRange

ROOM = ("main", "lobby")
LEASE = 60.0
SHORT = 0.2
_numbers = count()


@pytest.fixture(params=["memory", "postgres", "postgres behind a pooler"])
async def engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ClusterEngine]:
    if request.param == "memory":
        made: ClusterEngine = EngineInMemory(Shared())
    else:
        if request.param != "postgres":
            monkeypatch.setattr(connector, "finds_pooler", AsyncMock(return_value=True))
        dsn = request.getfixturevalue("server").dsn()
        namespace = f"contract_{next(_numbers)}"
        made = PostgresCluster(dsn, namespace=namespace, advertise="a:1", secret="secret").engine()
    await made.start()
    yield made
    await made.close()


async def own(engine: ClusterEngine, node: Node) -> Ownership:
    claimed = await engine.claim(ROOM, node)
    assert isinstance(claimed, Ownership)
    return claimed


async def put(engine: ClusterEngine, owned: Ownership, changes: Changes) -> Ownership:
    assert await engine.commit([Part(ROOM, owned.epoch, owned.sequence, changes)]) == set()
    return replace(owned, sequence=owned.sequence + 1)


async def until_ended(engine: ClusterEngine, node: Node) -> None:
    """A lease has run out by the engine's clock."""
    deadline = time.monotonic() + 30
    while node in await engine.nodes():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_room_has_one_owner(engine: ClusterEngine) -> None:
    first, second = await engine.join("a:1", LEASE), await engine.join("b:1", LEASE)
    assert await engine.nodes() == [first, second]
    assert await own(engine, first) == Ownership(1, 0)
    assert await engine.claim(ROOM, second) == first
    assert await own(engine, first) == Ownership(2, 0)


async def test_what_an_earlier_owner_commits_is_refused(engine: ClusterEngine) -> None:
    first, second = await engine.join("a:1", LEASE), await engine.join("b:1", LEASE)
    before = await own(engine, first)
    await engine.release(ROOM, before)
    now = await own(engine, second)
    late = Part(ROOM, before.epoch, before.sequence, Changes({"key": b"late"}))
    assert await engine.commit([late]) == {ROOM}
    assert await engine.commit([Part(ROOM, now.epoch, now.sequence, Changes({"key": b"value"}))]) == set()
    assert await engine.get(ROOM, ["key", "other"]) == {"key": b"value"}
    await engine.release(ROOM, before)  # which it is not any more
    assert await engine.claim(ROOM, first) == second


async def test_a_commit_is_made_once(engine: ClusterEngine) -> None:
    owned = await own(engine, await engine.join("a:1", LEASE))
    await put(engine, owned, Changes({"key": b"1"}))
    assert await engine.commit([Part(ROOM, owned.epoch, owned.sequence, Changes({"key": b"2"}))]) == {ROOM}
    assert await engine.get(ROOM, ["key"]) == {"key": b"1"}


async def test_a_group_with_a_stale_room_commits_the_others(engine: ClusterEngine) -> None:
    node = await engine.join("a:1", LEASE)
    other = ("main", "other")
    await engine.claim(other, node)
    owned = await own(engine, node)
    parts = [
        Part(ROOM, owned.epoch, owned.sequence, Changes({"key": b"value"})),
        Part(other, 7, 0, Changes({"key": b"value"}, alarm=Alarm.at(1))),
        Part(("main", "never claimed"), 1, 0, Changes({"key": b"value"})),
    ]
    assert await engine.commit(parts) == {other, ("main", "never claimed")}
    assert await engine.get(ROOM, ["key"]) == {"key": b"value"}
    assert await engine.get(other, ["key"]) == {}
    assert (await engine.load(other, 1_000)).alarm is None


async def test_what_is_committed_is_loaded(engine: ClusterEngine) -> None:
    owned = await own(engine, await engine.join("a:1", LEASE))
    assert await engine.load(ROOM, 100) == await engine.load(("main", "other"), 0)
    alarm = Alarm(5, 7, 2, ringing=True)
    owned = await put(engine, owned, Changes({"a": b"1", "b": b"", "ä\0\x01": b"\0"}, alarm=alarm))
    loaded = await engine.load(ROOM, 100)
    assert loaded.entries == {"a": b"1", "b": b"", "ä\0\x01": b"\0"}
    assert loaded.alarm == alarm
    assert (await engine.load(ROOM, 7)).entries is None
    owned = await put(engine, owned, Changes({"a": None, "c": b"3"}, alarm=Alarm(1, None)))
    loaded = await engine.load(ROOM, 8)
    assert loaded.entries == {"b": b"", "c": b"3", "ä\0\x01": b"\0"}
    assert loaded.alarm == Alarm(1, None)
    owned = await put(engine, owned, Changes({"c": b"4", "b": None, "d": b"5"}, clear=True))
    assert await engine.load(ROOM, 100) == replace(loaded, entries={"c": b"4", "d": b"5"})
    await put(engine, owned, Changes(clear=True, alarm=None))
    assert await engine.load(ROOM, 0) == replace(loaded, entries={}, alarm=None)


KEYS = ["", "\0", "\0\0", "\x01", "a", "a\0", "a\x01", "ab", "b", "~", "\x7f", "é", "\uffff", "\U0001f600"]
RANGES = [
    KeyRange(),
    KeyRange(limit=3),
    KeyRange(reverse=True, limit=2),
    KeyRange(prefix="a"),
    KeyRange(prefix="\0"),
    KeyRange(prefix="\U0001f600"),
    KeyRange(start="a", end="b"),
    KeyRange(after="a"),
    KeyRange(after="a", reverse=True, prefix="a", limit=1),
    KeyRange(end=""),
    KeyRange(start="\uffff"),
    KeyRange(start="b", end="a"),
]


@pytest.mark.parametrize("key_range", RANGES, ids=str)
async def test_keys_are_in_the_order_of_their_bytes(engine: ClusterEngine, key_range: KeyRange) -> None:
    owned = await own(engine, await engine.join("a:1", LEASE))
    await put(engine, owned, Changes({key: key.encode() for key in reversed(KEYS)}))
    expected = [(key, key.encode()) for key in key_range.select(KEYS)]
    assert await engine.range(ROOM, key_range) == expected


async def test_any_name_is_a_rooms(engine: ClusterEngine) -> None:
    node = await engine.join("a:1", LEASE)
    for name in ["x" * 5_000, "x" * 4_999 + "y", "a\0b", "\ud800", "~sha256:", "a\"b'c;--", "é" * 200]:
        owned = await engine.claim(("main", name), node)
        assert owned == Ownership(1, 0)
        changes = Changes({"k" * 2_048: name.encode(errors="replace")}, alarm=Alarm.at(1))
        assert await engine.commit([Part(("main", name), 1, 0, changes)]) == set()
        await engine.release(("main", name), Ownership(1, 0))
        assert await engine.due_alarms(["main"], 1, 10) == [DueAlarm(("main", name), 1)]
        assert isinstance(await engine.claim(("main", name), node), Ownership)


async def test_alarms_of_rooms_without_a_living_owner_are_due(engine: ClusterEngine) -> None:
    node = await engine.join("a:1", LEASE)
    await put(engine, await own(engine, node), Changes(alarm=Alarm.at(1_000)))
    assert await engine.due_alarms(["main"], 2_000, 10) == []
    await engine.leave(node)
    assert await engine.due_alarms(["main"], 2_000, 10) == [DueAlarm(ROOM, 1_000)]
    assert await engine.due_alarms(["main"], 999, 10) == await engine.due_alarms(["other"], 2_000, 10) == []


async def test_the_earliest_alarms_come_first(engine: ClusterEngine) -> None:
    node = await engine.join("a:1", LEASE)
    for moment in (3, 1, 2, None):
        room = ("main", str(moment))
        await engine.claim(room, node)
        alarm = Alarm(0, moment)
        assert await engine.commit([Part(room, 1, 0, Changes(alarm=alarm))]) == set()
    await engine.leave(node)
    due = await engine.due_alarms(["main"], 10, 2)
    assert due == [DueAlarm(("main", "1"), 1), DueAlarm(("main", "2"), 2)]


async def test_the_rooms_of_a_node_that_left_are_free(engine: ClusterEngine) -> None:
    first, second = await engine.join("a:1", LEASE), await engine.join("b:1", LEASE)
    owned = await own(engine, first)
    await engine.leave(first)
    assert await engine.nodes() == [second]
    assert (await own(engine, second)).epoch > owned.epoch
    with pytest.raises(NotANodeError):
        await engine.claim(ROOM, first)
    assert not await engine.renew(first, LEASE)
    assert await engine.bury(first)


async def test_a_node_whose_lease_ran_out_loses_its_rooms_for_good(engine: ClusterEngine) -> None:
    first, second = await engine.join("a:1", SHORT), await engine.join("b:1", LEASE)
    before = await put(engine, await own(engine, first), Changes({"key": b"value"}, alarm=Alarm.at(1)))
    await until_ended(engine, first)
    assert await engine.due_alarms(["main"], 1, 10) == [DueAlarm(ROOM, 1)]
    assert await own(engine, second) == Ownership(before.epoch + 1, before.sequence)
    assert not await engine.renew(first, LEASE)
    with pytest.raises(NotANodeError):
        await engine.claim(("main", "other"), first)


async def test_a_node_that_renews_in_time_lives(engine: ClusterEngine) -> None:
    first, second = await engine.join("a:1", SHORT), await engine.join("b:1", LEASE)
    await own(engine, first)
    assert await engine.renew(first, LEASE)
    assert not await engine.bury(first)
    assert await engine.claim(ROOM, second) == first


async def test_a_node_that_is_late_lives_unless_somebody_has_buried_it(engine: ClusterEngine) -> None:
    first = await engine.join("a:1", SHORT)
    await until_ended(engine, first)
    assert await engine.renew(first, SHORT)
    await until_ended(engine, first)
    assert await engine.bury(first)
    assert not await engine.renew(first, LEASE)


async def test_a_cron_is_called_once_a_moment(engine: ClusterEngine) -> None:
    assert [await engine.claim_cron("tidy", moment) for moment in (1, 1, 2, 1)] == [True, False, True, False]
    assert await engine.claim_cron("other", 1)
    assert sum(await asyncio.gather(*(engine.claim_cron("tidy", 3) for _ in range(10)))) == 1


async def test_two_nodes_that_want_a_room_at_once_get_one_owner(engine: ClusterEngine) -> None:
    first, second = await engine.join("a:1", LEASE), await engine.join("b:1", LEASE)
    rooms = [("main", str(number)) for number in range(100)]
    firsts = [engine.claim(room, first) for room in rooms]
    seconds = [engine.claim(room, second) for room in reversed(rooms)]
    claimed = await asyncio.gather(*firsts, *seconds)
    for mine, theirs in zip(claimed[:100], reversed(claimed[100:]), strict=True):
        assert (mine, theirs) in [(Ownership(1, 0), first), (second, Ownership(1, 0))]


async def test_this_machines_clock_is_compared_with_the_engines(engine: ClusterEngine) -> None:
    assert abs(await engine.clock_difference()) < 5


async def test_all_who_ask_get_the_same_secret(engine: ClusterEngine) -> None:
    secret = await engine.shared_secret()
    assert secret
    assert await engine.shared_secret() == secret


async def test_the_rooms_of_a_party_are_those_with_data_or_an_owner(engine: ClusterEngine) -> None:
    node = await engine.join("a:1", LEASE)
    names = ["b", "a-2", "a-1", "z" * 300, "a" * 300, "empty", "alarm"]
    for name in names:
        room = ("main", name)
        assert await engine.claim(room, node) == Ownership(1, 0)
        changes = Changes(alarm=Alarm.at(1)) if name == "alarm" else Changes({"k": b"1"})
        if name != "empty":
            assert await engine.commit([Part(room, 1, 0, changes)]) == set()
        if name != "b":
            await engine.release(room, Ownership(1, 0))
    await engine.claim(("other", "a-3"), node)
    await engine.claim(("main", "owned"), node)

    async def listed(**bounds: Any) -> list[str]:
        return [room.id for room in await engine.rooms_of("main", KeyRange(**bounds))]

    there = sorted({*names, "owned"} - {"empty"})
    assert await listed() == there
    for bounds in [
        {"prefix": "a"},
        {"prefix": "a-", "limit": 1},
        {"after": "a-1", "limit": 2},
        {"after": "b"},
    ]:
        assert await listed(**bounds) == KeyRange(**bounds).select(there), bounds
    found = await engine.rooms_of("main", KeyRange(after="alarm", limit=1))
    assert [(room.id, room.node, room.last_active is not None) for room in found] == [("b", "a:1", True)]
    await engine.leave(node)
    assert not any(room.node for room in await engine.rooms_of("main", KeyRange()))

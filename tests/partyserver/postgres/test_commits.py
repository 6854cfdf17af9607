"""Commits count once, whatever becomes of the connection and of the server."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest
from tests.partyserver.postgres.checks import LEASE, ROOMS, change_hands, claim, commit_and_check
from tests.partyserver.postgres.conftest import Engines
from tests.partyserver.postgres.faulty_proxy import Fate, faulty_proxy
from tests.partyserver.postgres.locks import locked, waiting

from partyserver.cluster import ClusterEngine, Ownership, Part
from partyserver.storage import Alarm, Changes, RoomKey
from pkcompat.clusters import PrivatePostgres

ROOM = ROOMS[0]


@pytest.mark.parametrize("fate", ["cut before", "cut after"])
async def test_a_commit_whose_connection_breaks_is_made_once(
    server: PrivatePostgres, engines: Engines, fate: Fate
) -> None:
    async with faulty_proxy(server.port) as proxy:
        engine = await engines(proxy.dsn(server))
        chance = random.Random(fate)

        def decide() -> Fate:
            return fate if chance.random() < 0.05 else "pass"

        async def begin() -> None:
            proxy.decide = decide

        await commit_and_check(engine, 40, begin)
        assert proxy.cuts > 2


async def test_a_commit_whose_session_is_ended_is_made_once(
    engines: Engines, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    engine = await engines()
    ends = 0

    async def end_sessions() -> None:
        nonlocal ends
        while True:
            await asyncio.sleep(random.uniform(0, 0.02))
            ends += await admin.fetchval(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'pkcompat' AND state = 'active' AND query LIKE '%counted%'"
            )

    async def until_some_have_ended() -> None:
        if not ends:
            await asyncio.sleep(0.001)

    ending = asyncio.create_task(end_sessions())
    try:
        await commit_and_check(engine, 100, until_some_have_ended)
    finally:
        ending.cancel()
        await asyncio.wait({ending})


async def test_a_restart_of_the_server_is_waited_for(server: PrivatePostgres, engines: Engines) -> None:
    engine = await engines()
    restarting: asyncio.Task[None] | None = None

    def restart() -> None:
        server.stop("immediate")
        server.start()

    async def begin() -> None:
        nonlocal restarting
        if restarting is None:
            restarting = asyncio.create_task(asyncio.to_thread(restart))
        await asyncio.sleep(0.01)

    node = await engine.join("b:1", LEASE)
    committing = asyncio.create_task(commit_and_check(engine, 30, begin))
    for number in range(10):
        assert isinstance(await engine.claim(("main", f"other {number}"), node), Ownership)
        assert await engine.renew(node, LEASE)
        assert await engine.get(("main", "other"), ["key"]) == {}
        await asyncio.sleep(0.02)
    await committing
    assert restarting is not None
    await restarting
    assert node in await engine.nodes()


async def seen(engine: ClusterEngine, key: str) -> None:
    """A key can be read."""
    async with asyncio.timeout(30):
        while not await engine.get(ROOM, [key]):
            pass


async def test_a_commit_outlives_its_caller(
    server: PrivatePostgres, engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    engine = await engines()
    _, owned = await claim(engine, [ROOM])
    async with locked(server, namespace, ROOM):
        caller = asyncio.create_task(
            engine.commit([Part(ROOM, owned[ROOM].epoch, 0, Changes({"key": b"value"}))])
        )
        await waiting(admin, "Lock")
        caller.cancel()
        await asyncio.wait({caller})
        assert caller.cancelled()
        (session,) = await waiting(admin, "Lock")
        await admin.fetch("SELECT pg_terminate_backend($1)", session)
        assert await waiting(admin, "Lock", but=session)  # it is sent again
    assert await engine.commit([Part(ROOM, owned[ROOM].epoch, 1, Changes({"next": b"value"}))]) == set()
    assert set(await engine.get(ROOM, ["key", "next"])) == {"key", "next"}


async def test_a_stuck_commit_keeps_nobody_from_renewing_and_reading(
    server: PrivatePostgres, engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    engine = await engines()
    node, owned = await claim(engine, [ROOM])
    async with locked(server, namespace, ROOM):
        commit = asyncio.create_task(
            engine.commit([Part(ROOM, owned[ROOM].epoch, 0, Changes({"key": b"value"}))])
        )
        await waiting(admin, "Lock")
        assert await engine.renew(node, LEASE)
        assert await engine.get(ROOM, ["key"]) == {}
        assert isinstance(await engine.claim(("main", "other"), node), Ownership)
        assert not commit.done()
    assert await commit == set()


async def test_a_commit_sent_again_waits_for_the_session_that_may_still_make_it(
    server: PrivatePostgres, engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with faulty_proxy(server.port) as proxy:
        engine = await engines(proxy.dsn(server))
        _, owned = await claim(engine, [ROOM])
        async with locked(server, namespace, ROOM):
            part = Part(ROOM, owned[ROOM].epoch, 0, Changes({"key": b"value"}, alarm=Alarm.at(1)))
            commit = asyncio.create_task(engine.commit([part]))
            await waiting(admin, "Lock")
            proxy.cut()
            await waiting(admin, "Lock", least=2)
        assert await commit == set()
        assert (await engine.load(ROOM, 100)).entries == {"key": b"value"}
        row = await admin.fetchrow(f'SELECT epoch, seq FROM "{namespace}".rooms')
        assert row is not None
        assert tuple(row) == (1, 1)


async def test_a_commit_whose_wait_for_the_standby_is_ended_is_in_doubt_until_the_standby_has_it(
    engines: Engines, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    engine = await engines()
    _, owned = await claim(engine, [ROOM])
    await admin.execute("SET synchronous_commit = local")
    await admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await admin.execute("SELECT pg_reload_conf()")
    try:
        commit = asyncio.create_task(
            engine.commit([Part(ROOM, owned[ROOM].epoch, 0, Changes({"key": b"value"}))])
        )
        first = await waiting(admin, "SyncRep")
        await admin.fetch("SELECT pg_cancel_backend($1)", first[0])
        await seen(engine, "key")  # by others, though no standby has it
        await waiting(admin, "SyncRep")  # it is sent again, and waits again
        assert not commit.done()
    finally:
        await admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await admin.execute("SELECT pg_reload_conf()")
    assert await commit == set()
    assert await engine.commit([Part(ROOM, owned[ROOM].epoch, 1, Changes({"next": b""}))]) == set()


async def test_commits_of_two_nodes_with_rooms_in_another_order_wait_for_no_circle(engines: Engines) -> None:
    first, second = await engines(), await engines()
    _, owned = await claim(first, ROOMS)

    async def stale(engine: ClusterEngine, rooms: list[RoomKey]) -> None:
        for _ in range(30):
            parts = [Part(room, 0, 0, Changes({"key": b"stale"})) for room in rooms]
            assert await engine.commit(parts) == set(rooms)

    async def good() -> None:
        for number in range(30):
            parts = [Part(room, owned[room].epoch, number, Changes({"key": b"good"})) for room in ROOMS]
            random.shuffle(parts)
            assert await first.commit(parts) == set()

    await asyncio.gather(good(), stale(second, ROOMS[::-1]))
    assert await first.get(ROOM, ["key"]) == {"key": b"good"}


async def test_what_is_committed_while_a_room_changes_hands_has_the_new_owner(
    engines: Engines,
) -> None:
    rooms = [("main", f"handed over {number}") for number in range(25)]
    assert await change_hands(await engines(), await engines(), rooms) >= 25

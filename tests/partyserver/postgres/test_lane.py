"""A connection that breaks is made anew, nothing is cancelled at the server, and the log says it once."""

from __future__ import annotations

import asyncio
import logging

import asyncpg
import pytest
from tests.partyserver.postgres.conftest import Engines
from tests.partyserver.postgres.faulty_proxy import Fate, faulty_proxy

from partyserver import ClusterError
from partyserver.cluster import Part
from partyserver.postgres.connector import Connector
from partyserver.postgres.lane import Lane, Wire
from partyserver.storage import Changes
from pkcompat.clusters import PrivatePostgres

LEASE = 600.0


async def test_a_call_that_is_cancelled_is_not_cancelled_at_the_server(
    server: PrivatePostgres, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    lane = Lane(Connector(server.dsn()))
    await admin.execute("DROP TABLE IF EXISTS slow; CREATE TABLE slow (done int)")

    async def slow(wire: Wire, _: bool) -> None:
        began.set()
        await wire.execute("SELECT pg_sleep(0.1); INSERT INTO slow VALUES (1)")

    began = asyncio.Event()
    call = asyncio.create_task(lane.run(slow))
    await began.wait()
    await asyncio.sleep(0.02)
    call.cancel()
    await asyncio.wait({call})
    assert call.cancelled()
    async with asyncio.timeout(30):
        while not await admin.fetchval("SELECT count(*) FROM slow"):
            pass
    await lane.close()


async def test_what_the_database_refuses_is_an_error(server: PrivatePostgres) -> None:
    lane = Lane(Connector(server.dsn()))

    async def bad(wire: Wire, _: bool) -> None:
        await wire.execute("SELECT missing")

    with pytest.raises(ClusterError, match='refused a statement: column "missing" does not exist'):
        await lane.run(bad)
    await lane.close()
    with pytest.raises(ClusterError, match="is closed"):
        await lane.run(bad)


async def test_a_call_on_its_way_fails_when_the_lane_is_closed(server: PrivatePostgres) -> None:
    lane = Lane(Connector(server.dsn()))
    began = asyncio.Event()

    async def slow(wire: Wire, _: bool) -> None:
        began.set()
        await wire.execute("SELECT pg_sleep(30)")

    call = asyncio.create_task(lane.run(slow))
    await began.wait()
    await lane.close()
    with pytest.raises(ClusterError, match="is closed"):
        await call


async def test_a_lane_that_is_closed_while_it_connects_leaves_no_connection(server: PrivatePostgres) -> None:
    connector = Connector(server.dsn())
    lane = Lane(connector)
    opened: list[Wire] = []
    connect = connector.connect

    async def connect_and_close() -> Wire:
        opened.append(await connect())
        await lane.close()
        return opened[0]

    connector.connect = connect_and_close  # type: ignore[method-assign]

    async def nothing(_: Wire, __: bool) -> None:
        pass

    with pytest.raises(ClusterError, match="is closed"):
        await lane.run(nothing)
    assert opened[0].is_closed()


async def test_a_commit_that_waits_for_the_database_ends_with_the_engine(
    server: PrivatePostgres, engines: Engines
) -> None:
    async with faulty_proxy(server.port) as proxy:
        engine = await engines(proxy.dsn(server))
        proxy.decide = lambda: "cut before"
        commit = asyncio.create_task(engine.commit([Part(("main", "lobby"), 1, 0, Changes({"a": b""}))]))
        await asyncio.sleep(0.1)
        await engine.close()
        with pytest.raises(ClusterError, match="is closed"):
            await commit


async def test_a_try_without_an_answer_is_given_up_for_another(
    server: PrivatePostgres, engines: Engines
) -> None:
    """Something between swallows what is sent; a renewal comes through before the lease is over."""
    async with faulty_proxy(server.port) as proxy:
        engine = await engines(proxy.dsn(server))
        node = await engine.join("a:1", 1.0)
        fates: list[Fate] = ["swallow"]
        proxy.decide = lambda: fates.pop() if fates else "pass"
        assert await engine.renew(node, LEASE)
        assert proxy.cuts == 1


async def test_the_log_says_once_that_the_database_is_away_and_back(
    server: PrivatePostgres, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with faulty_proxy(server.port) as proxy:
        engine = await engines(proxy.dsn(server))
        node = await engine.join("a:1", LEASE)
        proxy.decide = lambda: "cut before"
        calls = [engine.renew(node, LEASE), engine.nodes(), engine.claim(("main", "lobby"), node)]
        waiting = [asyncio.ensure_future(call) for call in calls]
        await asyncio.sleep(0.2)
        assert not any(call.done() for call in waiting)
        proxy.decide = lambda: "pass"
        await asyncio.gather(*waiting)
    shown = f"the database postgresql://postgres@127.0.0.1:{proxy.port}/postgres"
    away, back = [record.getMessage() for record in caplog.records]
    assert away.startswith(f"{shown} does not answer (")
    assert back.startswith(f"{shown} answers again, after ")


async def test_behind_a_pooler_each_call_is_a_transaction(server: PrivatePostgres) -> None:
    connector = Connector(server.dsn())
    connector.pooled = True
    lane = Lane(connector)

    async def look(wire: Wire, _: bool) -> bool:
        assert (
            await wire.fetchval("SELECT count(*) FROM pg_prepared_statements") <= 1
        )  # this one, without a name
        return wire.is_in_transaction()

    assert await lane.run(look)

    async def bad(wire: Wire, _: bool) -> None:
        await wire.execute("SELECT missing")

    with pytest.raises(ClusterError, match='column "missing" does not exist'):
        await lane.run(bad)
    assert await lane.run(look)
    await lane.close()


async def test_behind_a_pooler_a_call_that_stands_still_keeps_no_locks(server: PrivatePostgres) -> None:
    connector = Connector(server.dsn())
    connector.pooled = True
    lane = Lane(connector)

    async def look(wire: Wire, _: bool) -> str:
        timeout: str = await wire.fetchval("SHOW idle_in_transaction_session_timeout")
        return timeout

    assert await lane.run(look) == "3s"
    await lane.close()

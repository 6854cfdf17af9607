"""The tables are made once, by whoever may; a version that is not known is not read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest
from tests.partyserver.postgres.conftest import Engines

from partyserver import ClusterError
from partyserver.cluster import Ownership, Part
from partyserver.postgres import schema
from partyserver.storage import Alarm, Changes
from pkcompat.clusters import PrivatePostgres

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "cluster-database.md"
LEASE = 600.0


async def test_nodes_that_start_at_once_make_the_tables_once(engines: Engines) -> None:
    started = await asyncio.gather(*(engines() for _ in range(4)))
    for engine in started:
        await engine.join("a:1", LEASE)
    assert len(await started[0].nodes()) == 4


async def test_tables_of_a_newer_version_are_not_read(
    engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await engines()
    await admin.execute(f'UPDATE "{namespace}".layout SET version = {schema.VERSION + 1}')
    with pytest.raises(
        ClusterError, match=f"have layout {schema.VERSION + 1}, and this version of pkcompat knows"
    ):
        await engines()


async def test_tables_of_an_older_version_are_brought_up_to_date_when_its_nodes_are_gone(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = await engines()
    node = await older.join("10.0.0.5:1999", LEASE)
    step = "ALTER TABLE {schema}.nodes ADD COLUMN zone text"
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(
        ClusterError, match=r"older version of pkcompat run in .*: 10\.0\.0\.5:1999; stop them all"
    ):
        await engines()
    await older.leave(node)
    newer = await engines()
    assert await newer.nodes() == []


def role_statements() -> str:
    """The SQL that the docs give for the role of the nodes."""
    text = DOCS.read_text(encoding="utf-8")
    return text.split("<!-- role -->\n```sql\n", 1)[1].split("```", 1)[0]


async def use(engine_of: Engines, dsn: str) -> None:
    """All that a node does."""
    engine = await engine_of(dsn)
    node = await engine.join("a:1", LEASE)
    assert await engine.renew(node, LEASE)
    room = ("main", "lobby")
    owned = await engine.claim(room, node)
    assert isinstance(owned, Ownership)
    changes = Changes({"a": b"1", "b": None}, alarm=Alarm.at(1))
    assert await engine.commit([Part(room, owned.epoch, owned.sequence, changes)]) == set()
    last = Changes({}, clear=True, alarm=None)
    assert await engine.commit([Part(room, owned.epoch, owned.sequence + 1, last)]) == set()
    assert (await engine.load(room, 100)).entries == {}
    await engine.release(room, owned)
    assert await engine.due_alarms(["main"], 1, 1) == []
    assert await engine.claim_cron(dsn, 1)
    assert not await engine.bury(node)
    await engine.leave(node)


async def test_a_role_with_the_least_rights_is_enough(
    server: PrivatePostgres, engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await admin.execute("CREATE DATABASE rooms TEMPLATE template0")
    owner = await asyncpg.connect(server.dsn("rooms"))
    try:
        statements = (
            role_statements()
            .replace("pkcompat", namespace)
            .replace("a password of its own", server.environment["PGPASSWORD"])
        )
        for statement in statements.split(";"):
            if "CREATE DATABASE" not in statement and statement.strip():
                await owner.execute(statement)
        dsn = server.dsn("rooms", user="app")
        await use(engines, dsn)
        rights = (
            "SELECT has_database_privilege('app', 'rooms', 'CREATE') OR rolsuper OR rolcreatedb "
            "FROM pg_roles WHERE rolname = 'app'"
        )
        assert await owner.fetchval(rights) is False
        await owner.execute(f"CREATE ROLE other LOGIN PASSWORD '{server.environment['PGPASSWORD']}'")
        with pytest.raises(ClusterError, match="GRANT CONNECT ON DATABASE"):
            await engines(server.dsn("rooms", user="other"))
        await owner.execute("GRANT CONNECT ON DATABASE rooms TO other")
        with pytest.raises(ClusterError) as raised:
            await engines(server.dsn("rooms", user="other"))
        grants = str(raised.value).split("as their owner: ")[1]
        await owner.execute(grants)
        await use(engines, server.dsn("rooms", user="other"))
    finally:
        await owner.close()


async def test_a_role_that_may_not_make_the_tables_is_told_what_it_needs(
    server: PrivatePostgres, engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await admin.execute(f"CREATE ROLE guest LOGIN PASSWORD '{server.environment['PGPASSWORD']}'")
    dsn = server.dsn(user="guest")
    with pytest.raises(ClusterError, match=f'CREATE SCHEMA "{namespace}" AUTHORIZATION guest;'):
        await engines(dsn)
    await admin.execute(f'CREATE SCHEMA "{namespace}"')
    with pytest.raises(ClusterError) as raised:
        await engines(dsn)
    await admin.execute(str(raised.value).split("postgres: ")[1])
    await use(engines, dsn)

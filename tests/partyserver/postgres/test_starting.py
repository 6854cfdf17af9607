"""What is in the way of a start is named, with what to do about it."""

from __future__ import annotations

import asyncio
import logging
import socket
from types import SimpleNamespace

import asyncpg
import pytest
from tests.partyserver.postgres.conftest import Engines

from partyserver import ClusterError
from partyserver.postgres import starting
from partyserver.postgres.lane import Lane, Wire
from pkcompat.clusters import PrivatePostgres


async def refusal(engines: Engines, dsn: str) -> str:
    with pytest.raises(ClusterError) as raised:
        await engines(dsn)
    return str(raised.value)


async def test_a_database_that_is_away_is_waited_for(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(starting, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    message = await refusal(engines, f"postgresql://app:hunter2@127.0.0.1:{port}/rooms")
    assert message.startswith(f"no database answers at postgresql://app@127.0.0.1:{port}/rooms (")
    assert "systemctl start postgresql" in message
    (record,) = caplog.records
    assert record.getMessage().startswith(
        f"waiting for the database postgresql://app@127.0.0.1:{port}/rooms ("
    )
    assert "hunter2" not in caplog.text + message


async def test_a_database_that_comes_up_is_used(
    server: PrivatePostgres, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(server.stop)
    starting_server = asyncio.create_task(asyncio.to_thread(server.start))
    engine = await engines()
    await starting_server
    assert await engine.nodes() == []
    assert len(caplog.records) <= 1


async def test_wrong_credentials_and_names_are_refused_at_once(
    server: PrivatePostgres, engines: Engines, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    assert "refuses the credentials" in await refusal(engines, server.dsn(user="nobody"))
    await admin.execute(f"CREATE ROLE locked PASSWORD '{server.environment['PGPASSWORD']}'")
    assert "refuses the credentials" in await refusal(engines, server.dsn(user="locked"))
    assert "createdb --encoding=UTF8" in await refusal(engines, server.dsn("missing"))
    assert "cannot be used" in await refusal(engines, server.dsn() + "?sslmode=sometimes")


async def test_a_database_in_another_encoding_is_refused(
    server: PrivatePostgres, engines: Engines, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    message = await refusal(engines, server.dsn("latin"))
    assert "is encoded in LATIN1; make one in UTF8" in message


async def test_a_database_that_is_read_only_is_refused(
    server: PrivatePostgres, engines: Engines, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await admin.execute(f"CREATE ROLE reader LOGIN SUPERUSER PASSWORD '{server.environment['PGPASSWORD']}'")
    await admin.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    message = await refusal(engines, server.dsn(user="reader"))
    assert "takes no writes" in message
    assert "default_transaction_read_only = off" in message


async def test_an_old_server_is_refused(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        asyncpg.Connection, "get_server_version", lambda _: SimpleNamespace(major=14, minor=9)
    )
    with pytest.raises(ClusterError, match=r"is PostgreSQL 14\.9; 15 or newer is needed"):
        await engines()


async def test_commits_are_durable_whatever_the_role_has_set(
    server: PrivatePostgres, engines: Engines, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await admin.execute(f"CREATE ROLE hasty LOGIN SUPERUSER PASSWORD '{server.environment['PGPASSWORD']}'")
    for name, value in (("synchronous_commit", "off"), ("statement_timeout", "10s"), ("lock_timeout", "10s")):
        await admin.execute(f"ALTER ROLE hasty SET {name} = '{value}'")
    connector = starting.Connector(server.dsn(user="hasty"))
    connection = await starting.first_connection(connector)
    assert not connector.pooled
    for name, value in (("synchronous_commit", "on"), ("statement_timeout", "0"), ("lock_timeout", "0")):
        assert await connection.fetchval(f"SHOW {name}") == value
    connection.terminate()
    connector.pooled = True
    lane = Lane(connector)

    async def look(wire: Wire, _: bool) -> list[str]:
        return [await wire.fetchval(f"SHOW {name}") for name in ("synchronous_commit", "statement_timeout")]

    assert await lane.run(look) == ["on", "0"]
    await lane.close()


async def test_of_several_hosts_the_one_that_answers_is_used(
    server: PrivatePostgres, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = listener.getsockname()[1]
    caplog.set_level(logging.INFO)
    engine = await engines(server.dsn().replace("@", f"@127.0.0.1:{gone},"))
    assert await engine.nodes() == []
    assert not caplog.records

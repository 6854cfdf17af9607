"""A private PostgreSQL: what survives what, a standby, and that nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.cluster.long_form import long_form

from pkcompat.clusters import PostgresError, PrivatePostgres, private_postgres


@asynccontextmanager
async def connected(server: PrivatePostgres) -> Any:
    connection = await asyncpg.connect(server.dsn())
    try:
        yield connection
    finally:
        connection.terminate()


async def values(server: PrivatePostgres) -> list[int]:
    async with connected(server) as connection:
        return [row["value"] for row in await connection.fetch("SELECT value FROM kept ORDER BY value")]


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


async def test_what_was_committed_survives_kill_9_and_the_port_stays(postgres: PrivatePostgres) -> None:
    port = postgres.port
    async with connected(postgres) as connection:
        await connection.execute("CREATE TABLE kept (value int); INSERT INTO kept VALUES (1)")
        pid = postgres.pid
        postgres.kill()
        assert not postgres.running
        with pytest.raises(ConnectionError):
            await asyncpg.connect(postgres.dsn())
        postgres.start()
    assert postgres.pid != pid
    assert postgres.port == port
    assert await values(postgres) == [1]


async def test_a_client_without_the_password_is_refused(postgres: PrivatePostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn(password=False), password="guessed")
    connection = await asyncpg.connect(
        postgres.dsn(password=False), password=postgres.environment["PGPASSWORD"]
    )
    await connection.close()


@long_form
async def test_a_standby_that_is_promoted_has_what_was_acknowledged(
    postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with private_postgres(fsync=False) as primary:
        async with connected(primary) as connection:
            await connection.execute("CREATE TABLE kept (value int)")
            with closing(primary.standby(primary.folder / "standby")) as standby:
                standby.start()
                primary.configure(synchronous_standby_names="standby")
                synced = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
                end = time.monotonic() + 60
                while not await connection.fetch(synced):
                    assert time.monotonic() < end
                await connection.execute("INSERT INTO kept VALUES (7)")
                primary.kill()
                standby.promote()
                assert await values(standby) == [7]
                async with connected(standby) as other:
                    await other.execute("INSERT INTO kept VALUES (8)")


OWNER = """
import sys, time
from pkcompat.clusters import private_postgres
with private_postgres(fsync=False) as server:
    print(server.pid, server.folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("whom", ["the owner", pytest.param("the owner and the keeper", marks=long_form)])
def test_the_server_does_not_outlive_who_started_it(
    binaries: None, whom: str, children: list[subprocess.Popen[str]]
) -> None:
    if whom != "the owner" and sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent died")
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    children.append(owner)
    assert owner.stdout is not None
    pid, folder = owner.stdout.readline().split()
    if whom != "the owner":
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            os.kill(int(file.read().split()[3]), signal.SIGKILL)
    owner.kill()
    until(lambda: not Path(folder, "data", "postmaster.pid").exists())
    until(lambda: not Path(f"/proc/{pid}").exists())
    if whom == "the owner":
        until(lambda: not Path(folder).exists())
    else:
        subprocess.run(["rm", "-r", folder], check=True)


def test_a_server_that_does_not_start_says_why(binaries: None) -> None:
    with pytest.raises(PostgresError, match="did not start") as caught:
        with private_postgres(settings={"max_connections": "none"}):
            pass
    assert "max_connections" in caught.value.detail


def test_data_of_another_version_is_not_touched(binaries: None, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresError, match="PostgreSQL 9 is not on this machine"):
        PrivatePostgres(tmp_path)

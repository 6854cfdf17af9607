"""`pkcompat storage copy` from a storage file into a cluster and back, and what it refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from partyserver import SqliteStorage
from partyserver.postgres import PostgresCluster
from partyserver.storage import Alarm, Changes, KeyRange, until_committed
from pkcompat.clusters import PrivatePostgres
from pkcompat.command.app import app

ROOMS = {
    ("main", "lobby"): Changes({"count": b"\x07", "émoji \U0001f600": b"\x00", "nul\0": b"x" * 100_000}),
    ("main", "r%00oom" * 100): Changes({"k": b"v"}, alarm=Alarm.at(4_000_000_000_000)),
    ("game", "alarm alone"): Changes(alarm=Alarm(1_000, None, 6)),
}


async def fill(path: Path) -> None:
    storage = SqliteStorage(path)
    for room, changes in ROOMS.items():
        storage.room(*room).apply(changes)
    await until_committed(storage)
    storage.close()


def content(path: Path) -> dict[object, object]:
    storage = SqliteStorage(path)
    try:
        return {
            room: (dict(storage.room(*room).scan(KeyRange())), storage.room(*room).get_alarm())
            for room in storage.rooms()
        }
    finally:
        storage.close()


def copied(source: object, target: object, namespace: str = "copies") -> Result:
    command = ["storage", "copy", str(source), str(target), "--cluster-namespace", namespace]
    return CliRunner().invoke(app, command)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    asyncio.run(fill(tmp_path / "rooms.sqlite3"))
    return tmp_path / "rooms.sqlite3"


def test_rooms_go_into_a_cluster_and_come_back_the_same(
    file: Path, tmp_path: Path, postgres: PrivatePostgres
) -> None:
    back = tmp_path / "back.sqlite3"
    assert "3 rooms copied, with 4 keys and 2 alarms\n" in copied(file, postgres.dsn()).stdout
    assert "0 rooms copied, with 0 keys and 0 alarms; 3 were there" in copied(file, postgres.dsn()).stdout
    assert copied(postgres.dsn(), back).exit_code == 0
    assert content(back) == content(file)


def test_other_data_is_refused_in_either_direction(file: Path, postgres: PrivatePostgres) -> None:
    assert copied(file, postgres.dsn(), "newer").exit_code == 0

    async def change() -> None:
        storage = SqliteStorage(file)
        storage.room("main", "lobby").apply(Changes({"count": b"\x08"}))
        await until_committed(storage)
        storage.close()

    asyncio.run(change())
    for source, target in ((file, postgres.dsn()), (postgres.dsn(), file)):
        result = copied(source, target, "newer")
        assert result.exit_code == 2
        assert "holds other data of 1 rooms, maybe newer: main/lobby; nothing was copied" in result.stderr


def test_a_cluster_whose_nodes_run_is_refused(file: Path, postgres: PrivatePostgres) -> None:
    async def refused() -> Result:
        settings = PostgresCluster(postgres.dsn(), namespace="live", advertise="10.0.0.5:1999", secret="s")
        engine = settings.engine()
        await engine.start()
        node = await engine.join("10.0.0.5:1999", 60.0)
        result = await asyncio.to_thread(copied, file, postgres.dsn(), "live")
        await engine.leave(node)
        await engine.close()
        return result

    result = asyncio.run(refused())
    assert result.exit_code == 2
    assert "nodes of the cluster 'live' run: 10.0.0.5:1999; stop them first" in result.stderr
    assert copied(file, postgres.dsn(), "live").exit_code == 0


def test_a_file_that_is_missing_or_open_is_an_error(file: Path, postgres: PrivatePostgres) -> None:
    missing = copied(file.with_name("no"), postgres.dsn())
    assert (missing.exit_code, "there is no such storage file" in missing.stderr) == (2, True)
    storage = SqliteStorage(file)
    busy = copied(file, postgres.dsn())
    storage.close()
    assert (busy.exit_code, "is in use" in busy.stderr) == (2, True)
    memory = copied("memory", file)
    assert (memory.exit_code, "rooms in memory end with their host" in memory.stderr) == (2, True)

"""A SQLite storage with damaged pages: errors that say so, and what is whole stays readable."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.partyserver.in_process import Server

from partyserver import PartyServer, Request, Response, SqliteStorage, StorageError
from partyserver.storage.input_gate import InputGate
from partyserver.storage.room_storage import Storage

PAGE = 4_096
ROOMS = 6
NEXT_YEAR = 1_900_000_000_000


def room(storage: SqliteStorage, number: int) -> Storage:
    return Storage(storage.room("main", f"room{number}"), InputGate(), lambda changes: None)


async def fill(path: Path) -> None:
    storage = SqliteStorage(path)
    for number in range(ROOMS):
        values: dict[str, Any] = {
            f"key{n}": {"n": n, "t": (1, {2}), "s": "x" * n, "b": 10**40} for n in range(40)
        }
        await room(storage, number).put(values | {"large": "y" * 20_000})
        await room(storage, number).set_alarm(NEXT_YEAR + number)
    storage.close()


def noise(data: bytearray, page: int, rng: random.Random) -> None:
    data[page : page + PAGE] = rng.randbytes(PAGE)


def zeros(data: bytearray, page: int, rng: random.Random) -> None:
    data[page : page + PAGE] = bytes(PAGE)


def some_bytes(data: bytearray, page: int, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 60)):
        data[page + rng.randrange(PAGE)] = rng.randrange(256)


def another_page(data: bytearray, page: int, rng: random.Random) -> None:
    other = rng.randrange(len(data) // PAGE) * PAGE
    data[page : page + PAGE] = data[other : other + PAGE]


def cut_off(data: bytearray, page: int, rng: random.Random) -> None:
    del data[page + rng.randrange(PAGE) :]


def said(error: StorageError) -> StorageError:
    assert "is damaged" in str(error), error
    return error


async def outcome(call: Awaitable[Any]) -> Any:
    """What a call returns; a `StorageError` where it fails, and nothing else."""
    try:
        return await call
    except StorageError as error:
        return said(error)


async def use(path: Path) -> int:
    """Every call on every room; how many failed."""
    try:
        storage = SqliteStorage(path)
    except StorageError as error:
        said(error)
        return 1
    outcomes = []
    for number in range(ROOMS):
        each = room(storage, number)
        for key in (f"key{n}" for n in range(0, 40, 3)):
            outcomes.append(await outcome(each.get(key)))
        listed = await outcome(each.list())
        if isinstance(listed, dict):
            assert all(isinstance(key, str) for key in listed)
        outcomes += [
            listed,
            await outcome(each.get("large")),
            await outcome(each.get_alarm()),
            await outcome(each.put("new", "z" * 5_000)),
            await outcome(each.delete("key3")),
            await outcome(each.set_alarm(NEXT_YEAR)),
            await outcome(each.transaction(lambda draft: draft.put("w", 1))),
        ]
    storage.close()
    return sum(isinstance(each, StorageError) for each in outcomes)


@pytest.mark.parametrize("damage", [noise, zeros, some_bytes, another_page, cut_off])
async def test_each_call_works_or_says_that_the_file_is_damaged(
    damage: Callable[[bytearray, int, random.Random], None], tmp_path: Path
) -> None:
    path = tmp_path / "rooms.sqlite"
    await fill(path)
    whole = path.read_bytes()
    failed = 0
    for seed in range(6):
        rng = random.Random(seed)
        data = bytearray(whole)
        damage(data, rng.randrange(1, len(whole) // PAGE) * PAGE, rng)
        path.write_bytes(data)
        failed += await use(path)
    assert failed


class Shop(PartyServer):
    """Answers with what it has stored."""

    async def on_request(self, request: Request) -> Response:
        return Response(repr(await self.room.storage.get("large"))[:5])


async def test_a_host_whose_alarms_are_damaged_starts_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "rooms.sqlite"
    await fill(path)
    data = path.read_bytes()
    at = next(
        page
        for page in range(0, len(data), PAGE)
        if b"room1" in data[page : page + PAGE] and b"key1" not in data[page : page + PAGE]
    )
    path.write_bytes(data[:at] + b"\xff" * PAGE + data[at + PAGE :])
    server = Server(Shop, storage=SqliteStorage(path))
    async with server.host.lifespan():
        pass
    (record,) = [record for record in caplog.records if "alarms cannot be read" in record.message]
    assert "rooms.sqlite is damaged; put a backup in its place" in record.message

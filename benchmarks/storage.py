"""How many storage calls a second, beside bare `sqlite3` doing the same on a file of the same layout.

Run it with `make bench-storage`. Ours and bare `sqlite3` run in turn (A B A B), so that a machine that slows
down slows down both. `durability="power"` is measured with one client, whose every write waits for the disk,
and with 64, whose commits share flushes. The longest pause of the event loop is measured in runs of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from partyserver import SqliteStorage, Storage
from partyserver.gate import InputGate
from partyserver.output_gate import until_committed
from partyserver.sqlite_file import LAYOUT_STEPS
from partyserver.sqlite_storage import Durability

VALUE = {"name": "Ada", "score": 41, "tags": ["a", "b"], "text": "x" * 80}
ROOM = ("main", "room")
GET = "SELECT value FROM entries WHERE party = ? AND room = ? AND key = ?"
PUT = "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)"
BATCH = 100
CLIENTS = 64

Ours = Callable[[SqliteStorage, int], Awaitable[None]]
Bare = Callable[[sqlite3.Connection, int], None]


def storage_of(backend: SqliteStorage, room: str = "room") -> Storage:
    return Storage(backend.room("main", room), InputGate(), lambda changes: None)


# Ours


async def get(backend: SqliteStorage, calls: int) -> None:
    storage = storage_of(backend)
    await storage.put("key", VALUE)
    for _ in range(calls):
        await storage.get("key")


async def put(backend: SqliteStorage, calls: int) -> None:
    storage = storage_of(backend)
    for number in range(calls):
        await storage.put(f"key {number % 1_000}", VALUE)
        await until_committed(backend)


async def put_in_batches(backend: SqliteStorage, calls: int) -> None:
    storage = storage_of(backend)
    for number in range(calls):
        await storage.put(f"key {number % 1_000}", VALUE)
        if number % BATCH == BATCH - 1:
            await until_committed(backend)


async def put_by_many(backend: SqliteStorage, calls: int) -> None:
    async def client(name: str) -> None:
        storage = storage_of(backend, name)
        for number in range(calls // CLIENTS):
            await storage.put(f"key {number % 1_000}", VALUE)
            await until_committed(backend)

    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(client(f"room {number}"))


# Bare sqlite3


def encoded() -> bytes:
    return msgspec.msgpack.encode(VALUE)


def bare_get(database: sqlite3.Connection, calls: int) -> None:
    database.execute(PUT, (*ROOM, "key", encoded()))
    for _ in range(calls):
        (value,) = database.execute(GET, (*ROOM, "key")).fetchone()
        msgspec.msgpack.decode(value)


def bare_put(database: sqlite3.Connection, calls: int) -> None:
    for number in range(calls):
        database.execute("BEGIN IMMEDIATE")
        database.execute(PUT, (*ROOM, f"key {number % 1_000}", encoded()))
        database.execute("COMMIT")


def bare_put_in_batches(database: sqlite3.Connection, calls: int) -> None:
    for number in range(calls):
        if number % BATCH == 0:
            database.execute("BEGIN IMMEDIATE")
        database.execute(PUT, (*ROOM, f"key {number % 1_000}", encoded()))
        if number % BATCH == BATCH - 1:
            database.execute("COMMIT")


@dataclass(frozen=True)
class Case:
    """One comparison: `calls` calls of ours beside as many of bare `sqlite3`."""

    name: str
    durability: Durability
    calls: int
    ours: Ours
    bare: Bare


CASES = [
    Case("get", "process", 50_000, get, bare_get),
    Case("put, one a turn", "process", 20_000, put, bare_put),
    Case(f"put, {BATCH} a turn", "process", 50_000, put_in_batches, bare_put_in_batches),
    Case("put, one a turn", "power", 1_000, put, bare_put),
    Case(f"put, {BATCH} a turn", "power", 20_000, put_in_batches, bare_put_in_batches),
    Case(f"put by {CLIENTS} clients", "power", 6_400, put_by_many, bare_put),
]


@contextmanager
def bare_database(path: Path, durability: Durability) -> Iterator[sqlite3.Connection]:
    """A file of the same layout and settings; with `power` SQLite flushes at every commit itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if durability == 'power' else 'NORMAL'}")
        database.executescript("".join(LAYOUT_STEPS))
        yield database


async def longest_pause(stop: asyncio.Event) -> float:
    """The longest time in which the event loop did not come round, in seconds."""
    longest, last = 0.0, time.perf_counter()
    while not stop.is_set():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


async def time_ours(case: Case, folder: Path) -> tuple[float, float]:
    """Calls a second, and the event loop's longest pause in seconds (0 where no call leaves the turn)."""
    backend = SqliteStorage(folder / "ours.sqlite", durability=case.durability)
    started = time.perf_counter()
    await case.ours(backend, case.calls)
    rate = case.calls / (time.perf_counter() - started)
    stop = asyncio.Event()
    watching = asyncio.create_task(longest_pause(stop))
    await case.ours(backend, case.calls)  # apart: watching costs time
    stop.set()
    pause = await watching
    backend.close()
    return rate, pause


def time_bare(case: Case, folder: Path) -> float:
    """Calls a second."""
    with bare_database(folder / "bare.sqlite", case.durability) as database:
        started = time.perf_counter()
        case.bare(database, case.calls)
        return case.calls / (time.perf_counter() - started)


def main() -> None:
    """Run every case in turn, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each case")
    parser.add_argument("--folder", help="where the files go (default: the machine's temporary folder)")
    options = parser.parse_args()
    print(f"SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}, {platform.machine()}")
    print(f"{'':36} ours/s   sqlite3/s   ratio   longest pause ms")
    for case in CASES:
        ours, bare, pauses = [], [], []
        for _ in range(1 + options.runs):
            with tempfile.TemporaryDirectory(dir=options.folder) as place:
                rate, pause = asyncio.run(time_ours(case, Path(place)))
                ours.append(rate)
                pauses.append(pause)
                bare.append(time_bare(case, Path(place)))
        rate, base = statistics.median(ours[1:]), statistics.median(bare[1:])
        name = f"{case.name} ({case.durability})"
        print(f"{name:34} {rate:8,.0f}  {base:10,.0f}   {rate / base:5.2f}  {max(pauses[1:]) * 1e3:16.1f}")


if __name__ == "__main__":
    main()

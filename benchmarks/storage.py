"""Storage calls a second, beside bare `sqlite3` doing the same on a file of the same layout, and PartyKit's.

`durability="power"` is measured with one client, whose every write waits for the disk, and with 64, whose
commits share flushes. The longest pause of the event loop is measured in runs of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from benchmarks.http_client import seconds_of
from benchmarks.measuring import Effort, Figures, in_turn
from benchmarks.parties import KEYS, VALUE
from benchmarks.report import Curve, Plot, Section, Table, comparisons, headline, rounded
from benchmarks.servers import Running

from benchmarks import servers
from partyserver import SqliteStorage, Storage
from partyserver.storage import LAYOUT_STEPS, Durability, InputGate, until_committed

ROOM = ("main", "room")
GET = "SELECT value FROM entries WHERE party = ? AND room = ? AND key = ?"
PUT = "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)"
BATCH = 100
CLIENTS = 64
KEYS_A_ROOM = 10
TEXT = (
    "Within the process: calls of `Storage` in a loop, beside bare `sqlite3` with the same layout, "
    "encoding and settings; what is written in one turn is one transaction. With `power` every commit "
    f"waits for the disk; {CLIENTS} clients share its flushes. In a handler: one HTTP request whose "
    "handler awaits so many calls, one after the other, and whose answer waits until they are stored."
)

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
        await storage.put(f"key {number % KEYS}", VALUE)
        await until_committed(backend)


async def put_in_batches(backend: SqliteStorage, calls: int) -> None:
    storage = storage_of(backend)
    for number in range(calls):
        await storage.put(f"key {number % KEYS}", VALUE)
        if number % BATCH == BATCH - 1:
            await until_committed(backend)


async def put_by_many(backend: SqliteStorage, calls: int) -> None:
    async def client(name: str) -> None:
        storage = storage_of(backend, name)
        for number in range(calls // CLIENTS):
            await storage.put(f"key {number % KEYS}", VALUE)
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
        database.execute(PUT, (*ROOM, f"key {number % KEYS}", encoded()))
        database.execute("COMMIT")


def bare_put_in_batches(database: sqlite3.Connection, calls: int) -> None:
    for number in range(calls):
        if number % BATCH == 0:
            database.execute("BEGIN IMMEDIATE")
        database.execute(PUT, (*ROOM, f"key {number % KEYS}", encoded()))
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
def bare_database(path: Path, durability: Durability, *, new: bool = True) -> Iterator[sqlite3.Connection]:
    """A file of the same layout and settings; with `power` SQLite flushes at every commit itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if durability == 'power' else 'NORMAL'}")
        if new:
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


async def time_ours(case: Case, folder: Path, calls: int) -> tuple[float, float]:
    """Calls a second, and the event loop's longest pause in seconds (0 where no call leaves the turn)."""
    backend = SqliteStorage(folder / "ours.sqlite", durability=case.durability)
    started = time.perf_counter()
    await case.ours(backend, calls)
    rate = calls / (time.perf_counter() - started)
    stop = asyncio.Event()
    watching = asyncio.create_task(longest_pause(stop))
    await case.ours(backend, calls)  # apart: watching costs time
    stop.set()
    pause = await watching
    backend.close()
    return rate, pause


def time_bare(case: Case, folder: Path, calls: int) -> float:
    """Calls a second."""
    with bare_database(folder / "bare.sqlite", case.durability) as database:
        started = time.perf_counter()
        case.bare(database, calls)
        return calls / (time.perf_counter() - started)


def measure(effort: Effort) -> Section:
    """Calls a second within the process, and in a handler under a server; how they grow with rooms."""
    found = servers.present(*servers.both_ways("Storing", "--storage", "."), servers.partykit("storing.js"))
    with servers.all_running(found) as started:
        in_handlers = {
            f"`{call}` in a handler": in_turn(
                {it.server.name: partial(_in_a_handler, it, call, calls) for it in started}, effort
            )
            for call, calls in (("get", effort.size(20_000, 2_000)), ("put", effort.size(5_000, 1_000)))
        }
    beside_partykit = [
        comparisons(what, "calls/s", figures, servers.sets(found)) for what, figures in in_handlers.items()
    ]
    return Section(
        "Storage",
        TEXT,
        (_beside_sqlite(effort), *itertools.chain(*beside_partykit)),
        tuple(
            headline(f"Storage, {what}", tables[0], servers.PARTYKIT)
            for what, tables in zip(in_handlers, beside_partykit, strict=True)
        ),
        (_growth(effort),),
        servers.missing(),
    )


def _in_a_handler(it: Running, call: str, calls: int) -> float:
    return calls / seconds_of(it.port, f"/party/room/{call}/{calls}")


def _beside_sqlite(effort: Effort) -> Table:
    rows = []
    for case in CASES:
        calls = effort.size(case.calls, case.calls // 10)
        ours, bare, pauses = [], [], []
        for _ in range(effort.warm_up + effort.runs):
            with tempfile.TemporaryDirectory() as place:
                rate, pause = asyncio.run(time_ours(case, Path(place), calls))
                ours.append(rate)
                pauses.append(pause)
                bare.append(time_bare(case, Path(place), calls))
        mine, theirs = (Figures(tuple(rates[effort.warm_up :])) for rates in (ours, bare))
        rows.append(
            (
                f"{case.name}, `{case.durability}`",
                *(rounded(it.median) for it in (mine, theirs)),
                f"{mine.ratio_to(theirs):.2f}",
                f"{max(pauses[effort.warm_up :]) * 1e3:.1f}",
            )
        )
    columns = ("", "ours, calls/s", "`sqlite3`, calls/s", "ours / `sqlite3`", "longest pause, ms")
    return Table("Calls within the process, beside bare `sqlite3`", columns, tuple(rows))


# Growth


def _growth(effort: Effort) -> Plot:
    sizes = (10, 100) if effort.quick else (10, 100, 1_000, 10_000)
    calls = effort.size(20_000, 2_000)
    names = ("ours, get", "ours, put", "sqlite3, get", "sqlite3, put")
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for rooms in sizes:
        with tempfile.TemporaryDirectory() as place:
            for name, rate in zip(names, _rates_of(rooms, calls, Path(place)), strict=True):
                points[name].append((rooms, rate))
    curves = tuple(Curve(name, tuple(found)) for name, found in points.items())
    title = f"Storage calls, {BATCH} a turn, each to a random one of all rooms"
    return Plot("storage", title, f"rooms in the file, {KEYS_A_ROOM} keys each", "calls a second", curves)


def _rates_of(rooms: int, calls: int, folder: Path) -> tuple[float, ...]:
    """Calls a second: our `get` and `put`, those of bare `sqlite3`."""
    path = folder / "rooms.sqlite"
    SqliteStorage(path).close()  # makes the file
    with bare_database(path, "process", new=False) as database:
        database.execute("BEGIN IMMEDIATE")
        for room in range(rooms):
            for key in range(KEYS_A_ROOM):
                database.execute(PUT, ("main", f"room {room}", f"key {key}", encoded()))
        database.execute("COMMIT")
    chance = random.Random(0)
    places = [(chance.randrange(rooms), f"key {chance.randrange(KEYS_A_ROOM)}") for _ in range(calls)]
    ours = asyncio.run(_ours_at(path, places))
    with bare_database(path, "process", new=False) as database:
        return (*ours, _bare_get_at(database, places), _bare_put_at(database, places))


async def _ours_at(path: Path, places: list[tuple[int, str]]) -> tuple[float, float]:
    backend = SqliteStorage(path)
    storages = {room: storage_of(backend, f"room {room}") for room in {room for room, _ in places}}
    started = time.perf_counter()
    for room, key in places:
        await storages[room].get(key)
    between = time.perf_counter()
    for number, (room, key) in enumerate(places):
        await storages[room].put(key, VALUE)
        if number % BATCH == BATCH - 1:
            await until_committed(backend)
    ended = time.perf_counter()
    backend.close()
    return len(places) / (between - started), len(places) / (ended - between)


def _bare_get_at(database: sqlite3.Connection, places: list[tuple[int, str]]) -> float:
    started = time.perf_counter()
    for room, key in places:
        (value,) = database.execute(GET, ("main", f"room {room}", key)).fetchone()
        msgspec.msgpack.decode(value)
    return len(places) / (time.perf_counter() - started)


def _bare_put_at(database: sqlite3.Connection, places: list[tuple[int, str]]) -> float:
    started = time.perf_counter()
    for number, (room, key) in enumerate(places):
        if number % BATCH == 0:
            database.execute("BEGIN IMMEDIATE")
        database.execute(PUT, ("main", f"room {room}", key, encoded()))
        if number % BATCH == BATCH - 1:
            database.execute("COMMIT")
    return len(places) / (time.perf_counter() - started)

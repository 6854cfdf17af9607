"""Rooms on more than one machine, as far as one shows it: nodes and PostgreSQL are processes on it."""

from __future__ import annotations

import asyncio
import select
import signal
import socket
import statistics
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.cluster_nodes import LEASE, Process, cluster, databases, single
from benchmarks.load_client import PATIENCE, LoadError, Room, client_frame, connect
from benchmarks.measuring import Effort, Figures, in_turn
from benchmarks.memory import proportional_kb
from benchmarks.report import Section, Table
from benchmarks.socket_client import open_sockets

from partyserver.cluster import Ownership
from partyserver.postgres import PostgresCluster
from pkcompat.clusters import PostgresError, PrivatePostgres, find_binaries

TEXT = (
    "Nodes (`pkcompat serve --cluster`), PostgreSQL (which syncs) and the clients share one machine, so that "
    "several nodes show what passing on costs, not what more machines bring. A turn with a write: one client "
    "sends a message, its handler stores 200 bytes, and the answer comes once they are safe. Passed on: the "
    "client is on another node than the room."
)
MESSAGE = client_frame(b"store")


def measure(effort: Effort) -> Section:
    """All of it; empty tables and a word where PostgreSQL is missing."""
    try:
        find_binaries()
    except PostgresError as error:
        return Section("More than one machine", TEXT, (), skipped=(f"PostgreSQL: {error}",))
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        turns: list[tuple[str, ...]] = [
            _turn_row(f"one process, SQLite, `{durability}`", _single_turns(folder, durability, effort))
            for durability in ("process", "power")
        ]
        with databases(folder / "one", standby=False) as postgres:
            turns += _cluster_turns("PostgreSQL", postgres, effort)
            tables = [
                _broadcasts(postgres, effort),
                _independent_rooms(postgres, effort),
                _take_over(postgres, effort),
                _memory(postgres, effort),
                _many_rooms(postgres, effort),
            ]
        with databases(folder / "two", standby=True) as postgres:
            turns += _cluster_turns("PostgreSQL with a synchronous standby", postgres, effort)
    head = ("a turn with a write", "p50 ms", "p99 ms")
    return Section(
        "More than one machine", TEXT, (Table("Milliseconds of a turn", head, tuple(turns)), *tables)
    )


# Turns


def _single_turns(folder: Path, durability: str, effort: Effort) -> list[float]:
    storage = ("--storage", str(folder / f"{durability}.sqlite3"), "--durability", durability)
    with single("Writing", *storage) as process:
        return _turns(process.port, "room", effort)


def _cluster_turns(name: str, postgres: Sequence[PrivatePostgres], effort: Effort) -> list[tuple[str, ...]]:
    with cluster("Writing", 2, postgres) as (owner, entry):
        rows = [_turn_row(f"cluster, {name}", _turns(owner.port, "room", effort, warm=True))]
        with connect(owner.port, "/party/room"):
            rows.append(_turn_row(f"cluster, {name}, passed on", _turns(entry.port, "room", effort)))
    return rows


def _turns(port: int, room: str, effort: Effort, *, warm: bool = True) -> list[float]:
    """Seconds that turns took, one after the other."""
    with connect(port, f"/party/{room}") as client:
        taken = []
        for number in range(effort.size(1_100, 60)):
            started = time.perf_counter()
            client.sendall(MESSAGE)
            if not client.recv(100):
                raise LoadError("the server closed a socket")
            if number >= effort.size(100, 10):
                taken.append(time.perf_counter() - started)
        return taken


def _turn_row(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    cuts = statistics.quantiles(seconds, n=100)
    return (name, f"{1_000 * statistics.median(seconds):.2f}", f"{1_000 * cuts[98]:.2f}")


# Broadcasts


class SpreadRoom(Room):
    """A room whose receivers are on two nodes by turns."""

    def __init__(self, ports: Sequence[int], sockets: int) -> None:
        super().__init__(ports[0], "/party/room", 2, 10, 64)
        more = [connect(ports[number % len(ports)], "/party/room") for number in range(sockets - 2)]
        self._receivers += more
        self.deliveries_a_round = 10 * len(self._receivers)
        for receiver in more:
            self._by_descriptor[receiver.fileno()] = receiver
            self._poll.register(receiver.fileno(), select.EPOLLIN)


def _broadcasts(postgres: Sequence[PrivatePostgres], effort: Effort) -> Table:
    sizes = (50, 100) if effort.quick else (100, 1_000, 3_000)
    rows: list[tuple[str, ...]] = []
    with cluster("Awake", 2, postgres) as (owner, entry):
        ways = {"local": [owner.port], "spread": [owner.port, entry.port]}
        for sockets in sizes:
            found = in_turn(
                {name: partial(_rate, ports, sockets, effort) for name, ports in ways.items()}, effort
            )
            local, spread = found["local"], found["spread"]
            figures = (f"{local.median:,.0f}", f"{spread.median:,.0f}", f"{spread.ratio_to(local):.2f}")
            rows.append((f"{sockets:,}", *figures))
    head = ("sockets of one room", "all on the owner", "half of them on another node", "ratio")
    return Table("Broadcasts: deliveries a second", head, tuple(rows))


def _rate(ports: Sequence[int], sockets: int, effort: Effort) -> float:
    room = SpreadRoom(ports, sockets)
    try:
        room.check()
        started, rounds = time.perf_counter(), 0
        while time.perf_counter() - started < effort.seconds:
            room.round()
            rounds += 1
        return rounds * room.deliveries_a_round / (time.perf_counter() - started)
    finally:
        room.close()


# Rooms that have nothing to do with each other


def _independent_rooms(postgres: Sequence[PrivatePostgres], effort: Effort) -> Table:
    rooms = effort.size(120, 12)
    rows = []
    for count in (1, 2, 3):
        with cluster("Writing", count, postgres) as nodes:
            rates = Figures(tuple(_writes(nodes, rooms, effort.seconds * 3) for _ in range(effort.runs)))
        rows.append((f"{count} nodes" if count > 1 else "1 node", f"{rates.median:,.0f}"))
    return Table(
        f"Turns with a write a second, {rooms} rooms, each with a client", ("nodes", "turns/s"), tuple(rows)
    )


def _writes(nodes: Sequence[Process], rooms: int, seconds: float) -> float:
    """Turns a second, each room with one on its way."""
    clients = [connect(nodes[number % len(nodes)].port, f"/party/own{number}") for number in range(rooms)]
    poll = select.epoll()
    by_descriptor = {client.fileno(): client for client in clients}
    for client in clients:
        poll.register(client.fileno(), select.EPOLLIN)
        client.sendall(MESSAGE)
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for descriptor, _ in poll.poll(PATIENCE):
            if not by_descriptor[descriptor].recv(100):
                raise LoadError("the server closed a socket")
            by_descriptor[descriptor].sendall(MESSAGE)
            done += 1
    taken = time.perf_counter() - started
    poll.close()
    for client in clients:
        client.close()
    return done / taken


# Taking over


def _take_over(postgres: Sequence[PrivatePostgres], effort: Effort) -> Table:
    taken = []
    with cluster("Writing", 2, postgres) as (first, second):
        for number in range(effort.size(20, 2)):
            room = f"/party/taken{number}"
            client = connect(first.port, room)
            _ask(client)
            first.end(signal.SIGKILL)
            started = time.perf_counter()
            with connect(second.port, room) as other:
                _ask(other)
            taken.append(time.perf_counter() - started)
            client.close()
            first.start()
            first, second = second, first
    row = (f"{len(taken)} times", f"{statistics.median(taken):.1f}", f"{max(taken):.1f}")
    title = f"Seconds from `kill -9` of an owner until another node has answered (lease {LEASE:g} s)"
    return Table(title, ("killed", "p50", "worst"), (row,))


def _ask(client: socket.socket) -> None:
    client.sendall(MESSAGE)
    if not client.recv(100):
        raise LoadError("the server closed a socket")


# Memory, and many rooms


def _memory(postgres: Sequence[PrivatePostgres], effort: Effort) -> Table:
    sockets = effort.size(2_000, 200)
    found = {}
    for name in ("local", "passed on"):
        with cluster("Sleeping", 2, postgres) as (owner, entry):
            with connect(owner.port, "/party/room"):
                before = _kb(owner, entry)
                port = owner.port if name == "local" else entry.port
                clients, _ = open_sockets(port, lambda number: "/party/room", sockets)
                time.sleep(1.0)
                found[name] = (_kb(owner, entry) - before) / sockets
                for client in clients:
                    client.close()
    rows = tuple((name, f"{kb:.1f}", f"{kb / found['local']:.2f}") for name, kb in found.items())
    return Table(
        f"Memory a socket in all nodes, {sockets:,} in one room", ("socket", "KB", "of a local one"), rows
    )


def _kb(*processes: Process) -> int:
    return sum(proportional_kb(process.pid) for process in processes)


def _many_rooms(postgres: Sequence[PrivatePostgres], effort: Effort) -> Table:
    sizes = (100, 500) if effort.quick else (1_000, 10_000, 30_000)
    rows = [
        (f"{rooms:,}", *(f"{taken:.2f}" for taken in asyncio.run(_claim(postgres[0].dsn(), rooms))))
        for rooms in sizes
    ]
    head = ("rooms, all at once", "claimed", "loaded", "taken over by another node")
    return Table("Seconds for many rooms", head, tuple(rows))


async def _claim(dsn: str, rooms: int) -> tuple[float, float, float]:
    settings = PostgresCluster(dsn, namespace=f"many{rooms}", advertise="a:1", secret="secret")
    engine = settings.engine()
    await engine.start()
    keys = [("main", f"room{number}") for number in range(rooms)]
    try:
        times = []
        for _ in range(2):
            node = await engine.join("a:1", 60.0)
            started = time.perf_counter()
            owned = await asyncio.gather(*(engine.claim(key, node) for key in keys))
            times.append(time.perf_counter() - started)
            if not all(isinstance(each, Ownership) for each in owned):
                raise LoadError("a room that nobody owned was not to be had")
            started = time.perf_counter()
            await asyncio.gather(*(engine.load(key, 1 << 20) for key in keys))
            loaded = time.perf_counter() - started
            await engine.leave(node)
        return times[0], loaded, times[1]
    finally:
        await engine.close()

"""Many sockets that connect at once, and that come back after a restart, as with each deployment."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.load_client import LOOPBACK, LoadError
from benchmarks.measuring import Effort
from benchmarks.report import Headline, Section, Table, rounded
from benchmarks.servers import HERE, Server
from benchmarks.socket_client import PathOf, end_of_head, handshake

from benchmarks import peers, servers

PER_ROOM = 10
PATIENCE = 120.0  # seconds that all of them may take
TEXT = (
    "Every socket begins to connect before any is answered; the time ends with the last answer. After a "
    "restart it begins with the signal that ends the server, which has all of them open: it holds the end of "
    "the process and the start of the next. A room beside them gets a message every 5 ms from another "
    "process; its longest wait is shown (for `websockets`, which has no rooms, that for the answer to a "
    "ping). One run each."
)
COLUMNS = ("", "all in, s", "longest wait beside, ms", "back after a restart, s", "longest wait beside, ms")


@dataclass
class Waits:
    """What a probe found.

    Attributes:
        longest: the longest wait, in seconds.
    """

    longest: float = 0.0


@dataclass(frozen=True)
class Arrivals:
    """What one server took.

    Attributes:
        all_in: seconds until all were in.
        beside: seconds, the longest wait of the room beside them meanwhile.
        back: seconds from the signal that ends the server until all were in again.
        beside_back: as `beside`, from when the server was there again.
    """

    all_in: float
    beside: float
    back: float
    beside_back: float


def measure(effort: Effort) -> Section:
    """How long all take to come in, and a room beside them to be served."""
    most = effort.size(10_000, 500)
    servers.raise_file_limit(most + 300)
    found = [*servers.both_ways("Awake"), servers.websockets()]
    arrivals = {server.name: _arrive_or_not(server, most) for server in found}
    first, peer = arrivals[found[0].name], arrivals[found[-1].name]
    beside = "" if peer is None else f"{rounded(peer.back)} s with {found[-1].name}"
    what = f"{most:,} sockets that come back after a restart"
    return Section(
        "Arriving at once",
        TEXT,
        (Table(f"{most:,} sockets", COLUMNS, tuple(_row(name, it) for name, it in arrivals.items())),),
        () if first is None else (Headline(what, f"{rounded(first.back)} s", beside),),
    )


def _arrive_or_not(server: Server, count: int) -> Arrivals | None:
    """None where the server gave some of them up: `websockets` waits ten seconds for a handshake."""
    try:
        return arrive(server, count)
    except LoadError:
        return None


def _row(name: str, it: Arrivals | None) -> tuple[str, ...]:
    if it is None:
        return (name, *["not all came in"] * (len(COLUMNS) - 1))
    return (
        name,
        rounded(it.all_in),
        _milliseconds(it.beside),
        rounded(it.back),
        _milliseconds(it.beside_back),
    )


def _milliseconds(seconds: float) -> str:
    return rounded(seconds * 1_000)


def arrive(server: Server, count: int) -> Arrivals:
    """Have so many sockets arrive at a server, and again after its restart."""
    pings = server.name == servers.websockets().name
    with ExitStack() as stack:
        first = stack.enter_context(servers.running(server))
        with probing(first.port, pings=pings) as beside:
            clients, all_in = open_at_once(first.port, _path, count)
        try:
            started = time.perf_counter()
            servers.end(first.process)
        finally:
            for client in clients:
                client.close()
        again = stack.enter_context(servers.running(server, port=first.port))
        down = time.perf_counter() - started
        with probing(again.port, pings=pings) as beside_back:
            clients, back = open_at_once(again.port, _path, count)
        for client in clients:
            client.close()
    return Arrivals(all_in, beside.longest, down + back, beside_back.longest)


def _path(number: int) -> str:
    return f"/party/room-{number // PER_ROOM}"


@contextlib.contextmanager
def probing(port: int, *, pings: bool) -> Iterator[Waits]:
    """Probe a room from another process; the longest wait is known once the context has ended."""
    waits = Waits()
    command = [peers.PYTHON, "-m", "benchmarks.probe", "--port", str(port), *(["--ping"] if pings else [])]
    with subprocess.Popen(
        command, cwd=HERE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                raise LoadError("the probe could not connect")
            yield waits
            said, _ = process.communicate(timeout=PATIENCE)
            if process.returncode:
                raise LoadError("the probe lost its socket")
            waits.longest = json.loads(said)["longest"]
        finally:
            process.kill()


def open_at_once(port: int, path_of: PathOf, count: int) -> tuple[list[socket.socket], float]:
    """Open WebSockets, all at a time: none waits for another.

    Returns:
        The sockets, and the seconds until the last was answered.

    Raises:
        LoadError: a handshake was refused, or not answered.
    """
    under_way: dict[int, tuple[socket.socket, bytes]] = {}
    clients: list[socket.socket] = []
    with select.epoll() as poll, ExitStack() as refused:
        refused.callback(lambda: [client.close() for client in clients])
        started = time.perf_counter()
        for number in range(count):
            client = socket.socket()
            clients.append(client)
            client.setblocking(False)
            client.connect_ex((LOOPBACK, port))
            under_way[client.fileno()] = client, handshake(path_of(number))
            poll.register(client.fileno(), select.EPOLLOUT)
        while under_way:
            ready = poll.poll(PATIENCE / 4)
            if not ready or time.perf_counter() - started > PATIENCE:
                raise LoadError(f"{len(under_way)} of {count} handshakes were not answered")
            for descriptor, events in ready:
                client, head = under_way[descriptor]
                try:
                    if events & select.EPOLLOUT:
                        client.settimeout(PATIENCE)
                        client.sendall(head)
                        poll.modify(descriptor, select.EPOLLIN)
                        continue
                    end_of_head(client)
                except ConnectionError as error:  # `websockets` gives late ones up
                    raise LoadError(f"a handshake was cut off: {error}") from error
                poll.unregister(descriptor)
                del under_way[descriptor]
        refused.pop_all()
        return clients, time.perf_counter() - started

"""Heads, bodies and rooms without end: what clients cost a real `pkcompat serve`, and when they are cut."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Iterator

from benchmarks.load_client import LOOPBACK
from benchmarks.servers import raise_file_limit
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.host_forks import PARTIES, ForkedHost, host_forks

GET = b"GET /party/heads HTTP/1.1\r\nHost: localhost\r\n"
CUT_WITHIN = 12.0  # seconds; the timeout is 10
MOST_FOR_HEADS = 40.0  # MB for 100 heads of 1 MB
MOST_FOR_BODIES = 40.0  # MB for 10 bodies of 300 MB
MOST_FOR_ROOMS = 120.0


def memory(host: ForkedHost) -> float:
    """Of the host, in MB."""
    return host.resident_bytes / 1e6


def client(port: int) -> socket.socket:
    """A TCP connection."""
    return socket.create_connection((LOOPBACK, port), 10)


def status(connection: socket.socket) -> int:
    """The status of an answer; 0 where none comes in time."""
    try:
        answer = connection.recv(100)
    except OSError:
        return 0
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def slow_heads(host: ForkedHost, count: int) -> Figure:
    """Connections that say nothing, and others that send a byte a second."""
    began = time.monotonic()
    open_ones = {connection.fileno(): connection for connection in (client(host.port) for _ in range(count))}
    dripping = list(open_ones.values())[::2]
    cut: list[float] = []
    with select.epoll() as poll:
        for descriptor in open_ones:
            poll.register(descriptor, select.EPOLLIN)
        position = 0
        while open_ones and time.monotonic() < began + 2 * CUT_WITHIN:
            for connection in dripping:
                with contextlib.suppress(OSError):
                    connection.send(GET[position : position + 1])
            position += 1
            for descriptor, _ in poll.poll(1):
                poll.unregister(descriptor)
                cut.append(time.monotonic() - began)
                del open_ones[descriptor]
            time.sleep(max(0.0, began + position - time.monotonic()))
    for connection in dripping:
        connection.close()
    latest = max(cut, default=0.0)
    good = len(cut) == count and latest <= CUT_WITHIN
    return Figure(
        f"{len(cut)} of {count} slow heads cut after {latest:.1f} s", "" if good else host.log[-2_000:]
    )


def long_heads(host: ForkedHost) -> Figure:
    """100 heads of 1 MB."""
    before = memory(host)
    connections = [client(host.port) for _ in range(100)]
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.sendall(GET + b"X: " + b"x" * 1_000_000)
    refused = sum(status(connection) == 431 for connection in connections)
    grown = max(0.0, memory(host) - before)
    for connection in connections:
        connection.close()
    good = refused == 100 and grown <= MOST_FOR_HEADS
    text = f"100 heads of 1 MB take {grown:.0f} MB, {refused} get 431"
    return Figure(text, "" if good else text)


def long_bodies(host: ForkedHost) -> Figure:
    """10 bodies of 300 MB whose length is told, 1 whose is not."""
    before, refused = memory(host), 0
    post = GET.replace(b"GET", b"POST")
    for _ in range(10):
        with client(host.port) as connection:
            connection.sendall(post + b"Content-Length: 300000000\r\n\r\n")
            refused += status(connection) == 413
    grown = max(0.0, memory(host) - before)
    good = refused == 10 and grown <= MOST_FOR_BODIES
    text = f"{refused} of 10 bodies of 300 MB get 413, and take {grown:.0f} MB"
    return Figure(text, "" if good else text)


def many_rooms(host: ForkedHost, count: int) -> Figure:
    """Requests to that many rooms, in one connection after the other."""
    before = memory(host)
    for first in range(0, count, 100):
        with client(host.port) as connection:
            names = [
                b"GET /party/r%d HTTP/1.1\r\nHost: a\r\n" % number for number in range(first, first + 100)
            ]
            connection.sendall(b"\r\n".join([*names[:-1], names[-1] + b"Connection: close\r\n\r\n"]))
            while connection.recv(1 << 16):
                pass
    grown = max(0.0, memory(host) - before)
    text = f"{count:,} rooms without connections take {grown:.0f} MB"
    return Figure(text, "" if grown <= MOST_FOR_ROOMS else text)


def run(effort: Effort) -> Iterator[Figure]:
    """Try each of them on one host."""
    slow = effort.count(short=100, long=800)
    raise_file_limit(2 * slow)
    with host_forks(effort.folder) as forks:
        host = forks.start(f"{PARTIES / 'answering.py'}:Answering", "--quiet")
        yield long_heads(host)
        yield long_bodies(host)
        yield slow_heads(host, slow)
        yield many_rooms(host, effort.count(short=20_000, long=100_000))


EXPERIMENT = Experiment(
    "heads",
    "Heads that do not end are cut in 10 s; long ones, long bodies and many rooms cost little memory.",
    run,
    weight=0.5,
)

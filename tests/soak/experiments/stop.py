"""SIGTERM with 1,000 sockets, of which a tenth do not read and one room hangs: a real `pkcompat serve`."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from benchmarks.load_client import client_frame
from benchmarks.servers import raise_file_limit
from benchmarks.socket_client import open_sockets
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.host_forks import HostForks, host_forks
from tests.soak.stopping import FILE, path_of, started, stopped

SOCKETS = 1_000
SILENT = SOCKETS // 10


def a_silent_one(port: int, path: str) -> socket.socket:
    """A WebSocket whose buffers are full, the system's and the host's own.

    With small segments the system takes some 50 KB on behalf of the host, else it takes megabytes.
    """
    client = socket.socket()
    client.settimeout(30)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.connect(("127.0.0.1", port))
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    client.recv(1)
    client.sendall(client_frame(b"fill"))
    return client


def connected(port: int) -> tuple[list[socket.socket], list[socket.socket]]:
    """Sockets that read and sockets that do not; so much waits for those that nothing more goes."""
    reading, _ = open_sockets(port, path_of, SOCKETS - SILENT)
    silent = [a_silent_one(port, path_of(number)) for number in range(SOCKETS - SILENT, SOCKETS)]
    for client in reading:
        client.sendall(client_frame(b"hello"))
    for client in reading:
        client.recv(100)
    reading[0].sendall(client_frame(b"hang"))
    reading[0].recv(100)
    return reading, silent


def stop(forks: HostForks, effort: Effort, durability: str) -> Figure:
    """Stop a host with all its sockets."""
    host = started(forks, effort.folder, "--durability", durability)
    reading, silent = connected(host.port)
    end = stopped(forks, host, effort.folder / FILE, reading, silent, connections=SOCKETS)
    return Figure(
        f"{end.restarted} of {len(reading)} readers got 1012, on_close ran for {end.left} of {SOCKETS}, "
        f"exit status {end.status} after {end.seconds:.1f} s",
        end.broken,
    )


def run(effort: Effort) -> Iterator[Figure]:
    """Stop hosts."""
    raise_file_limit(2 * SOCKETS)
    with host_forks(effort.folder) as forks:
        stops = [
            stop(forks, effort, "power" if number % 2 else "process")
            for number in range(effort.count(short=1, long=10))
        ]
    broken = [figure for figure in stops if not figure.holds]
    yield from broken
    if not broken:
        slowest = max(stops, key=lambda figure: float(figure.text.split()[-2]))
        yield Figure(f"{len(stops)} times: {slowest.text} at most")


EXPERIMENT = Experiment(
    "stop",
    "SIGTERM with 1,000 sockets, of which a tenth do not read and a handler hangs: all readers get 1012, "
    "`on_close` runs for all, exit status 0 within 10 s.",
    run,
)

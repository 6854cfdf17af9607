"""SIGTERM while clients are amid requests, handshakes and frames, cut at any byte, some of them damaged."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Iterator

from benchmarks.load_client import LOOPBACK, client_frame
from benchmarks.servers import raise_file_limit
from benchmarks.socket_client import CLOSE, open_sockets
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.host_forks import HostForks, host_forks
from tests.soak.stopping import FILE, Readers, Stopped, path_of, started, stopped

READERS = 40

HANDSHAKE = (
    b"GET /party/unfinished HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
POST = b"POST /party/unfinished HTTP/1.1\r\nHost: localhost\r\n"
FRAGMENT = bytes([0x01, 0x85, 0, 0, 0, 0]) + b"begun"
WHOLE = (
    b"GET /party/unfinished HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3,
    POST + b"Content-Length: 50\r\n\r\n" + b"b" * 50,
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: yes\r\n\r\n",
    HANDSHAKE + b"\r\n" + client_frame(b"hello") + client_frame(b"w" * 5_000) + CLOSE,
    HANDSHAKE + b"\r\n" + FRAGMENT + client_frame(b"amid"),
    HANDSHAKE + b"\r\n" + client_frame(b"fill"),
    HANDSHAKE + b"Cookie: " + b"c" * 9_000 + b"\r\n\r\n",
    HANDSHAKE + b"Cookie: " + b"c" * 90_000 + b"\r\n\r\n",
    HANDSHAKE + b"".join(b"X-%d: 1\r\n" % number for number in range(300)) + b"\r\n",
    HANDSHAKE.replace(b"unfinished", b"unfinished?" + b"q" * 9_000) + b"\r\n",
    HANDSHAKE + b"Content-Length: 4\r\n\r\nbody",
    HANDSHAKE.replace(b"Host: localhost\r\n", b"") + b"\r\n",
)
"""What clients begin to send."""


def cut(choose: random.Random) -> bytes:
    """A part of it; one in four has a byte that is another."""
    whole = bytearray(choose.choice(WHOLE))
    if choose.random() < 0.25:
        whole[choose.randrange(len(whole))] = choose.randrange(256)
    return bytes(whole[: choose.randint(0, len(whole))])


def begun(port: int, data: bytes) -> socket.socket:
    """A client that has sent so much, and reads nothing."""
    client = socket.create_connection((LOOPBACK, port), 10)
    with contextlib.suppress(OSError):  # it was refused already
        client.sendall(data)
    return client


def stop(forks: HostForks, effort: Effort, choose: random.Random, clients: int) -> Stopped:
    """Stop a host amid its clients."""
    host = started(forks, effort.folder)
    reading, _ = open_sockets(host.port, path_of, READERS)
    others = [begun(host.port, cut(choose)) for _ in range(clients)]
    readers = Readers(reading)
    time.sleep(0.2)
    file = effort.folder / FILE
    return stopped(forks, host, file, reading, others, connections=READERS, readers=readers)


def run(effort: Effort) -> Iterator[Figure]:
    """Stop hosts, each with other clients."""
    raise_file_limit(2_000)
    choose = random.Random(effort.seed)
    stops, clients = effort.count(short=2, long=10), effort.count(short=100, long=500)
    with host_forks(effort.folder) as forks:
        results = [stop(forks, effort, choose, clients) for _ in range(stops)]
    restarted = sum(result.restarted for result in results)
    yield Figure(
        f"{stops} stops with {clients} such clients: {restarted} of {stops * READERS} readers got 1012, "
        f"exit after at most {max(result.seconds for result in results):.1f} s",
        "\n".join(result.broken for result in results if result.broken),
    )


EXPERIMENT = Experiment(
    "unfinished",
    "SIGTERM while clients are amid requests, handshakes and frames, cut at any byte: everybody else gets "
    "1012, `on_close` runs for all of them, exit status 0 within 10 s.",
    run,
)

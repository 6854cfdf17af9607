"""SIGTERM with 1,000 sockets, of which a tenth do not read and one room hangs: a real `pkcompat serve`."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator

from benchmarks.load_client import client_frame
from benchmarks.servers import raise_file_limit
from benchmarks.socket_client import CLOSE, open_sockets
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.host_forks import PARTIES, HostForks, host_forks

from partyserver import SqliteStorage
from partyserver.storage import KeyRange

RESTART = bytes([0x88]), (1012).to_bytes(2, "big")  # the begin of a close frame, its code
SOCKETS = 1_000
SILENT = SOCKETS // 10
ROOMS = 20
LATEST = 10.0
FILE = "rooms.sqlite"


class Readers:
    """Sockets that are read until the server ends them; a close is answered.

    Attributes:
        restarted: how many were closed with 1012.
        others: how the others ended, by their last bytes.
    """

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._sockets = {client.fileno(): client for client in sockets}
        self._tails = dict.fromkeys(self._sockets, b"")
        self.restarted = 0
        self.others: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until all have ended."""
        self._thread.join(seconds)

    def _read(self) -> None:
        with select.epoll() as poll:
            for descriptor in self._sockets:
                poll.register(descriptor, select.EPOLLIN)
            while self._sockets:
                for descriptor, _ in poll.poll(1):
                    self._read_from(descriptor, poll)

    def _read_from(self, descriptor: int, poll: select.epoll) -> None:
        client = self._sockets[descriptor]
        try:
            part = client.recv(1 << 16)
        except OSError:
            part = b""
        tail = self._tails[descriptor] = (self._tails[descriptor] + part)[-64:]
        begin, code = RESTART
        closing = begin in tail and tail[tail.rindex(begin) + 2 :].startswith(code)
        if part and not closing:
            return
        if closing:
            self.restarted += 1
            with contextlib.suppress(OSError):  # it has gone already
                client.sendall(CLOSE)
        else:
            self.others.append(tail)
        poll.unregister(descriptor)
        del self._sockets[descriptor]


def path_of(number: int) -> str:
    """Where a socket connects to."""
    return f"/party/{number % ROOMS}?_pk=c{number}"


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
    file = effort.folder / FILE
    file.unlink(missing_ok=True)
    party = f"{PARTIES / 'stopping.py'}:Stopping"
    host = forks.start(party, "--storage", FILE, "--durability", durability, "--quiet")
    reading, silent = connected(host.port)
    readers = Readers(reading)
    started = time.monotonic()
    status = forks.end(signal.SIGTERM)
    seconds = time.monotonic() - started
    readers.wait(10)
    for client in (*reading, *silent):
        client.close()
    left = handlers_done(file)
    broken = [
        *([f"exit status {status}"] if status else []),
        *([f"it took {seconds:.1f} s"] if seconds > LATEST else []),
        *([f"others were closed so: {readers.others[:5]}"] if readers.restarted != len(reading) else []),
        *([f"on_close ran for {left} of {SOCKETS}"] if left != SOCKETS else []),
    ]
    return Figure(
        f"{readers.restarted} of {len(reading)} readers got 1012, on_close ran for {left} of {SOCKETS}, "
        f"exit status {status} after {seconds:.1f} s",
        "\n".join([*broken, host.log[-3_000:]]) if broken else "",
    )


def handlers_done(file: object) -> int:
    """How many `on_close` have run to their end."""
    storage = SqliteStorage(file)  # type: ignore[arg-type]
    try:
        rooms = [storage.room("main", str(number)) for number in range(ROOMS)]
        return sum(1 for room in rooms for _ in room.scan(KeyRange(prefix="left for good ")))
    finally:
        storage.close()


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

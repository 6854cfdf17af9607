"""Stopping a host that serves `parties/stopping.py`, and what its clients and its storage say of the end."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.socket_client import CLOSE
from tests.soak.host_forks import PARTIES, ForkedHost, HostForks

from partyserver import SqliteStorage
from partyserver.storage import KeyRange

PARTY = f"{PARTIES / 'stopping.py'}:Stopping"
FILE = "rooms.sqlite"
RESTART = bytes([0x88]), (1012).to_bytes(2, "big")  # the begin of a close frame, its code
ROOMS = 20
LATEST = 10.0
"""Seconds that a stop may take."""


def path_of(number: int) -> str:
    """Where a socket connects to."""
    return f"/party/{number % ROOMS}?_pk=c{number}"


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


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end of a host.

    Attributes:
        status: its exit status.
        seconds: from the signal to the exit.
        restarted: how many of the clients that read got 1012.
        left: how many `on_close` ran to their end.
        broken: what is wrong with that, with the end of the log; empty if nothing is.
    """

    status: int
    seconds: float
    restarted: int
    left: int
    broken: str


def started(forks: HostForks, folder: Path, *arguments: str) -> ForkedHost:
    """Start a host with an empty storage."""
    (folder / FILE).unlink(missing_ok=True)
    return forks.start(PARTY, "--storage", FILE, *arguments, "--quiet")


def stopped(
    forks: HostForks,
    host: ForkedHost,
    file: Path,
    reading: Sequence[socket.socket],
    others: Sequence[socket.socket],
    *,
    connections: int,
    readers: Readers | None = None,
) -> Stopped:
    """End a host with SIGTERM.

    Args:
        forks: what it was started by.
        host: the host.
        file: its storage.
        reading: clients that read; each has to get 1012.
        others: its other clients.
        connections: how many connections there are, for each of which `on_close` has to run.
        readers: what reads, if it does so already.
    """
    readers = readers or Readers(list(reading))
    begun = time.monotonic()
    status = forks.end(signal.SIGTERM)
    seconds = time.monotonic() - begun
    readers.wait(10)
    for client in (*reading, *others):
        client.close()
    left = handlers_done(file)
    broken = [
        *([f"exit status {status}"] if status else []),
        *([f"it took {seconds:.1f} s"] if seconds > LATEST else []),
        *([f"others were closed so: {readers.others[:5]}"] if readers.restarted != len(reading) else []),
        *([f"on_close ran for {left} of {connections}"] if left != connections else []),
    ]
    text = "\n".join([*broken, host.log[-3_000:]]) if broken else ""
    return Stopped(status, seconds, readers.restarted, left, text)


def handlers_done(file: Path) -> int:
    """How many `on_close` have run to their end."""
    storage = SqliteStorage(file)
    try:
        rooms = [storage.room("main", str(number)) for number in range(ROOMS)]
        return sum(1 for room in rooms for _ in room.scan(KeyRange(prefix="left for good ")))
    finally:
        storage.close()

"""Clients of `parties/feed.py`: those that read, those that do not, and one that asks who is there."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Sequence

from benchmarks.load_client import LOOPBACK, PATIENCE, client_frame, connect, server_frame
from benchmarks.socket_client import CLOSE

PATH = "/party/feed"
ASKING = "asking"
PING, PONG = bytes([0x89, 4]), bytes([0x8A, 0x84, 0, 0, 0, 0])


def silent_socket(port: int, name: str) -> socket.socket:
    """A WebSocket that is never read. With small segments the system keeps 50 KB for it, else megabytes."""
    client = socket.socket()
    client.settimeout(PATIENCE)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.connect((LOOPBACK, port))
    client.sendall(
        f"GET {PATH}?_pk={name} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    client.recv(1)
    return client


def who(port: int) -> tuple[list[str], list[str]]:
    """Who else is in the room, and whose `on_close` has run."""
    with connect(port, f"{PATH}?_pk={ASKING}") as client:
        client.sendall(client_frame(b"who"))
        answer = b""
        while not answer.endswith(b"]}"):
            answer += client.recv(1 << 20)
        told = json.loads(answer[answer.index(b'{"present"') :])
        client.sendall(CLOSE)
    present, left = ([name for name in told[key] if name != ASKING] for key in ("present", "left"))
    return present, left


class Ticks:
    """Broadcasts, each of which every reader gets before the next is sent.

    Attributes:
        delays: seconds until each of the readers had each of them.
        missing: messages that did not come.
    """

    def __init__(self, readers: Sequence[socket.socket]) -> None:
        self._readers = {reader.fileno(): reader for reader in readers}
        self._sender = readers[0]
        self.delays: list[float] = []
        self.missing = 0

    def run(self, count: int, every: float) -> None:
        """Send so many, one each so many seconds."""
        with select.epoll() as poll:
            for descriptor in self._readers:
                poll.register(descriptor, select.EPOLLIN)
            for number in range(count):
                began = time.monotonic()
                self._tick(number, poll)
                time.sleep(max(0.0, began + every - time.monotonic()))

    def _tick(self, number: int, poll: select.epoll) -> None:
        text = b"%0100d" % number
        expected = server_frame(text)
        waiting = set(self._readers)
        begun: dict[int, bytes] = {}
        began = time.monotonic()
        self._sender.sendall(client_frame(text))
        while waiting and (ready := poll.poll(PATIENCE)):
            for descriptor, _ in ready:
                reader = self._readers[descriptor]
                got = begun.get(descriptor, b"") + (part := reader.recv(4_096))
                while got.startswith((PING, expected)) and len(got) >= 6:
                    if got.startswith(PING):
                        reader.sendall(PONG + got[2:6])  # masked with zeros
                        got = got[6:]
                    else:
                        waiting.discard(descriptor)
                        self.delays.append(time.monotonic() - began)
                        got = got[len(expected) :]
                begun[descriptor] = got
                if not part or not (expected.startswith(got) or PING.startswith(got[:2])):
                    self.missing += 1  # it has been closed, or got something else
                    poll.unregister(descriptor)
                    waiting.discard(descriptor)
                    del self._readers[descriptor]
        self.missing += len(waiting)

"""A client that loads a WebSocket server with broadcasts, and only counts bytes: the server is measured.

One socket sends, all others receive. The sender puts so many messages on their way in one write; once every
other socket has got all of them the next ones follow. What is received is looked at once, before anything is
counted: from then on only its length matters. It uses `epoll`, so it needs Linux.

    python benchmarks/load_client.py --port 1999 --path /party/room --sockets 100 --in-flight 10

prints a JSON object: `deliveries` (messages received by all sockets), `seconds`, `per_second`, and
`client_cpu`, the share of the time in which this process ran: near 1 it is the client that is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

LOOPBACK = "127.0.0.1"
PATIENCE = 30.0  # seconds that any wait may take
PING, PONG = 0x89, 0x8A  # first bytes of such frames
MASK = bytes([0x37, 0xFA, 0x21, 0x3D])


class LoadError(Exception):
    """The server did not do what is measured. The message says what."""


@dataclass(frozen=True)
class Load:
    """What is counted of one run.

    Attributes:
        deliveries: messages that sockets received.
        seconds: the time that this took.
        per_second: the one by the other.
        client_cpu: the share of that time in which the client's process ran.
    """

    deliveries: int
    seconds: float
    per_second: float
    client_cpu: float


def client_frame(text: bytes) -> bytes:
    """A text message of a client: masked (RFC 6455, section 5.2)."""
    masked = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(text))
    return bytes([0x81]) + _length(len(text), 0x80) + MASK + masked


def server_frame(text: bytes) -> bytes:
    """The same message as a server sends it: not masked."""
    return bytes([0x81]) + _length(len(text), 0) + text


def _length(length: int, mask_bit: int) -> bytes:
    if length < 126:
        return bytes([mask_bit | length])
    return bytes([mask_bit | 126]) + length.to_bytes(2, "big")


def connect(port: int, path: str) -> socket.socket:
    """A WebSocket after its handshake."""
    client = socket.create_connection((LOOPBACK, port), timeout=PATIENCE)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        part = client.recv(1)  # what follows belongs to no handshake
        if not part:
            raise LoadError(f"the handshake was refused: {answer!r}")
        answer += part
    if not answer.startswith(b"HTTP/1.1 101 "):
        raise LoadError(f"the handshake was refused: {answer!r}")
    return client


def answer_pings(clients: Iterable[socket.socket]) -> None:
    """Answer the pings that sockets have got meanwhile; a server closes one that does not within some time.

    Raises:
        LoadError: one has got something else.
    """
    for client in clients:
        timeout = client.gettimeout()
        client.setblocking(False)  # with a timeout, `recv` waits whatever its flags say
        try:
            received = client.recv(1 << 12)
        except BlockingIOError:
            continue
        finally:
            client.settimeout(timeout)
        while received:
            end = 2 + received[1:2][0]
            if received[0] != PING or len(received) < end:
                raise LoadError(f"expected nothing but pings, got {received!r}")
            client.sendall(bytes([PONG, 0x80 | end - 2, 0, 0, 0, 0]) + received[2:end])
            received = received[end:]


class Room:
    """Sockets in one room, of which the first sends."""

    def __init__(self, port: int, path: str, sockets: int, in_flight: int, message_bytes: int) -> None:
        """Connect them.

        Args:
            port: the server's, on the loopback.
            path: of the WebSocket.
            sockets: how many, the sender included.
            in_flight: messages that are sent at a time.
            message_bytes: the length of a message.
        """
        text = b"x" * message_bytes
        self._sent = client_frame(text) * in_flight
        self._expected = server_frame(text) * in_flight
        self._sender, *self._receivers = [connect(port, path) for _ in range(sockets)]
        self.deliveries_a_round = in_flight * len(self._receivers)
        self._by_descriptor = {receiver.fileno(): receiver for receiver in self._receivers}
        self._poll = select.epoll()
        for descriptor in self._by_descriptor:
            self._poll.register(descriptor, select.EPOLLIN)

    def check(self) -> None:
        """Send one message to everybody, and see whether it comes as it should.

        Raises:
            LoadError: it does not.
        """
        answer_pings([self._sender, *self._receivers])  # connecting them may have taken long
        self._sender.sendall(self._sent)
        for receiver in self._receivers:
            received = b""
            while len(received) < len(self._expected) and (part := receiver.recv(1 << 16)):
                received += part
            if received != self._expected:
                raise LoadError(f"expected {self._expected!r}, got {received!r}")
        for receiver in self._receivers:
            receiver.setblocking(False)

    def round(self) -> None:
        """Send what is in flight, and return when everybody has got it."""
        self._sender.sendall(self._sent)
        missing = len(self._receivers) * len(self._expected)
        buffer = bytearray(1 << 18)
        poll, by_descriptor = self._poll.poll, self._by_descriptor
        while missing > 0:
            ready = poll(PATIENCE)
            if not ready:
                raise LoadError(f"{missing} bytes did not come within {PATIENCE:g} s")
            for descriptor, _ in ready:
                received = by_descriptor[descriptor].recv_into(buffer)
                if not received:
                    raise LoadError("the server closed a socket")
                missing -= received

    def close(self) -> None:
        """Close every socket."""
        self._poll.close()
        for client in (self._sender, *self._receivers):
            client.close()


def measure(
    port: int, path: str, *, sockets: int, in_flight: int, seconds: float, message_bytes: int = 64
) -> Load:
    """Load a server for some seconds, after as many rounds as a fifth of that takes to warm up.

    Raises:
        LoadError: the server does not deliver.
    """
    room = Room(port, path, sockets, in_flight, message_bytes)
    try:
        room.check()
        _rounds(room, seconds / 5)
        cpu, started = time.process_time(), time.perf_counter()
        rounds = _rounds(room, seconds)
        taken = time.perf_counter() - started
        cpu = time.process_time() - cpu
    finally:
        room.close()
    deliveries = rounds * room.deliveries_a_round
    return Load(deliveries, taken, deliveries / taken, cpu / taken)


def _rounds(room: Room, seconds: float) -> int:
    end = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end:
        room.round()
        rounds += 1
    return rounds


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/party/room")
    parser.add_argument("--sockets", type=int, default=100, help="of which one sends")
    parser.add_argument("--in-flight", type=int, default=10, help="messages that are sent at a time")
    parser.add_argument("--message-bytes", type=int, default=64, help="the length of a message")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to count")
    parser.add_argument("--processor", type=int, help="the one to run on")
    options = parser.parse_args()
    if options.processor is not None:
        os.sched_setaffinity(0, {options.processor})
    load = measure(
        options.port,
        options.path,
        sockets=options.sockets,
        in_flight=options.in_flight,
        seconds=options.seconds,
        message_bytes=options.message_bytes,
    )
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main()

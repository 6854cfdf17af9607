"""A client that loads many rooms of two sockets, and only counts bytes: one sends, the other receives."""

from __future__ import annotations

import select
import socket
import time

from benchmarks.load_client import PATIENCE, Load, LoadError, answer_pings, client_frame, server_frame
from benchmarks.socket_client import close_all, open_sockets


class Pairs:
    """Rooms of two sockets each, of which the first sends."""

    def __init__(self, port: int, rooms: int, message_bytes: int, *, answers_close: bool = True) -> None:
        """Connect them.

        Args:
            port: the server's, on the loopback.
            rooms: how many.
            message_bytes: the length of a message.
            answers_close: whether the server answers a close, so that its end can be waited for.

        Raises:
            LoadError: a handshake is refused.
        """
        text = b"x" * message_bytes
        self._frame, self._expected = client_frame(text), server_frame(text)
        self._answers_close = answers_close
        self._senders, _ = open_sockets(port, lambda number: f"/party/room-{number}", rooms)
        self._receivers, _ = open_sockets(port, lambda number: f"/party/room-{number}", rooms)
        for sender in self._senders:
            sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._by_descriptor = {receiver.fileno(): receiver for receiver in self._receivers}
        self._poll = select.epoll()
        for descriptor in self._by_descriptor:
            self._poll.register(descriptor, select.EPOLLIN)

    def check(self) -> None:
        """Send one message in every room, and see whether it comes as it should.

        Raises:
            LoadError: it does not.
        """
        self.answer_pings()  # connecting them may have taken long
        for sender in self._senders:
            sender.sendall(self._frame)
        for receiver in self._receivers:
            received = b""
            while len(received) < len(self._expected) and (part := receiver.recv(1 << 16)):
                received += part
            if received != self._expected:
                raise LoadError(f"expected {self._expected!r}, got {received!r}")

    def answer_pings(self) -> None:
        """Answer the pings that came meanwhile."""
        answer_pings([*self._senders, *self._receivers])

    def round(self) -> None:
        """Send one message in every room, and return when all have come."""
        for sender in self._senders:
            sender.send(self._frame)
        missing = len(self._receivers) * len(self._expected)
        while missing:
            ready = self._poll.poll(PATIENCE)
            if not ready:
                raise LoadError(f"{missing} bytes did not come within {PATIENCE:g} s")
            for descriptor, _ in ready:
                received = len(self._by_descriptor[descriptor].recv(1 << 12))
                if not received:
                    raise LoadError("the server closed a socket")
                missing -= received

    def load(self, seconds: float) -> Load:
        """Go round for some seconds, at least once."""
        self.answer_pings()
        rounds, cpu, started = 0, time.process_time(), time.perf_counter()
        while not rounds or time.perf_counter() - started < seconds:
            self.round()
            rounds += 1
        taken, cpu = time.perf_counter() - started, time.process_time() - cpu
        deliveries = rounds * len(self._receivers)
        return Load(deliveries, taken, deliveries / taken, cpu / taken)

    def close(self) -> None:
        """Close every socket."""
        self._poll.close()
        close_all([*self._senders, *self._receivers], answered=self._answers_close)

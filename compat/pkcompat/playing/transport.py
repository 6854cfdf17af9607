"""The interface between the player and a transport; `socket_transport` is the one over real sockets."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from pkcompat.traffic import Answer, Close, Connect, Data, Event, Http, Opened, Refused, Unanswered

Receiver = Callable[[Event], None]
"""Called with every event that a connection receives, in order, until it is closed."""


class Connection(Protocol):
    """A client's WebSocket. Nothing raises when the connection is closed: data is then dropped."""

    async def send(self, data: Data) -> None:
        """Send a message."""

    async def close(self, step: Close) -> None:
        """Send a close frame."""

    async def drop(self) -> None:
        """Let the TCP connection die."""

    async def raw(self, data: bytes) -> None:
        """Write bytes beneath the WebSocket protocol."""


class Transport(Protocol):
    """A way to the host."""

    async def connect(
        self, step: Connect, receiver: Receiver
    ) -> tuple[Opened, Connection] | tuple[Refused | Unanswered, None]:
        """Open a WebSocket; what it receives goes to the receiver from the handshake on."""

    async def request(self, step: Http) -> Answer | Unanswered:
        """Make an HTTP request."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop every connection that is left."""

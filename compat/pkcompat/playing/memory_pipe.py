"""Two asyncio protocols joined without a socket: what one writes, the other receives.

Home-made, since asyncio has no such transport, and anyio's memory streams are not asyncio transports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


class MemoryTransport(asyncio.Transport):
    """One end of a pipe in memory; delivers in order, on the next iteration of the event loop."""

    def __init__(self, protocol: asyncio.Protocol, name: tuple[str, int]) -> None:
        super().__init__({"sockname": name, "peername": name})
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._peer: MemoryTransport | None = None
        self._closing = False  # close() was called
        self._lost = False  # connection_lost() was called
        self._paused = False
        self._arrived: list[bytes] = []  # what waits while reading is paused

    def write(self, data: Any) -> None:
        peer = self._peer
        if peer is not None and not self._closing and data:
            self._loop.call_soon(peer._receive, bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Close both directions, after pending writes."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lose, None)
            if self._peer is not None:
                self._loop.call_soon(self._peer._end)

    def abort(self) -> None:
        """Close both directions; the peer sees that the connection died."""
        self.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.Protocol:
        return self._protocol

    def is_reading(self) -> bool:
        return not self._paused

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self._loop.call_soon(self._deliver)

    def _receive(self, data: bytes) -> None:
        if not self._lost:
            self._arrived.append(data)
            self._deliver()

    def _deliver(self) -> None:
        while self._arrived and not self._paused and not self._lost:
            self._protocol.data_received(self._arrived.pop(0))

    def _end(self) -> None:
        self._paused = False  # what the peer wrote before it closed must still be delivered
        self._deliver()
        if not self._closing:
            self._protocol.eof_received()
            self.close()

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(error)
            self._peer = None


def join(client: asyncio.Protocol, server: asyncio.Protocol) -> None:
    """Connect two protocols, the server first, since a client writes as soon as it is connected."""
    near, far = MemoryTransport(client, ("127.0.0.1", 50_000)), MemoryTransport(server, ("127.0.0.1", 1_999))
    near._peer, far._peer = far, near
    server.connection_made(far)
    client.connection_made(near)

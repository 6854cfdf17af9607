"""A host behind real sockets on each of the paths that a WebSocket's events can take."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.partyserver.uvicorn_server import SECONDS, Server, running, server_of
from tests.partyserver.wires import handshake

from partyserver.sockets import MAX_MESSAGE_BYTES
from partyserver.uvicorn_protocol import PartyWebSocketProtocol

DIRECT, WATCHED, PLAIN = "direct", "watched", "plain"
"""Our protocol class, which hands the WebSocket over; the same behind a middleware; uvicorn's own class."""

OURS = (DIRECT, WATCHED)
PATHS = (*OURS, PLAIN)


class Watcher:
    """ASGI middleware that replaces `receive` and `send`, as many do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched_receive() -> Message:
            return await receive()

        async def watched_send(message: Message) -> None:
            await send(message)

        await self.app(scope, watched_receive, watched_send)


@asynccontextmanager
async def serving(app: ASGIApp, path: str = DIRECT, **config: Any) -> AsyncIterator[Server]:
    """Serve an application on a path."""
    options: dict[str, Any] = {
        "ws": "websockets-sansio" if path == PLAIN else PartyWebSocketProtocol,
        "ws_max_size": MAX_MESSAGE_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,
        "log_config": None,
        "timeout_graceful_shutdown": 1,
    }
    app = Watcher(app) if path == WATCHED else app
    async with running(server_of(Server, app, **options | config)) as server:
        yield server


class RawPeer:
    """The client's end of a WebSocket: it reads when it is told to, and answers nothing by itself."""

    def __init__(self, peer: socket.socket) -> None:
        self._socket = peer
        self.received = bytearray()  # by `read_all`
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await asyncio.wait_for(self._loop.sock_sendall(self._socket, data), SECONDS)

    async def read_all(self) -> tuple[bytes, bool]:
        """What comes until the end, and whether that was a reset."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    data = await self._loop.sock_recv(self._socket, 1 << 20)
                except ConnectionError:
                    return bytes(self.received), True
                if not data:
                    return bytes(self.received), False
                self.received += data

    async def read(self, size: int) -> bytes:
        """So many bytes."""
        read = bytearray()
        async with asyncio.timeout(SECONDS):
            while len(read) < size:
                data = await self._loop.sock_recv(self._socket, size - len(read))
                assert data, f"the connection ended after {bytes(read)!r}"
                read += data
        return bytes(read)

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def raw_peer(server: Server, path: str = "/party/room", *, buffer: int = 0) -> AsyncIterator[RawPeer]:
    """A client after its handshake.

    Args:
        server: what it connects to.
        path: of the room.
        buffer: bytes of the kernel's buffer for what it has not read; the system's default if 0.
    """
    loop = asyncio.get_running_loop()
    with socket.socket() as opened:
        opened.setblocking(False)
        if buffer:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        async with asyncio.timeout(SECONDS):
            await loop.sock_connect(opened, ("127.0.0.1", server.port))
            await loop.sock_sendall(opened, handshake(path))
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += await loop.sock_recv(opened, 1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        yield RawPeer(opened)

"""Hosts under uvicorn with each of its HTTP parsers, and clients that say what they like."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from partyserver import Host, Limits
from partyserver.uvicorn_protocol import PartyWebSocketProtocol
from partyserver.wire.overload import Overload

UPGRADE = (
    b"Host: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


@asynccontextmanager
async def serving(
    app: Any, base: Any, limits: Limits, *, ws: Any = PartyWebSocketProtocol, **settings: Any
) -> AsyncIterator[int]:
    """The application under uvicorn on an ephemeral port of the loopback, which it gives.

    Args:
        app: an ASGI application.
        base: the HTTP class, ours or uvicorn's.
        limits: those of ours.
        ws: the WebSocket class.
        settings: for uvicorn.
    """
    shared = {"limits": limits, "overload": Overload(limits.max_connections)}
    http = type("Http", (base,), shared)
    config = uvicorn.Config(app, http=http, ws=ws, log_config=None, access_log=False, **settings)
    config.load()
    state = ServerState()
    # Without uvicorn's server, which takes 0.2 s to stop.
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config, state, {}),  # type: ignore[call-arg]
        "127.0.0.1",
        0,
    )
    lifespan = app.router.lifespan_context(app) if isinstance(app, Host) else contextlib.nullcontext()
    async with server, lifespan:
        yield server.sockets[0].getsockname()[1]
        for connection in list(state.connections):
            connection.shutdown()
        for task in list(state.tasks):
            task.cancel()


class Client:
    """A TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *pieces: bytes) -> None:
        self.writer.write(b"".join(pieces))

    async def head(self) -> bytes:
        """The head of the next answer; empty where the connection was closed instead."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as error:
                return error.partial

    async def rest(self) -> bytes:
        """What comes until the server closes; it fails where the connection is reset."""
        async with asyncio.timeout(10):
            return await self.reader.read()


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def answered(port: int, *pieces: bytes) -> int:
    """The status of the answer to what is sent, after which the server closes; 0 where there is no answer."""
    async with client(port) as connection:
        connection.send(*pieces)
        answer = await connection.rest()
    assert answer.count(b"HTTP/1.1 ") <= 1
    return int(answer.split(b" ")[1]) if answer else 0

"""A host that echoes, served in each of the ways that a WebSocket can take."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator
from typing import Any, Literal, get_args

import uvicorn
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from partyserver import Connection, Host, Limits, PartyServer
from partyserver.uvicorn_protocol import PartyWebSocketProtocol

Way = Literal["direct", "asgi", "uvicorn"]
"""`direct`: our protocol class, whose WebSocket the host takes over; `asgi`: our class, below a middleware
that replaces `receive`; `uvicorn`: uvicorn's own class."""

WAYS: tuple[Way, ...] = get_args(Way)

NO_LIMITS = Limits(**{field.name: 0 for field in dataclasses.fields(Limits)})
LARGEST = 64 * 1_024 * 1_024


class Echo(PartyServer):
    """Sends every message back."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)


class Between:
    """A middleware that replaces `receive`, as one that measures or filters does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> Any:
            return await receive()

        await self._app(scope, received, send)


@contextlib.asynccontextmanager
async def echoing(way: Way, *, deflate: bool = False, max_size: int = LARGEST) -> AsyncIterator[int]:
    """Serve the echo while the context lasts; gives its port on the loopback.

    Args:
        way: how.
        deflate: whether to negotiate per-message-deflate.
        max_size: bytes of a message at most.
    """
    host = Host({"main": Echo}, middleware=[Middleware(Between)] if way == "asgi" else [], limits=NO_LIMITS)
    config = uvicorn.Config(
        host,
        ws=WebSocketsSansIOProtocol if way == "uvicorn" else PartyWebSocketProtocol,
        ws_max_size=max_size,
        ws_per_message_deflate=deflate,
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=2_048)) as listener:
        task = asyncio.create_task(server._serve([listener]))
        while not server.started:
            await asyncio.sleep(0.01)
            if task.done():
                await task
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task

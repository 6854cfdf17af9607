"""A host with a room, for pages that show what `Host.admin` answers: it really does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from partyserver import Connection, Host, PartyServer, Request, Response, SystemClock

NOON = 1_767_268_800_000
"""Of 2026-01-01, in milliseconds since the epoch."""

_URL = "http://localhost:1999"


class Chat(PartyServer):
    """Keeps what was said last, and rings an hour later."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put("last", message)
        await self.room.storage.set_alarm(NOON + 3_600_000)
        self.room.broadcast(message)

    async def on_request(self, request: Request) -> Response:
        return Response("hello")


class Lobby(PartyServer):
    """A party without a room so far."""


class _Noon(SystemClock):
    def now(self) -> int:
        return NOON


@asynccontextmanager
async def sample_host() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a host: its party `main` has the room `kitchen`, with one connection, which has sent a
    message. The admin application is at `/admin`."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request, on the terminal
    host = Host({"main": Chat, "lobby": Lobby}, clock=_Noon())
    app = Starlette(routes=[Mount("/admin", host.admin), Mount("/", host)])
    async with (
        host.lifespan(),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=_URL) as client,
    ):
        await client.get("/party/kitchen")
        received: asyncio.Queue[Any] = asyncio.Queue()
        sent: asyncio.Queue[Any] = asyncio.Queue()
        for event in ({"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hi"}):
            received.put_nowait(event)
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "server": ("localhost", 1999),
            "path": "/party/kitchen",
            "raw_path": b"/party/kitchen",
            "query_string": b"_pk=anna",
            "headers": [(b"host", b"localhost:1999")],
            "subprotocols": [],
        }
        socket = asyncio.create_task(host(scope, received.get, sent.put))
        while (await sent.get())["type"] != "websocket.send":
            continue
        yield client
        received.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await socket

"""Without `debug` no message of an unexpected exception, no traceback and no path leaves the host."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from partyserver import (
    Connection,
    ConnectionContext,
    EdgeSocket,
    ExecutionContext,
    Host,
    Lobby,
    PartyServer,
    Request,
    Response,
    Room,
)
from pkcompat.serving.server import serving

SECRET = "postgres://admin:hunter2@db"
TELLTALE = (b"hunter2", b"Traceback", b".py", b"partyserver", b"Error(")


class SecretError(Exception):
    """Its message is a secret."""

    def __init__(self) -> None:
        super().__init__(SECRET)


class Leaky(PartyServer):
    """Raises in whatever handler its room's id names."""

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self._raise_in("init")

    def _raise_in(self, place: str) -> None:
        if self.room.id == place:
            raise SecretError

    def on_start(self) -> None:
        self._raise_in("start")

    def get_connection_tags(self, connection: Connection, ctx: ConnectionContext) -> Any:
        self._raise_in("tags")
        return SECRET if self.room.id == "str" else [SECRET * 20] if self.room.id == "long" else ()

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        self._raise_in("connect")
        if self.room.id == "value":
            await self.room.storage.put(SECRET, object())
        if self.room.id == "exit":
            raise SystemExit(SECRET)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        self._raise_in("message")
        if self.room.id == "close":
            sender.close(99, SECRET)

    def on_request(self, request: Request) -> Any:
        self._raise_in("request")
        if self.room.id == "dict":
            return {SECRET: SECRET}
        if self.room.id == "header":
            return Response(headers={"x": f"{SECRET}\n"})
        if self.room.id == "stream":
            return StreamingResponse(self._stream())
        return self.room.context.parties["main"].get("request").fetch()

    async def _stream(self) -> Any:
        yield b"some"
        raise SecretError

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Any:
        if lobby.id == "hook":
            raise SecretError
        return SECRET if lobby.id == "type" else request

    on_before_request = on_before_connect

    @staticmethod
    def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        raise SecretError

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
        raise SecretError


class LeakyMiddleware:
    """Middleware that raises."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"] == "/middleware":
            raise SecretError
        await self._app(scope, receive, send)


async def leaky_route(request: Any) -> Response:
    raise SecretError


PLACES = (
    "init", "start", "tags", "str", "long", "connect", "value", "exit", "message", "close", "request", "dict",
    "header", "stream", "other", "hook", "type",
)  # fmt: skip
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
TEXT_FRAME = b"\x81\x81\0\0\0\0x"
CLOSE_FRAME = b"\x88\x80\0\0\0\0"


async def all_that_comes(port: int, path: str, *, upgrade: bool) -> bytes:
    """Every byte that a client gets."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = UPGRADE if upgrade else "Connection: close\r\n"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    got = b""
    if upgrade:
        with contextlib.suppress(asyncio.IncompleteReadError):
            got = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        writer.write(TEXT_FRAME + CLOSE_FRAME)
    with contextlib.suppress(ConnectionError):
        got += await asyncio.wait_for(reader.read(-1), 5)
    writer.close()
    return got


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("layers", [False, True])
async def test_what_leaves(layers: bool, debug: bool) -> None:
    extras: dict[str, Any] = {}
    if layers:
        extras["middleware"] = [Middleware(LeakyMiddleware)]
        extras["routes"] = [Route("/route", leaky_route), WebSocketRoute("/ws", leaky_route)]
    host = Host({"main": Leaky}, debug=debug, **extras)
    seen: dict[str, bytes] = {}
    async with serving(host) as address:
        paths = [f"/party/{place}" for place in PLACES]
        for path in (*paths, "/route", "/ws", "/middleware", "/edge", "/parties/none/r"):
            for upgrade in (False, True):
                seen[f"{path} {upgrade}"] = await all_that_comes(address.port, path, upgrade=upgrade)
    assert all(seen.values()), [place for place, got in seen.items() if not got]
    leaks = {place for place, got in seen.items() if any(each in got for each in TELLTALE)}
    if debug:
        assert {"/party/connect True", "/party/request False", "/party/hook False", "/edge False"} <= leaks
    else:
        assert leaks == set()

"""Rooms without a network: a host, and clients whose transport is a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp

from partyserver import Connection, Host, PartyServer
from partyserver.events import CloseEvent, ErrorEvent, MessageEvent
from partyserver.exceptions import ProtocolError
from partyserver.rooms.runner import RoomRunner


class Wire:
    """A transport that keeps what was sent; `("close", code, reason)` for a close."""

    frames = None

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: str | bytes) -> None:
        self.sent.append(message)

    def close(self, code: int | None, reason: str) -> None:
        self.sent.append(("close", code, reason))

    def fail(self, code: int, reason: str) -> None:
        self.sent = [("close", code, reason)]

    async def drain(self) -> None:
        pass


class Client:
    """A client of a room."""

    def __init__(self, room: RoomRunner, connection_id: str) -> None:
        self.room = room
        self.wire = Wire()
        self.connection = Connection(
            connection_id, f"http://test/party/{room.room_id}?_pk={connection_id}", self.wire
        )

    async def connect(self) -> Client:
        await self.room.connect(self.connection, handshake())
        return self

    def send(self, message: str | bytes) -> None:
        self.room.dispatch(self.connection, MessageEvent(message))

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.room.dispatch(self.connection, CloseEvent(code, reason))

    def break_protocol(self) -> None:
        self.room.dispatch(self.connection, ErrorEvent(ProtocolError(1002, "bad opcode")))

    @property
    def received(self) -> list[Any]:
        """What came since this was last asked."""
        sent, self.wire.sent = self.wire.sent, []
        return sent


class Server:
    """A host whose parties are reached without sockets."""

    def __init__(self, *parties: type[PartyServer], **options: Any) -> None:
        names = ["main", *(party.__name__.lower() for party in parties[1:])]
        self.host = Host(dict(zip(names, parties, strict=True)), debug=True, **options)

    def room(self, room_id: str = "room", party: str = "main") -> RoomRunner:
        return self.host._open_room(party, room_id)

    async def connect(self, connection_id: str, room_id: str = "room") -> Client:
        return await Client(self.room(room_id), connection_id).connect()

    async def http(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.host)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)


class AsgiSocket:
    """A WebSocket client of an ASGI application."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.sent: list[Any] = []
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._events.put_nowait({"type": "websocket.connect"})
        path, _, query = path.partition("?")
        scope = {**handshake(path, query).scope, "type": "websocket", "scheme": "ws", "subprotocols": []}
        self._task = asyncio.ensure_future(app(scope, self._events.get, self._take))

    async def _take(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    def send(self, text: str) -> None:
        self._events.put_nowait({"type": "websocket.receive", "text": text})

    async def leave(self) -> None:
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self._task

    @property
    def received(self) -> list[Any]:
        """What came since this was last asked: texts, `"accept"`, `("close", code, reason)`."""
        sent, self.sent = self.sent, []
        return [_told(message) for message in sent]


def _told(message: MutableMapping[str, Any]) -> Any:
    match message:
        case {"type": "websocket.send", "text": text}:
            return text
        case {"type": "websocket.close"}:
            return ("close", message["code"], message["reason"])
        case _:
            return message["type"].removeprefix("websocket.")


def handshake(path: str = "/party/room", query: str = "") -> Request:
    """The request of a handshake."""
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"test")],
    }
    return Request(scope)


@asynccontextmanager
async def running(host: Host) -> AsyncIterator[None]:
    """The host between its lifespan's start and end."""
    async with host.router.lifespan_context(host):
        yield


async def settle() -> None:
    """Let everything that needs no time happen."""
    for _ in range(50):
        await asyncio.sleep(0)


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for a condition, at most so long."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)

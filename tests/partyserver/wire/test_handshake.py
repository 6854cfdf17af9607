"""What only a real socket shows: handshakes, closes, protocol errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.partyserver.uvicorn_server import Server, running, server_of
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

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
)
from partyserver.uvicorn_protocol import PartyWebSocketProtocol

WebSocketClass = type[PartyWebSocketProtocol] | str
CLASSES = [PartyWebSocketProtocol, "websockets-sansio"]


@asynccontextmanager
async def serving(host: Host, ws: Any = PartyWebSocketProtocol) -> AsyncIterator[str]:
    """The host under uvicorn on an ephemeral port of the loopback; gives `ws://...`."""
    async with running(server_of(Server, host, ws=ws, log_level="critical"), starts_within=10) as server:
        yield f"ws://127.0.0.1:{server.port}"


class Watched(PartyServer):
    """Tells the connection `watcher` what happens to the others."""

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if connection.id == "watcher":
            self.watcher = connection
        connection.add_event_listener(
            "close", lambda e: self.tell(f"event {e.code} {e.reason!r} {e.was_clean}")
        )
        connection.send("early")
        if connection.id == "bad":
            raise LookupError("no room for bad")

    def tell(self, text: str) -> None:
        self.watcher.send(text)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "close":
            sender.close()
        elif message == "close 4001":
            sender.send("last words")
            sender.close(4001, "bye")
        elif isinstance(message, str) and message.startswith("close "):
            sender.close(int(message.removeprefix("close ")), "bye")
        elif message == "tell":
            self.tell("told")
        elif message == "many":
            for number in range(200):
                await sender.send(b"x" * 50_000 + str(number).encode())
        else:
            sender.send(message)

    def on_close(self, connection: Connection) -> None:
        self.tell(f"on_close {connection.id}")

    def on_error(self, connection: Connection, error: Exception) -> None:
        self.tell(f"on_error {connection.id} {error.code}")  # type: ignore[attr-defined]

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
        if socket.request.url.path == "/throw":
            raise LookupError("socket exploded")
        socket.send(f"edge {socket.request.url.path}")
        socket.add_event_listener("message", lambda event: socket.send(f"edge echo {event.data}"))

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request | Response | None:
        token = request.query_params.get("token")
        if token == "boom":
            raise LookupError("token exploded")
        return Response(f"denied in {lobby.id}", 403) if token == "wrong" else None


async def received(client: ClientConnection) -> Any:
    return await asyncio.wait_for(client.recv(), 5)


async def closed(client: ClientConnection) -> tuple[int | None, str | None]:
    with pytest.raises(ConnectionClosed):
        await received(client)
    return client.close_code, client.close_reason


@asynccontextmanager
async def watched(ws: Any) -> AsyncIterator[tuple[str, ClientConnection]]:
    async with serving(Host({"main": Watched}, debug=True), ws) as base:
        async with connect(f"{base}/party/room?_pk=watcher") as watcher:
            assert await received(watcher) == "early"
            yield base, watcher


async def test_messages_of_both_kinds() -> None:
    async with watched(PartyWebSocketProtocol) as (base, _), connect(f"{base}/party/room?_pk=a") as a:
        assert await received(a) == "early"
        for message in ("text é", b"\0\xff", "", b""):
            await a.send(message)
            assert await received(a) == message
        await a.send(["in ", "two ", "frames"])
        assert await received(a) == "in two frames"


async def test_an_error_in_on_connect_closes_with_1011_and_nothing_before() -> None:
    async with watched(PartyWebSocketProtocol) as (base, _), connect(f"{base}/party/room?_pk=bad") as bad:
        assert await closed(bad) == (1011, "no room for bad")


async def test_without_debug_the_message_stays_inside() -> None:
    async with serving(Host({"main": Watched})) as base:
        async with connect(f"{base}/party/room?_pk=watcher"), connect(f"{base}/party/room?_pk=bad") as bad:
            assert await closed(bad) == (1011, "Internal error")


@pytest.mark.parametrize("ws", CLASSES)
async def test_closing_from_the_server(ws: WebSocketClass) -> None:
    async with watched(ws) as (base, watcher):
        async with connect(f"{base}/party/room?_pk=a") as a:
            await received(a)
            await a.send("close 4001")
            assert await received(a) == "last words"
            assert await closed(a) == (4001, "bye")
        assert [await received(watcher) for _ in range(2)] == ["on_close a", "event 4001 'bye' True"]
        async with connect(f"{base}/party/room?_pk=b") as b:
            await received(b)
            await b.send("close")
            assert await closed(b) == (1005, "")


@pytest.mark.parametrize("ws", CLASSES)
@pytest.mark.parametrize("code", [1002, 1007, 1009])
async def test_a_server_that_closes_with_the_code_of_a_protocol_error_met_none(
    ws: WebSocketClass, code: int
) -> None:
    async with watched(ws) as (base, watcher), connect(f"{base}/party/room?_pk=a") as a:
        await received(a)
        await a.send(f"close {code}")
        assert await closed(a) == (code, "bye")
        assert [await received(watcher) for _ in range(2)] == ["on_close a", f"event {code} 'bye' True"]


@pytest.mark.parametrize("ws", CLASSES)
async def test_closing_from_the_client(ws: WebSocketClass) -> None:
    async with watched(ws) as (base, watcher):
        async with connect(f"{base}/party/room?_pk=a") as a:
            await received(a)
            await a.close(4321, "bye")
        assert [await received(watcher) for _ in range(2)] == ["on_close a", "event 4321 'bye' True"]


async def test_a_dead_tcp_connection_is_on_close() -> None:
    async with watched(PartyWebSocketProtocol) as (base, watcher):
        async with connect(f"{base}/party/room?_pk=a") as a:
            await received(a)
            a.transport.abort()
            assert [await received(watcher) for _ in range(2)] == [
                "on_close a",
                "event 1006 'WebSocket disconnected without sending Close frame.' False",
            ]


def masked(header: int, payload: bytes) -> bytes:
    return bytes([header, 0x80 | len(payload)]) + bytes(4) + payload


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(0x83, b""), 1002),  # an unknown opcode
        (masked(0xA1, b""), 1002),  # a reserved bit
        (bytes([0x81, 0x00]), 1002),  # not masked
        (masked(0x81, b"\xff"), 1007),  # text that is no UTF-8
    ],
)
async def test_a_protocol_error_is_on_error(frame: bytes, code: int) -> None:
    async with watched(PartyWebSocketProtocol) as (base, watcher):
        async with connect(f"{base}/party/room?_pk=a") as a:
            await received(a)
            a.transport.write(masked(0x81, b"tell") + frame)
            assert (await closed(a))[0] == code
        assert [await received(watcher) for _ in range(2)] == ["told", f"on_error a {code}"]


async def test_a_client_that_sends_close_1002_made_no_protocol_error() -> None:
    async with watched(PartyWebSocketProtocol) as (base, watcher):
        async with connect(f"{base}/party/room?_pk=a") as a:
            await received(a)
            await a.close(1002, "you did")
        assert await received(watcher) == "on_close a"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/party/room?token=wrong", 403, b"denied in room"),
        ("/party/room?token=boom", 401, b"token exploded"),
        ("/parties/nope/room", 404, b"Party nope not found"),
        ("/throw", 500, b"socket exploded"),
    ],
)
async def test_refused_handshakes(path: str, status: int, text: bytes) -> None:
    async with watched(PartyWebSocketProtocol) as (base, _):
        with pytest.raises(InvalidStatus) as caught:
            await connect(base + path)
        assert (caught.value.response.status_code, caught.value.response.body) == (status, text)


async def test_a_socket_whose_path_is_no_room() -> None:
    async with watched(PartyWebSocketProtocol) as (base, _), connect(f"{base}/some/socket") as edge:
        assert await received(edge) == "edge /some/socket"
        await edge.send("x")
        assert await received(edge) == "edge echo x"


async def test_without_on_socket_such_a_path_is_not_found() -> None:
    class Main(PartyServer):
        pass

    async with serving(Host({"main": Main})) as base:
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"{base}/some/socket")
        assert (caught.value.response.status_code, caught.value.response.body) == (404, b"Not found")


async def test_awaiting_send_waits_for_a_slow_peer() -> None:
    async with watched(PartyWebSocketProtocol) as (base, _):
        async with connect(f"{base}/party/room?_pk=a", max_queue=1) as a:
            await received(a)
            await a.send("many")
            numbers = [int((await received(a))[50_000:]) for _ in range(200)]
            assert numbers == list(range(200))


async def test_the_handshake_is_answered_once_on_connect_is_done() -> None:
    release = asyncio.Event()

    class Slow(PartyServer):
        async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            await release.wait()
            connection.send("ready")

    async with serving(Host({"main": Slow})) as base:
        connecting = asyncio.ensure_future(connect(f"{base}/party/room").__aenter__())
        done, _ = await asyncio.wait([connecting], timeout=0.1)
        assert not done
        release.set()
        client = await asyncio.wait_for(connecting, 5)
        assert await received(client) == "ready"
        await client.close()

"""A WebSocket under uvicorn after its handshake: what goes over the wire, byte by byte."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.partyserver import uvicorn_server
from tests.partyserver.in_process import settle
from tests.partyserver.wires import FakeTransport, Received, client_frame, open_websocket, text_frame
from tests.partyserver.wires import connected as connections
from websockets.frames import Opcode

from partyserver import Connection, ConnectionContext, Host, PartyServer
from partyserver.uvicorn_protocol import PartyWebSocketProtocol
from partyserver.wire.closing_state import OPEN
from partyserver.wire.frames import encode_frame
from partyserver.wire.open_websocket import OpenWebSocket

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
SECONDS = 5
FLOOD = 400  # messages of 64 KiB: more than the kernel's buffers hold
HANDSHAKE = (
    b"GET /party/room HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Server(uvicorn_server.Server):
    """Knows the WebSockets that are open."""

    @property
    def open_websockets(self) -> list[OpenWebSocket]:
        return [found for found in self.server_state.connections if isinstance(found, OpenWebSocket)]


@asynccontextmanager
async def serving(app: ASGIApp, **config: Any) -> AsyncIterator[Server]:
    options = {"log_level": "critical", **config}
    server = uvicorn_server.server_of(Server, app, ws=PartyWebSocketProtocol, **options)
    async with uvicorn_server.running(server, starts_within=SECONDS):
        yield server


class RawClient:
    """The client's end of a TCP connection, which answers nothing by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def frame(self) -> tuple[int, bytes]:
        """The next frame's first byte and payload."""
        async with asyncio.timeout(SECONDS):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2))
            elif length == 127:
                length = int.from_bytes(await self.reader.readexactly(8))
            return first, await self.reader.readexactly(length)

    async def end(self) -> None:
        """Return once the server has closed the TCP connection."""
        async with asyncio.timeout(SECONDS):
            assert await self.reader.read() == b""

    def send(self, first: int, payload: bytes = b"") -> None:
        self.writer.write(frame(first, payload))


def frame(first: int, payload: bytes = b"", *, mask: bool = True) -> bytes:
    return bytes([first, 0x80 * mask | len(payload)]) + bytes(4 * mask) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return code.to_bytes(2) + reason.encode()


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[RawClient]:
    """A client after its handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HANDSHAKE)
    async with asyncio.timeout(SECONDS):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()


class Told(PartyServer):
    """Says what it is told, and notes how connections end."""

    def __init__(self, room: Any) -> None:
        super().__init__(room)
        self.ends: asyncio.Queue[Any] = asyncio.Queue()
        Told.latest = self

    latest: Told

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.add_event_listener(
            "close", lambda event: self.ends.put_nowait((event.code, event.reason, event.was_clean))
        )
        connection.add_event_listener("error", lambda event: self.ends.put_nowait(event.message))

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "close":
            sender.close(4001, "bye")
        elif message == "flood":
            for _ in range(FLOOD):
                await sender.send(b"x" * 65_536)
            sender.send("flooded")
        else:
            sender.send(f"{type(message).__name__} {message!r}")


async def ended() -> Any:
    return await asyncio.wait_for(Told.latest.ends.get(), SECONDS)


@pytest.mark.parametrize("http", ["h11", "httptools"])
async def test_a_host_takes_its_websockets_over(http: str) -> None:
    pytest.importorskip(http)
    async with serving(Host({"main": Told}), http=http) as server, connected(server) as client:
        client.send(TEXT, b"x")
        assert await client.frame() == (TEXT, b"str 'x'")
        assert len(server.open_websockets) == len(server.server_state.connections) == 1
        assert not server.server_state.tasks


async def test_messages_in_fragments_with_a_ping_between_them() -> None:
    async with serving(Host({"main": Told})) as server, connected(server) as client:
        client.writer.write(frame(0x01, "é".encode()[:1]) + frame(PING, b"?") + frame(0x80, "é".encode()[1:]))
        assert await client.frame() == (PONG, b"?")
        assert await client.frame() == (TEXT, "str 'é'".encode())
        client.writer.write(frame(0x02, b"a") + frame(0x00, b"b") + frame(0x80, b"c"))
        assert await client.frame() == (TEXT, b"bytes b'abc'")


async def test_frames_that_come_during_on_connect_wait_for_it() -> None:
    release = asyncio.Event()

    class Slow(Told):
        async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            await release.wait()
            connection.send("connected")

    async with serving(Host({"main": Slow})) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HANDSHAKE)
        async with asyncio.timeout(SECONDS):
            while not server.server_state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        writer.write(
            frame(TEXT, b"1") + frame(TEXT, b"2") + frame(TEXT, b"3")[:3]
        )  # the last one in two parts
        for _ in range(20):
            await asyncio.sleep(0)
        release.set()
        async with asyncio.timeout(SECONDS):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(frame(TEXT, b"3")[3:])
        client = RawClient(reader, writer)
        texts = [(await client.frame())[1] for _ in range(4)]
        assert texts == [b"connected", b"str '1'", b"str '2'", b"str '3'"]
        writer.close()


async def test_a_client_that_closes_during_on_connect() -> None:
    release = asyncio.Event()

    class Slow(Told):
        async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            super().on_connect(connection, ctx)
            await release.wait()

    async with serving(Host({"main": Slow})) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HANDSHAKE)
        async with asyncio.timeout(SECONDS):
            while not server.server_state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
            writer.transport.abort()
            while server.server_state.connections:  # noqa: ASYNC110 - nor for this
                await asyncio.sleep(0.01)
        release.set()
        assert (await ended())[0] == 1006
        assert server.open_websockets == []


async def test_what_comes_after_a_close_from_the_server_is_dropped_until_the_answer() -> None:
    async with serving(Host({"main": Told})) as server, connected(server) as client:
        client.send(TEXT, b"close")
        assert await client.frame() == (CLOSE, close_frame(4001, "bye"))
        assert await ended() == (4001, "bye", True)
        client.writer.write(frame(TEXT, b"late") + frame(CLOSE, close_frame(4001, "bye")))
        await client.end()
        assert server.server_state.connections == set()


async def test_a_close_is_answered_and_told_once() -> None:
    async with serving(Host({"main": Told})) as server, connected(server) as client:
        client.writer.write(frame(TEXT, b"1") + frame(CLOSE, close_frame(4000, "bye")))
        assert await client.frame() == (CLOSE, close_frame(4000, "bye"))
        await client.end()
        assert await ended() == (4000, "bye", True)
        assert Told.latest.ends.empty()


async def test_text_that_is_no_utf_8() -> None:
    async with serving(Host({"main": Told})) as server, connected(server) as client:
        client.send(TEXT, b"\xff")
        assert await client.frame() == (CLOSE, close_frame(1007))
        await client.end()
        assert await ended() == "close code 1007"


async def test_awaiting_send_waits_while_the_client_does_not_read() -> None:
    async with serving(Host({"main": Told})) as server, connected(server) as client:
        client.send(TEXT, b"flood")
        async with asyncio.timeout(SECONDS):
            while not server.open_websockets[0].frames.is_paused:  # noqa: ASYNC110 - asyncio has no event for it
                await asyncio.sleep(0.01)
        for _ in range(FLOOD):
            assert await client.frame() == (BINARY, b"x" * 65_536)
        assert await client.frame() == (TEXT, b"flooded")


async def test_a_send_that_waits_ends_with_the_connection() -> None:
    async with serving(Host({"main": Told})) as server, connected(server) as client:
        client.send(TEXT, b"flood")
        async with asyncio.timeout(SECONDS):
            while not server.open_websockets[0].frames.is_paused:  # noqa: ASYNC110 - asyncio has no event for it
                await asyncio.sleep(0.01)
        client.writer.transport.abort()
        assert (await ended())[0] == 1006


async def test_pings_are_sent_and_a_missing_pong_ends_the_connection() -> None:
    config = {"ws_ping_interval": 0.05, "ws_ping_timeout": 0.1}
    async with serving(Host({"main": Told}), **config) as server, connected(server) as client:
        for _ in range(2):
            first, payload = await client.frame()
            assert first == PING
            client.send(PONG, b"stale")
            client.send(PONG, payload)
        assert (await client.frame())[0] == PING
        assert await client.frame() == (CLOSE, close_frame(1011, "keepalive ping timeout"))
        await client.end()
        assert (await ended())[0] == 1006


async def test_without_a_timeout_pings_go_on_unanswered() -> None:
    config = {"ws_ping_interval": 0.02, "ws_ping_timeout": None}
    async with serving(Host({"main": Told}), **config) as server, connected(server) as client:
        assert [(await client.frame())[0] for _ in range(3)] == [PING] * 3


async def test_the_servers_end_closes_with_1012() -> None:
    async with serving(Host({"main": Told})) as server:
        async with connected(server) as client, connected(server) as closing:
            closing.send(TEXT, b"close")
            assert await closing.frame() == (CLOSE, close_frame(4001, "bye"))
            assert await ended() == (4001, "bye", True)
            server.should_exit = True
            assert await client.frame() == (CLOSE, close_frame(1012))
            await client.end()
            await closing.end()
            assert await ended() == (1012, "", True)


async def test_with_compression_messages_are_the_same() -> None:
    from websockets.asyncio.client import connect

    text = os.urandom(2_000).hex()
    async with serving(Host({"main": Told})) as server:
        async with connect(f"ws://127.0.0.1:{server.port}/party/room") as client:
            assert client.protocol.extensions
            for _ in range(2):
                await client.send(text)
                assert await asyncio.wait_for(client.recv(), SECONDS) == f"str {text!r}"


class Watching:
    """ASGI middleware that sees a WebSocket's messages."""

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self.app, self.seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def seen_receive() -> Message:
            message = await receive()
            self.seen.append(message["type"])
            return message

        await self.app(scope, seen_receive, send)
        self.seen.append("returned")


@pytest.mark.parametrize("inside", [True, False])
async def test_where_middleware_watches_a_websocket_it_sees_everything(inside: bool) -> None:
    seen: list[str] = []
    if inside:
        app: ASGIApp = Host({"main": Told}, middleware=[Middleware(Watching, seen=seen)])
    else:
        app = Watching(Host({"main": Told}), seen)
    async with serving(app, lifespan="on") as server:
        seen.clear()
        async with connected(server) as client:
            client.send(TEXT, b"x")
            assert await client.frame() == (TEXT, b"str 'x'")
            assert server.open_websockets == []
            client.send(CLOSE, close_frame(1000))
            assert await client.frame() == (CLOSE, close_frame(1000))
        async with asyncio.timeout(SECONDS):
            while seen[-1:] != ["returned"]:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        kinds = ["websocket.connect", "websocket.receive", "websocket.disconnect", "returned"]
        assert seen == kinds


OPCODES = st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.PING, Opcode.PONG, Opcode.CLOSE])
LIMIT = 300


@st.composite
def client_bytes(draw: st.DrawFn) -> bytes:
    """What a client may send: messages mostly, whole or in fragments, and now and then something broken."""
    frames: list[bytes] = []
    for _ in range(draw(st.integers(1, 8))):
        data = draw(st.sampled_from([b"", b"x", "é€".encode(), b"\xff", b"y" * 126, b"z" * (LIMIT + 1)]))
        match draw(st.integers(0, 9)):
            case 0:
                frames.append(client_frame(draw(OPCODES), data[:125], fin=draw(st.booleans())))
            case 1:
                frames.append(draw(st.binary(max_size=8)))
            case 2:
                frames += [
                    client_frame(Opcode.TEXT, data, fin=False),
                    client_frame(Opcode.PING, b"?"),
                    client_frame(Opcode.CONT, b"rest"),
                ]
            case 3:
                frames.append(client_frame(Opcode.CLOSE, close_frame(1000)))
            case _:
                frames.append(client_frame(draw(st.sampled_from([Opcode.TEXT, Opcode.BINARY])), data[:126]))
    return b"".join(frames)


def received(packets: Iterable[bytes], *, parser_alone: bool) -> tuple[list[Any], bytes, bool]:
    """What is delivered, what is answered, and whether the connection was closed."""
    transport, receiver = FakeTransport(), Received()
    loop = asyncio.new_event_loop()
    opened = open_websocket(transport, receiver, loop=loop, early_data=parser_alone, max_size=LIMIT)
    for packet in packets:
        if packet and not transport.is_closing():
            opened.data_received(packet)
    opened.frames.write_now()
    loop.close()
    return receiver.events, b"".join(transport.writes), transport.is_closing()


@given(client_bytes(), st.lists(st.integers(1, 400), max_size=6))
@example(b"\x00~", [])  # the mask is missed before the length is there
@settings(max_examples=300)
def test_messages_that_are_read_without_the_parser_are_those_that_it_reads(
    data: bytes, lengths: list[int]
) -> None:
    ends = [*itertools.accumulate(lengths), len(data)]
    packets = [data[start:end] for start, end in itertools.pairwise([0, *ends])]
    # By single bytes, as the parser finds what is wrong in a packet before what comes first is delivered.
    expected = received([data[place : place + 1] for place in range(len(data))], parser_alone=True)
    assert received(packets, parser_alone=False) == expected


async def test_a_message_and_a_close_of_one_turn_leave_in_their_order() -> None:
    class Parting(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.room.broadcast("all")
            sender.send("last words")
            sender.close(4001, "bye")
            self.room.broadcast("the others")

    async with connections(Host({"main": Parting}), "/party/room", "/party/room") as (one, other):
        one.protocol.data_received(text_frame("x"))
        await settle()
        assert b"".join(one.writes) == (
            encode_frame("all")
            + encode_frame("last words")
            + frame(CLOSE, close_frame(4001, "bye"), mask=False)
        )
        assert b"".join(other.writes) == encode_frame("all") + encode_frame("the others")


async def test_nothing_is_written_behind_a_close_frame() -> None:
    config = {"ws_ping_interval": 0.02, "ws_ping_timeout": 0.02}
    async with serving(Host({"main": Told}), **config) as server, connected(server) as client:
        [opened] = server.open_websockets
        assert (await client.frame())[0] == PING
        async with asyncio.timeout(SECONDS):
            while opened._state is OPEN:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0)
            Told.latest.room.broadcast("late")
        assert await client.frame() == (CLOSE, close_frame(1011, "keepalive ping timeout"))
        await client.end()


@pytest.mark.parametrize("wait", [False, True])
async def test_a_peer_that_does_not_read_holds_up_nobody_else(wait: bool) -> None:
    class Relay(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            sent = self.room.broadcast(message)
            if wait:
                await sent
                sender.send("done")

    async with connections(Host({"main": Relay}), "/party/room", "/party/room") as (fast, slow):
        slow.full = 1
        slow.protocol.pause_writing()
        for text in ("1", "2"):
            fast.protocol.data_received(text_frame(text))
            await settle()
        assert slow.writes == []
        assert encode_frame("done") not in b"".join(fast.writes)
        slow.drain()
        await settle()
        assert b"".join(slow.writes) == encode_frame("1") + encode_frame("2")
        done = encode_frame("done") * 2 * wait
        assert b"".join(fast.writes) == encode_frame("1") + encode_frame("2") + done

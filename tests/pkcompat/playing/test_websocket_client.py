"""Against websockets' own server, so that client and server are not of one hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.uri import parse_uri

from pkcompat.playing.websocket_client import WebSocketClient
from pkcompat.traffic.steps import Close, Headers
from pkcompat.traffic.transcript import Closed, Event, Message

Handler = Callable[[ServerConnection], Awaitable[None]]
quiet = logging.getLogger("test_websocket_client")
quiet.setLevel(logging.CRITICAL)


class Connected:
    """A client, and what it received."""

    def __init__(self, client: WebSocketClient, events: asyncio.Queue[Event]) -> None:
        self.client = client
        self.events = events

    async def next(self) -> Event:
        return await asyncio.wait_for(self.events.get(), 5)


async def connect(server: Server, headers: Headers = ()) -> Connected:
    host, port = next(iter(server.sockets)).getsockname()[:2]
    events: asyncio.Queue[Event] = asyncio.Queue()
    protocol = ClientProtocol(parse_uri("ws://name.test:1/path?q=1"), max_size=None)
    client = WebSocketClient(protocol, headers, events.put_nowait)
    await asyncio.get_running_loop().create_connection(lambda: client, host, port)
    await asyncio.wait_for(asyncio.shield(client.opened), 5)
    return Connected(client, events)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Server]:
    async with serve(handler, "127.0.0.1", 0, logger=quiet, max_size=None, compression=None) as server:
        yield server


async def echo(connection: ServerConnection) -> None:
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


async def test_texts_and_binary_messages_of_any_size() -> None:
    async with serving(echo) as server:
        connected = await connect(server)
        for data in ("é", b"\x00\xff", "", b"", "x" * 3_000_000):
            await connected.client.send(data)
            assert await connected.next() == Message(data)


async def test_the_request_has_path_host_and_headers() -> None:
    async def tell(connection: ServerConnection) -> None:
        assert connection.request is not None
        headers = connection.request.headers
        await connection.send(" ".join([connection.request.path, headers["Host"], *headers.get_all("x-a")]))

    async with serving(tell) as server:
        connected = await connect(server, (("x-a", "1"), ("X-A", "2")))
        assert await connected.next() == Message("/path?q=1 name.test:1 1 2")
        connected = await connect(server, (("host", "own"),))
        assert await connected.next() == Message("/path?q=1 own")


async def test_a_fragmented_message_is_one_event() -> None:
    async def fragments(connection: ServerConnection) -> None:
        await connection.send(iter(["one ", "two ", "three"]))
        await connection.send(iter([b"1", b"2"]))

    async with serving(fragments) as server:
        connected = await connect(server)
        assert await connected.next() == Message("one two three")
        assert await connected.next() == Message(b"12")


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (4001, "bye é")])
async def test_a_close_by_the_server(code: int, reason: str) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.close(code, reason)

    async with serving(close) as server:
        connected = await connect(server)
        assert await connected.next() == Closed(code, reason)


async def test_a_server_that_goes_away_without_a_close_frame_is_1006() -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with serving(abort) as server:
        connected = await connect(server)
        assert await connected.next() == Closed(1006, "")


@pytest.mark.parametrize(
    ("step", "seen"),
    [(Close("a", 4321, "bye"), (4321, "bye")), (Close("a"), (CloseCode.NO_STATUS_RCVD, ""))],
)
async def test_a_close_by_the_client(step: Close, seen: tuple[int, str]) -> None:
    ends: asyncio.Queue[tuple[int | None, str | None]] = asyncio.Queue()

    async def note_end(connection: ServerConnection) -> None:
        await connection.wait_closed()
        ends.put_nowait((connection.close_code, connection.close_reason))

    async with serving(note_end) as server:
        connected = await connect(server)
        await connected.client.close(step)
        assert await asyncio.wait_for(ends.get(), 5) == seen
        await connected.client.send("too late")
        await connected.client.close(step)


async def test_a_drop_sends_no_close_frame() -> None:
    ends: asyncio.Queue[int | None] = asyncio.Queue()

    async def note_end(connection: ServerConnection) -> None:
        await connection.wait_closed()
        ends.put_nowait(connection.close_code)

    async with serving(note_end) as server:
        connected = await connect(server)
        await connected.client.drop()
        assert await asyncio.wait_for(ends.get(), 5) == CloseCode.ABNORMAL_CLOSURE
        await asyncio.wait_for(connected.client.gone, 5)
        await connected.client.raw(b"too late")
        assert connected.events.empty()


async def test_raw_bytes_break_the_protocol() -> None:
    async with serving(echo) as server:
        connected = await connect(server)
        await connected.client.raw(bytes([0x83, 0x80, 0, 0, 0, 0]))
        end = await connected.next()
        assert isinstance(end, Closed)
        assert end.code == CloseCode.PROTOCOL_ERROR


async def test_a_refused_handshake_is_raised_with_its_response() -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(403, "no")

    async with serve(echo, "127.0.0.1", 0, logger=quiet, process_request=refuse) as server:
        with pytest.raises(InvalidStatus) as error:
            await connect(server)
        assert error.value.response.status_code == 403
        assert error.value.response.body == b"no"

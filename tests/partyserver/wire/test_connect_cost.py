"""What a connection and an HTTP request cost, in calls, tasks, writes and memory. Counted, not timed:
`make bench` measures.

The numbers may fall. Before one is raised, the benchmark should show that it has to be.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.partyserver.call_counting import count_calls, peak_memory
from tests.partyserver.wires import FakeTransport, handshake
from uvicorn.server import ServerState
from websockets import http11
from websockets.datastructures import Headers
from websockets.server import ServerProtocol

from partyserver import Connection, ConnectionContext, Host, Limits, PartyServer
from partyserver.wire.open_websocket import OpenWebSocket
from pkcompat.serving.server import uvicorn_config

UNWATCHED = Limits(slow_handler=0, stuck_handler=0)  # a watchdog looks when it likes
TURNS = 12  # of the event loop, in which everything that a packet causes has happened
REQUEST = b"GET /party/room HTTP/1.1\r\nHost: test\r\n\r\n"


class Plain(PartyServer):
    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.state = ctx.request

    def on_request(self, request: Request) -> Response:
        return Response("answer")


class Awaiting(PartyServer):
    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.state = ctx.request

    async def on_request(self, request: Request) -> Response:
        return Response("answer")


Connect = Callable[[], FakeTransport]


@asynccontextmanager
async def server(party: type[PartyServer]) -> AsyncIterator[Connect]:
    """What connects a client to a host, with nothing received yet."""
    host = Host({"main": party}, limits=UNWATCHED)
    config = uvicorn_config(host)
    config.load()
    state = ServerState()
    transports: list[FakeTransport] = []

    def connect() -> FakeTransport:
        transport = FakeTransport()
        protocol = config.http_protocol_class(config, state, {})  # type: ignore[call-arg]
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        transports.append(transport)
        return transport

    async with host.router.lifespan_context(host):
        yield connect
        for transport in transports:
            transport.protocol.connection_lost(None)


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def receive(transport: FakeTransport, packet: bytes) -> None:
    transport.protocol.data_received(packet)
    await settle()


async def opened(connect: Connect) -> FakeTransport:
    transport = connect()
    await receive(transport, handshake())
    return transport


async def asked(connect: Connect) -> FakeTransport:
    transport = connect()
    await receive(transport, REQUEST)
    return transport


# At most so many calls of Python functions: a connection, a request, from TCP's beginning to the answer.
COSTS = {Plain: (353, 208), Awaiting: (353, 224)}


@pytest.mark.parametrize("party", COSTS)
async def test_how_many_calls_a_connection_and_a_request_take(party: type[PartyServer]) -> None:
    a_connection, a_request = COSTS[party]
    async with server(party) as connect:
        for warm in (opened, opened, asked, asked):
            await warm(connect)
        of_turns = await count_calls(settle)
        assert await count_calls(lambda: opened(connect)) - of_turns <= a_connection
        assert await count_calls(lambda: asked(connect)) - of_turns <= a_request


@pytest.mark.parametrize("party", COSTS)
async def test_a_connection_and_a_request_start_one_task_each(
    party: type[PartyServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    create_task, started = loop.create_task, 0

    def counted(*arguments: Any, **named: Any) -> asyncio.Task[Any]:
        nonlocal started
        started += 1
        return create_task(*arguments, **named)

    async with server(party) as connect:
        await opened(connect)  # it starts the room
        monkeypatch.setattr(loop, "create_task", counted)
        before = len(asyncio.all_tasks())
        socket = await opened(connect)
        assert isinstance(socket.protocol, OpenWebSocket)
        assert started == 1
        await asked(connect)
        assert started == 2
        assert len(asyncio.all_tasks()) == before


async def test_a_handshake_is_answered_in_one_write_and_a_request_in_two() -> None:
    async with server(Plain) as connect:
        assert [write[:12] for write in (await opened(connect)).writes] == [b"HTTP/1.1 101"]
        head, body = (await asked(connect)).writes
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body == b"answer"


async def test_a_plain_handshake_is_not_parsed_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(Plain) as connect:
        await opened(connect)

        def parsed(*arguments: Any, **named: Any) -> Any:
            raise AssertionError("the parser of websockets has read the head")

        monkeypatch.setattr(ServerProtocol, "accept", parsed)
        monkeypatch.setattr(ServerProtocol, "__init__", parsed)
        monkeypatch.setattr(http11.Request, "parse", parsed)
        monkeypatch.setattr(Headers, "__init__", parsed)
        socket = await opened(connect)
        assert isinstance(socket.protocol, OpenWebSocket)


@pytest.mark.parametrize("party", COSTS)
async def test_how_much_memory_a_connection_and_a_request_take_at_a_time(party: type[PartyServer]) -> None:
    """Nearly the same in every run; what is kept of an idle socket is held in `test_idle_memory.py`."""
    async with server(party) as connect:
        for _ in range(20):
            await opened(connect)
            await asked(connect)
        assert await peak_memory(lambda: opened(connect)) <= 27_000  # bytes
        assert await peak_memory(lambda: asked(connect)) <= 18_000

"""Log lines of requests and WebSockets."""

from __future__ import annotations

import asyncio
import logging
import re

import pytest

from partyserver import Connection, ConnectionContext, Host, PartyServer, Request, Response
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.serving.request_log import RequestLog, asked_path
from pkcompat.serving.server import serving
from pkcompat.traffic.steps import Close, Connect, Http
from pkcompat.traffic.transcript import Event, Opened


class Closer(PartyServer):
    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if connection.id == "b":
            connection.close(4000, "no")

    def on_request(self, request: Request) -> Response:
        return Response(status_code=204)


async def test_a_line_a_request_and_one_for_each_end_of_a_websocket(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pkcompat.requests")
    ended: asyncio.Queue[Event] = asyncio.Queue()
    async with (
        serving(RequestLog(Host({"main": Closer}))) as address,
        SocketTransport(address.host, address.port) as transport,
    ):
        await transport.request(Http("GET", "/party/r%20s?q=1"))
        await transport.connect(Connect("x", "/parties/none/r"), ended.put_nowait)
        result, connection = await transport.connect(Connect("a", "/party/r?_pk=a"), ended.put_nowait)
        assert result == Opened()
        assert connection is not None
        await connection.close(Close("a", 1000))
        await transport.connect(Connect("b", "/party/r?_pk=b"), ended.put_nowait)
        await asyncio.wait_for(ended.get(), 5)
        await asyncio.wait_for(ended.get(), 5)
    lines = sorted(re.sub(r"[\d.]+ (m?s)$", r"N \1", record.getMessage()) for record in caplog.records)
    assert lines == [
        "GET /party/r%20s?q=1 204 N ms",
        "WS /parties/none/r refused 404",
        "WS /party/r?_pk=a closed with 1000 after N s",
        "WS /party/r?_pk=a open",
        "WS /party/r?_pk=b closed by the server with 4000 after N s",
        "WS /party/r?_pk=b open",
    ]


def test_what_was_asked_for() -> None:
    assert asked_path({"path": "/a b", "raw_path": b"/a%20b", "query_string": b"x=1"}) == "/a%20b?x=1"
    assert asked_path({"path": "/a", "query_string": b""}) == "/a"

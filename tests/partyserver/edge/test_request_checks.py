"""The host of a request and the length of its body, under servers of ours and of others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import hypercorn.asyncio
import hypercorn.config
import pytest
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from tests.partyserver.wire.raw_http import UPGRADE, answered, client, serving
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from partyserver import (
    BodyTooLargeError,
    ExecutionContext,
    Host,
    Limits,
    Lobby,
    PartyServer,
    Request,
    Response,
)
from partyserver.edge.request_checks import RequestChecks
from partyserver.wire.h11_protocol import LimitedH11
from partyserver.wire.httptools_protocol import LimitedHttpTools
from pkcompat.serving.server import address_of, listen

MOST = 1_000
CHUNK = b"200\r\n" + b"b" * 512 + b"\r\n"
SERVERS = {
    "httptools": LimitedHttpTools,
    "h11": LimitedH11,
    "uvicorn's httptools": HttpToolsProtocol,
    "uvicorn's h11": H11Protocol,
}
READ: list[str] = []


class Reads(PartyServer):
    """Says how long the body is."""

    async def on_request(self, request: Request) -> Response:
        READ.append("begun")
        if "ignore" in request.query_params:
            return Response("ignored")
        try:
            body = await request.body()
        except BodyTooLargeError:
            if "caught" in request.query_params:
                return Response("caught", 400)
            raise
        return Response(str(len(body)))

    @staticmethod
    async def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Any:
        if "hook" in request.query_params:
            return Response(str(len(await request.body())))
        return request

    @staticmethod
    async def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        return Response(str(len(await request.body())))


async def _route(request: Request) -> Response:
    return Response(str(len(await request.body())))


async def _raw(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await Response("read")(scope, receive, send)


class _Passes:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def _host() -> Host:
    READ.clear()
    return Host(
        {"main": Reads},
        limits=Limits(max_body=MOST),
        routes=[Route("/route", _route, methods=["POST"]), Mount("/raw", _raw)],
        middleware=[Middleware(_Passes)],
    )


@contextlib.asynccontextmanager
async def _hypercorn(host: Host) -> AsyncIterator[int]:
    listener = listen()
    port = address_of(listener).port
    config = hypercorn.config.Config()
    config.bind = [f"fd://{listener.detach()}"]
    ended = asyncio.Event()
    task = asyncio.create_task(hypercorn.asyncio.serve(host, config, shutdown_trigger=ended.wait))  # type: ignore[arg-type]
    yield port
    ended.set()
    await task


@pytest.fixture(params=[*SERVERS, "hypercorn"])
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    if request.param == "hypercorn":
        async with _hypercorn(_host()) as port:
            yield port
    else:
        async with serving(_host(), SERVERS[request.param], Limits()) as port:
            yield port


def _post(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: test", *headers, "", ""]).encode()


PATHS = ["/party/room", "/party/room?hook", "/elsewhere", "/route", "/raw/x"]


async def test_a_length_past_the_limit_is_refused_before_anything_is_read(port: int) -> None:
    for path in PATHS:
        assert await answered(port, _post(path, f"Content-Length: {MOST + 1}")) == 413
        assert await answered(port, _post(path, f"Content-Length: {MOST + 1}"), b"b" * (MOST + 1)) == 413
    assert READ == []


async def test_a_length_at_the_limit_is_read(port: int) -> None:
    for path in PATHS:
        head = _post(path, f"Content-Length: {MOST}", "Connection: close")
        assert await answered(port, head, b"b" * MOST) == 200


async def test_a_body_of_unknown_length_is_refused_while_it_is_read(port: int) -> None:
    for path in PATHS:
        assert await answered(port, _post(path, "Transfer-Encoding: chunked"), CHUNK * 2) == 413
        head = _post(path, "Transfer-Encoding: chunked", "Connection: close")
        assert await answered(port, head, CHUNK, b"0\r\n\r\n") == 200


async def test_a_handler_may_catch_it_and_the_connection_closes_all_the_same(port: int) -> None:
    head = _post("/party/room?caught", "Transfer-Encoding: chunked")
    assert await answered(port, head, CHUNK * 3) == 400


async def test_a_client_that_goes_on_sending_reads_the_answer() -> None:
    for server in (LimitedHttpTools, LimitedH11):
        async with serving(_host(), server, Limits()) as port, client(port) as connection:
            connection.send(_post("/party/room", "Transfer-Encoding: chunked"))
            connection.send(CHUNK * 5_000)
            assert (await connection.rest()).startswith(b"HTTP/1.1 413 ")


async def test_the_log_says_it_in_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "partyserver")
    async with serving(_host(), LimitedHttpTools, Limits()) as port:
        await answered(port, _post("/party/room", "Transfer-Encoding: chunked"), CHUNK * 2)
        async with client(port) as connection:
            connection.send(_post("/party/room", "Content-Length: 10"), b"half")
            await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            while "The client has gone." not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    lines = [record.getMessage() for record in caplog.records if record.name == "partyserver"]
    assert "POST /party/room failed: The body must not be longer than 1000 bytes." in lines
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x/party/open?\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost@evil.org\r\n\r\n", 400),
        (b"GET /party/room HTTP/1.1\r\n" + UPGRADE + b"Host: other\r\n\r\n", 400),
    ],
)
async def test_a_bad_host_is_400_under_any_server(port: int, head: bytes, status: int) -> None:
    assert await answered(port, head) == status


def _scope(kind: str = "http", version: str = "1.1", *headers: tuple[bytes, bytes]) -> Any:
    return {"type": kind, "http_version": version, "headers": list(headers)}


HOST = (b"host", b"a")


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (_scope("http", "1.1", HOST), None),
        (_scope("http", "1.1"), 400),
        (_scope("websocket", "1.1"), 400),
        (_scope("websocket", "1.1", HOST, HOST), 400),
        (_scope("http", "1.0"), None),
        (_scope("http", "2"), None),
        (_scope("http", "2", HOST, HOST), 400),
        (_scope("http", "1.1", HOST, (b"content-length", b"1000")), None),
        (_scope("http", "1.1", HOST, (b"content-length", b"1001")), 413),
        (_scope("http", "1.1", HOST, (b"content-length", b"9" * 5_000)), 413),
        (_scope("http", "1.1", HOST, (b"content-length", b"much")), None),
        (_scope("http", "1.1", HOST, (b"content-length", b"1"), (b"content-length", b"2000")), 413),
        (_scope("websocket", "1.1", HOST, (b"content-length", b"2000")), None),
    ],
)
def test_what_is_refused(scope: Any, status: int | None) -> None:
    refusal = RequestChecks(MOST).refusal(scope)
    assert (refusal.status_code if refusal else None) == status


def test_a_plain_request_is_one_that_no_check_is_for() -> None:
    checks = RequestChecks(MOST)
    assert checks.is_plain(_scope("http", "1.1", HOST, (b"accept", b"*/*")))
    length, chunked = (b"content-length", b"1"), (b"transfer-encoding", b"chunked")
    for headers in ([], [length], [HOST, HOST], [HOST, length], [HOST, chunked], [(b"host", b"a b")]):
        assert not checks.is_plain(_scope("http", "1.1", *headers))
    assert not checks.is_plain(_scope("http", "2", HOST))


def test_without_a_limit_any_length_goes() -> None:
    scope = _scope("http", "1.1", HOST, (b"content-length", b"9" * 30))
    assert RequestChecks(0).refusal(scope) is None


@pytest.mark.parametrize(
    ("scope", "counted"),
    [
        (_scope("http", "1.1", HOST), False),
        (_scope("http", "1.1", HOST, (b"content-length", b"5")), False),
        (_scope("http", "1.1", HOST, (b"transfer-encoding", b"chunked")), True),
        (_scope("http", "2", HOST), True),
        (_scope("http", "2", HOST, (b"content-length", b"5")), False),
    ],
)
def test_only_bodies_of_unknown_length_are_counted(scope: Any, counted: bool) -> None:
    async def receive() -> Any: ...
    async def send(_: Any) -> None: ...

    limited = RequestChecks(MOST).limited(scope, receive, send)
    assert (limited != (receive, send)) == counted
    assert RequestChecks(0).limited(scope, receive, send) == (receive, send)

"""Traffic over real sockets: answers, handshakes, failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.serving.server import listen, serving
from pkcompat.traffic.steps import Connect, Http
from pkcompat.traffic.transcript import Answer, Event, Message, Opened, Refused, Unanswered


async def mirror(request: Request) -> Response:
    body = await request.body()
    headers = {
        "x-method": request.method,
        "x-url": str(request.url),
        "x-own": request.headers.get("x-own", ""),
    }
    response = Response(body, 201, headers, media_type="text/plain")
    response.set_cookie("seen", request.headers.get("cookie", "none"))
    return response


async def slow(request: Request) -> Response:
    await asyncio.sleep(5)
    return Response()


async def redirect(request: Request) -> Response:
    return Response(status_code=302, headers={"location": "/mirror"})


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(f"{socket.url} {socket.headers.get('x-own', '')}")
    await socket.receive()


async def refuse(socket: WebSocket) -> None:
    await socket.send_denial_response(Response("denied", 403))


async def hang(socket: WebSocket) -> None:
    await socket.receive()
    await asyncio.sleep(5)


@asynccontextmanager
async def transport(timeout: float = 5.0) -> AsyncIterator[SocketTransport]:
    application = Starlette(
        routes=[
            Route("/mirror", mirror, methods=["GET", "PATCH"]),
            Route("/slow", slow),
            Route("/redirect", redirect),
            WebSocketRoute("/greet", greet),
            WebSocketRoute("/refuse", refuse),
            WebSocketRoute("/hang", hang),
        ]
    )
    async with (
        serving(application) as address,
        SocketTransport(address.host, address.port, timeout=timeout) as way,
    ):
        yield way


async def test_an_answer_has_the_headers_that_a_handler_set() -> None:
    async with transport() as way:
        answer = await way.request(Http("PATCH", "/mirror?q=1", (("x-own", "1"),), b"body"))
    assert answer == Answer(
        201,
        (
            ("content-type", "text/plain; charset=utf-8"),
            ("set-cookie", "seen=none; Path=/; SameSite=lax"),
            ("x-method", "PATCH"),
            ("x-own", "1"),
            ("x-url", "http://127.0.0.1:1999/mirror?q=1"),
        ),
        b"body",
    )


async def test_requests_share_no_cookies_and_follow_no_redirects() -> None:
    async with transport() as way:
        first = await way.request(Http("GET", "/mirror"))
        assert await way.request(Http("GET", "/mirror")) == first
        assert await way.request(Http("GET", "/redirect")) == Answer(302, (("location", "/mirror"),), b"")


async def test_a_handshake_that_succeeds_and_one_that_is_refused() -> None:
    events: asyncio.Queue[Event] = asyncio.Queue()
    async with transport() as way:
        result, connection = await way.connect(
            Connect("a", "/greet?_pk=a", (("x-own", "1"),)), events.put_nowait
        )
        assert result == Opened()
        assert connection is not None
        assert await asyncio.wait_for(events.get(), 5) == Message("ws://127.0.0.1:1999/greet?_pk=a 1")
        assert await way.connect(Connect("b", "/refuse"), events.put_nowait) == (
            Refused(403, b"denied"),
            None,
        )
    assert events.empty()


async def test_no_answer_is_told() -> None:
    seen: list[Any] = []
    async with transport(timeout=0.3) as way:
        assert await way.request(Http("GET", "/slow")) == Unanswered("no answer within 0.3 s")
        result, _ = await way.connect(Connect("a", "/hang"), seen.append)
        assert result == Unanswered("no answer to the handshake within 0.3 s")
    assert seen == []


async def test_a_request_that_contradicts_itself_is_told() -> None:
    async with transport() as way:
        answer = await way.request(Http("GET", "/mirror", (("content-length", "5"),)))
        assert isinstance(answer, Unanswered)
        assert "the request failed" in answer.problem


async def test_nobody_listens() -> None:
    with listen() as listener:
        host, port = listener.getsockname()
    async with SocketTransport(host, port) as way:
        answer = await way.request(Http("GET", "/"))
        result, connection = await way.connect(Connect("a", "/"), lambda event: None)
    assert isinstance(answer, Unanswered)
    assert isinstance(result, Unanswered)
    assert connection is None
    assert "failed" in answer.problem
    assert "failed" in result.problem

"""Requests of stubs: what the application gets, and an answer that does not come."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from partyserver.stubs.request import StubExchange


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    body = await request.body()
    told = f"{request.method} {request.url} {request.headers.get('x-a')} {body!r} {scope['raw_path']!r}"
    await Response(told, 201, {"x-own": "1"}, "text/plain")(scope, receive, send)


async def _streamed(scope: Scope, receive: Receive, send: Send) -> None:
    async def parts() -> Any:
        yield b"one "
        yield b"two"

    await StreamingResponse(parts())(scope, receive, send)


@pytest.mark.parametrize("app", [_echo, _streamed])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_it_is_what_httpx_makes_of_it(app: Any, method: str) -> None:
    def request() -> httpx.Request:
        url = "http://host.example/parties/a/r%2Fx?q=%20"
        return httpx.Request(method, url, headers={"X-A": "b"}, content=b"body")

    async def main() -> tuple[httpx.Response, httpx.Response]:
        exchange = StubExchange(request())
        await app(exchange.scope, exchange.receive, exchange.send)
        peer = await httpx.ASGITransport(app).handle_async_request(request())
        await peer.aread()
        return exchange.response(), peer

    response, peer = asyncio.run(main())
    assert response.status_code == peer.status_code
    assert response.headers.raw == peer.headers.raw
    assert response.content == peer.content
    assert response.request.method == method


def test_an_application_that_does_not_answer() -> None:
    async def main() -> None:
        exchange = StubExchange(httpx.Request("GET", "http://host.example/r"))
        with pytest.raises(RuntimeError, match="GET /r was not answered"):
            exchange.response()

    asyncio.run(main())


def test_the_client_leaves_once_it_has_its_answer() -> None:
    async def main() -> None:
        exchange = StubExchange(httpx.Request("GET", "http://host.example/r"))
        await _echo(exchange.scope, exchange.receive, exchange.send)
        with pytest.raises(ClientDisconnect):
            await Request(exchange.scope, exchange.receive).body()

    asyncio.run(main())

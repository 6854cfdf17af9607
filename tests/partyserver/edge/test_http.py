"""HTTP of a host: requests to rooms, static files, errors, routes, middleware, prefixes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from tests.partyserver.in_process import Server

from partyserver import Cron, ExecutionContext, Host, Lobby, PartyServer, Request, Response


class Main(PartyServer):
    """Has every hook that HTTP reaches."""

    @staticmethod
    def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request | Response:
        kind = request.headers.get("x-kind")
        if kind == "stop":
            return Response(f"stopped before {lobby.id}", 418)
        if kind == "throw":
            raise LookupError("bad key")
        if kind == "none":
            return None  # type: ignore[return-value]
        request.headers["x-checked"] = "yes"  # type: ignore[index]
        return request

    async def on_request(self, request: Request) -> Response:
        if request.method == "DELETE":
            raise LookupError("request exploded")
        if request.method == "PATCH":
            raise HTTPException(409, "taken")
        if request.method == "OPTIONS":
            error = RuntimeError("gone")
            error.code = 410  # type: ignore[attr-defined]
            raise error
        if request.method == "PUT":
            return None  # type: ignore[return-value]
        text = [
            request.method,
            request.headers["x-checked"],
            self.room.id,
            request.url.path,
            (await request.body()).decode(),
        ]
        return Response("|".join(text))

    @staticmethod
    async def on_fetch(
        request: Request, lobby: Lobby, ctx: ExecutionContext
    ) -> Response | httpx.Response | None:
        if request.url.path == "/throw":
            raise LookupError("edge exploded")
        if request.url.path == "/via":
            return await lobby.parties["main"].get("lobby").fetch(headers={"x-checked": "via"})
        return Response(f"edge {lobby.id} {lobby.env['NAME']}") if request.url.path == "/hello" else None

    @staticmethod
    async def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
        if cron.name == "bad":
            raise LookupError("cron exploded")
        assert cron.scheduled_time > 1_700_000_000_000


class Bare(PartyServer):
    """Has no handlers."""


def server(**options: Any) -> Server:
    return Server(Main, Bare, env={"NAME": "x"}, crons={"tick": "*/5 * * * *", "bad": "* * * * *"}, **options)


@pytest.mark.parametrize(
    ("method", "path", "kind", "status", "text"),
    [
        ("GET", "/party/a%20b", "", 200, "GET|yes|a%20b|/party/a b|"),
        ("POST", "/parties/main/room/sub", "", 200, "POST|yes|room|/parties/main/room/sub|body"),
        ("GET", "/party/room", "stop", 418, "stopped before room"),
        ("GET", "/party/room", "throw", 401, "bad key"),
        (
            "GET",
            "/party/room",
            "none",
            500,
            "on_before_request must return the request that goes on, or a Response",
        ),
        ("DELETE", "/party/room", "", 500, "request exploded"),
        ("PATCH", "/party/room", "", 409, "taken"),
        ("OPTIONS", "/party/room", "", 410, "gone"),
        ("PUT", "/party/room", "", 500, "on_request returned None; it must return a Response"),
        ("GET", "/parties/bare/room", "", 500, "No onRequest handler"),
        ("GET", "/parties/nope/room", "", 404, "Party nope not found"),
        ("GET", "/parties//room", "", 500, "No party found in request url"),
        ("GET", "/hello", "", 200, "edge None x"),
        ("GET", "/throw", "", 500, "edge exploded"),
        ("GET", "/via", "", 200, "GET|via|lobby|/parties/main/lobby|"),
        ("GET", "/nothing", "", 404, "Not found"),
        ("GET", "/party/", "", 404, "Not found"),
        ("GET", "/parties/main", "", 404, "Not found"),
        ("GET", "/__scheduled__?cron=tick", "", 200, "ran cron tick: */5 * * * *"),
        ("POST", "/__scheduled__?cron=tick", "", 200, "ran cron tick: */5 * * * *"),
        ("GET", "/__scheduled__?cron=bad", "", 500, "cron exploded"),
    ],
)
async def test_answers(method: str, path: str, kind: str, status: int, text: str) -> None:
    content = "body" if method == "POST" else None
    answer = await server().http(method, path, headers={"x-kind": kind}, content=content)
    assert (answer.status_code, answer.text) == (status, text)


@pytest.mark.parametrize(
    ("method", "path", "kind", "status", "text"),
    [
        ("DELETE", "/party/room", "", 500, "Internal Server Error"),
        ("OPTIONS", "/party/room", "", 410, "Gone"),
        ("PATCH", "/party/room", "", 409, "taken"),
        ("GET", "/party/room", "throw", 401, "Unauthorized"),
        ("GET", "/throw", "", 500, "Internal Server Error"),
        ("GET", "/parties/bare/room", "", 500, "No onRequest handler"),
        ("GET", "/parties/nope/room", "", 404, "Party nope not found"),
    ],
)
async def test_without_debug_messages_of_exceptions_stay_inside(
    method: str, path: str, kind: str, status: int, text: str
) -> None:
    quiet = Server(Main, Bare, env={"NAME": "x"})
    quiet.host = Host({"main": Main, "bare": Bare})
    answer = await quiet.http(method, path, headers={"x-kind": kind})
    assert (answer.status_code, answer.text) == (status, text)


async def test_static_files(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("start")
    (tmp_path / "app.js").write_text("js")
    (tmp_path / "hello").write_text("file before on_fetch")
    (tmp_path / "404.html").write_text("lost")
    (tmp_path / "sub").mkdir()
    host = server(static=tmp_path)
    found = {
        path: await host.http("GET", path)
        for path in ("/", "/app.js", "/hello", "/gone", "/sub", "/../x", "/%00")
    }
    assert {path: (answer.status_code, answer.text) for path, answer in found.items()} == {
        "/": (200, "start"),
        "/app.js": (200, "js"),
        "/hello": (200, "file before on_fetch"),
        "/gone": (404, "lost"),
        "/sub": (404, "lost"),
        "/../x": (404, "lost"),
        "/%00": (404, "lost"),
    }
    assert (await host.http("POST", "/app.js")).status_code == 404


async def test_the_hosts_own_routes_and_middleware_come_first() -> None:
    def hello(request: Any) -> PlainTextResponse:
        return PlainTextResponse("route " * 200)

    host = server(routes=[Route("/hello", hello)], middleware=[Middleware(GZipMiddleware)])
    answer = await host.http("GET", "/hello")
    assert answer.text == "route " * 200
    assert answer.headers["content-encoding"] == "gzip"
    assert (await host.http("GET", "/nothing")).text == "Not found"


class Knowing(PartyServer):
    """Tells whether a request knows its application."""

    def on_request(self, request: Request) -> Response:
        return PlainTextResponse(str(request.app.state.fact))


@pytest.mark.parametrize(
    "middleware", [[], [Middleware(GZipMiddleware)]], ids=["straight", "through middleware"]
)
async def test_a_request_knows_its_application(middleware: list[Middleware]) -> None:
    host = Server(Knowing, middleware=middleware)
    host.host.state.fact = 42
    assert (await host.http("GET", "/party/room")).text == "42"


async def test_a_route_that_is_added_later() -> None:
    host = Server(Knowing)
    host.host.state.fact = 42
    assert (await host.http("GET", "/party/room")).text == "42"
    host.host.router.routes.append(Route("/party/room", lambda request: PlainTextResponse("route")))
    assert (await host.http("GET", "/party/room")).text == "route"


async def test_mounted_below_a_prefix() -> None:
    inner = server().host

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "root_path": "/app"}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/app/party/room")
    assert answer.text == "GET|yes|room|/app/party/room|"

"""Which pages may use a host: origins, spelled in every way, over sockets and ASGI; CORS for those."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from partyserver import ExecutionContext, Host, Lobby, OriginError, PartyServer, Request, Response
from partyserver.edge.origins import AllowedOrigins, allowed_origins
from pkcompat.serving.server import serving

OWN = "https://example.com"
ALLOWED = (
    OWN,
    "http://localhost:5173",
    "https://*.rooms.example",
    "http://[::1]:3000",
    "https://bücher.example",
)
ADMITTED = (
    "https://example.com",
    "https://example.com:443",
    "HTTPS://Example.COM",
    "http://localhost:5173",
    "https://a.rooms.example",
    "https://a.b-c.rooms.example",
    "http://[::1]:3000",
    "https://xn--bcher-kva.example",
)
FOREIGN = (
    "",
    "null",
    "*",
    "http://example.com",
    "https://example.com:8443",
    "https://example.com:80",
    "https://example.com.",
    "https://example.com/",
    "https://example.com.evil.org",
    "https://evilexample.com",
    "https://evil.org/https://example.com",
    "https://user@example.com",
    "https://example.com@evil.org",
    "https://example.com:443@evil.org",
    "https://example.com, https://evil.org",
    "https://evil.org https://example.com",
    " https://example.com",
    "https://example.com\n",
    "https://example.com\x00",
    "https://example%2ecom",
    "https://exampl\xe9.com",
    "https://exampleXcom",
    "wss://example.com",
    "//example.com",
    "example.com",
    "http://localhost",
    "http://localhost:51730",
    "http://127.0.0.1:5173",
    "https://rooms.example",
    "https://evilrooms.example",
    "https://a..rooms.example",
    "https://.rooms.example",
    "https://a.rooms.example.evil.org",
    "https://evil.org/a.rooms.example",
    "https://evil.org?a.rooms.example",
    "https://evil.org#.rooms.example",
    "http://a.rooms.example",
    "https://a.rooms.example:8443",
    "http://[::1]",
    "http://[0:0:0:0:0:0:0:1]:3000",
    "https://b\xfccher.example",
)
FORGED = {
    "host": "example.com",
    "x-forwarded-host": "example.com",
    "x-forwarded-proto": "https",
    "x-forwarded-origin": OWN,
    "x-origin": OWN,
    "forwarded": "host=example.com;proto=https",
    "referer": f"{OWN}/",
    "sec-websocket-origin": OWN,
    "sec-fetch-site": "same-origin",
}


def headers(*origins: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"x"), *((b"origin", origin.encode("latin-1")) for origin in origins)]


@pytest.fixture(scope="module")
def allowed() -> AllowedOrigins:
    return AllowedOrigins(ALLOWED)


@pytest.mark.parametrize("origin", ADMITTED)
def test_allowed_origins_are_admitted(allowed: AllowedOrigins, origin: str) -> None:
    assert allowed.admit(headers(origin))


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_origins_are_not(allowed: AllowedOrigins, origin: str) -> None:
    assert not allowed.admit(headers(origin))


def test_a_request_without_an_origin_is_no_other_pages_and_one_with_two_is_a_forgery(
    allowed: AllowedOrigins,
) -> None:
    assert allowed.admit(headers())
    assert not allowed.admit(headers(OWN, OWN))
    assert not allowed.admit(headers(OWN, "https://evil.org"))
    assert not allowed.admit(headers("https://evil.org", OWN))


hosts = st.from_regex(r"[a-z0-9-]{1,8}(\.[a-z0-9-]{1,8}){1,3}", fullmatch=True)


@given(st.text(max_size=8), st.sampled_from(ALLOWED[:3]), st.text(max_size=8))
@example("https://evil.org\\", OWN, "")
@settings(max_examples=300)
def test_what_is_put_around_an_allowed_origin_makes_it_foreign(before: str, origin: str, after: str) -> None:
    found = AllowedOrigins([OWN, "http://localhost:5173"])
    text = before + origin + after
    if text.lower() in (OWN, f"{OWN}:443", "http://localhost:5173"):
        return
    with contextlib.suppress(UnicodeEncodeError):
        assert not found.admit(headers(text))


@given(hosts, hosts)
@settings(max_examples=300)
def test_a_wildcard_takes_subdomains_alone(base: str, other: str) -> None:
    found = AllowedOrigins([f"https://*.{base}"])
    for host in (f"{other}.{base}", base, f"{base}.{other}", f"x{base}", f"{other}{base}"):
        assert found.admit(headers(f"https://{host}")) == host.endswith(f".{base}")


def test_no_origin_at_all_may_be_allowed() -> None:
    found = AllowedOrigins([])
    assert found.admit(headers())
    assert not found.admit(headers(""))
    assert not found.admit(headers("null"))


def test_every_origin() -> None:
    assert allowed_origins(["*"]) is None
    assert allowed_origins("*") is None


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("example.com", "it has no scheme: write https://example.com"),
        ("localhost:5173", "it has no scheme: write https://localhost:5173"),
        ("//example.com", "it has no scheme: write https://example.com"),
        ("", "it has no scheme: write https://example.com"),
        ("https://example.com/", "it ends before the path: write https://example.com"),
        ("https://example.com/chat", "it ends before the path: write https://example.com"),
        ("https://example.com?x=1", "it ends before the path: write https://example.com"),
        ("https://me@example.com", "it has no user name: write https://example.com"),
        ("wss://example.com", "it is the page's, not the socket's: write https://example.com"),
        ("ws://localhost:80", "it is the page's, not the socket's: write http://localhost:80"),
        ("null", "sandboxed pages of any site have it, so allowing it allows every one: write *"),
        ("https://a.com,https://b.com", "each origin is an entry (an option) of its own"),
        ("https://a.com https://b.com", "each origin is an entry (an option) of its own"),
        ("https://*", "* stands for all subdomains, as in https://*.example.com, or alone"),
        ("https://*example.com", "* stands for all subdomains, as in https://*.example.com, or alone"),
        ("https://*.*.com", "* stands for all subdomains, as in https://*.example.com, or alone"),
        ("https://a.*.com", "* stands for all subdomains, as in https://*.example.com, or alone"),
        ("*.example.com", "it has no scheme: write https://*.example.com"),
        ("https://*.com", "write *. before a domain, as in https://*.example.com"),
        ("http://localhost:*", "its port is no number from 1 to 65535; each port is an origin of its own"),
        ("http://localhost:", "its port is no number from 1 to 65535"),
        ("http://localhost:65536", "its port is no number from 1 to 65535"),
        ("http://localhost:५", "its port is no number from 1 to 65535"),
        ("https://example.com.", "its host is no domain name; write for example https://example.com"),
        ("https://", "its host is no domain name; write for example https://example.com"),
        ("https://exa%6dple.com", "its host is no domain name"),
        ("https://a\u2024b.\U0001f600", "its host is no domain name"),
        ("http://[::g]", "its IPv6 address cannot be read; write for example http://[::1]:3000"),
        ("http://::1", "its host is no domain name"),
    ],
)
def test_what_is_no_origin_is_refused_with_what_to_write(origin: str, said: str) -> None:
    with pytest.raises(OriginError) as caught:
        AllowedOrigins([origin])
    assert str(caught.value).startswith(f"{origin!r} is no origin to allow: {said}")


def test_one_text_in_place_of_a_list_and_any_beside_others() -> None:
    with pytest.raises(OriginError, match=r"write|is a list of origins: allow_origins=\['https://example"):
        Host({}, allow_origins=OWN)
    with pytest.raises(OriginError, match=r"\* allows every origin; leave it or the others out"):
        Host({}, allow_origins=["*", OWN])


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_any_text_is_an_origin_or_an_error_that_says_so(text: str) -> None:
    with contextlib.suppress(OriginError):
        assert not AllowedOrigins([text]).admit(headers("https://evil.org"))


class Spy(PartyServer):
    """Notes every call of code of the user's."""

    calls: list[str] = []  # noqa: RUF012

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request:
        Spy.calls.append("on_before_connect")
        return request

    @staticmethod
    def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request | Response:
        Spy.calls.append("on_before_request")
        return Response("refused", 401) if "refuse" in request.url.path else request

    def on_request(self, request: Request) -> Response:
        Spy.calls.append("on_request")
        if request.method == "DELETE":
            raise ValueError("exploded")
        return Response(f"{request.method} of the room", headers={"vary": "Accept"})

    @staticmethod
    def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response | None:
        Spy.calls.append("on_fetch")
        return Response("edge") if request.url.path == "/edge" else None


class SpyMiddleware:
    """Middleware of the user's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            Spy.calls.append("middleware")
        await self._app(scope, receive, send)


def route(request: Any) -> PlainTextResponse:
    Spy.calls.append("route")
    if request.method == "POST":
        raise ValueError("route exploded")
    return PlainTextResponse("route")


@pytest.fixture(autouse=True)
def _nothing_called() -> Iterator[None]:
    Spy.calls.clear()
    yield
    Spy.calls.clear()


PATHS = ("/party/r", "/party/refuse", "/parties/none/r", "/edge", "/file.txt", "/nothing", "/route")


@contextlib.asynccontextmanager
async def served(
    static: Path, *, layers: bool = True, **options: Any
) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    (static / "file.txt").write_text("file")
    if layers:
        options["middleware"] = [Middleware(SpyMiddleware)]
        options["routes"] = [Route("/route", route, methods=["GET", "POST"])]
    async with (
        serving(Host({"main": Spy}, static=static, **options)) as address,
        httpx.AsyncClient(base_url=address.url, trust_env=False) as client,
    ):
        yield address.url.replace("http", "ws"), client


async def handshake(url: str, *given: tuple[str, str]) -> int:
    """The status of a handshake's answer."""
    try:
        async with connect(url, additional_headers=given, proxy=None):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize("layers", [False, True])
async def test_foreign_pages_get_403_before_any_code_of_the_users(tmp_path: Path, layers: bool) -> None:
    async with served(tmp_path, layers=layers, allow_origins=[OWN]) as (url, client):
        for path in PATHS:
            answer = await client.post(path, headers={**FORGED, "origin": "https://evil.org"})
            assert (answer.status_code, answer.headers["vary"]) == (403, "Origin")
            assert "--allow-origin" in answer.text
        for origins in (["null"], ["https://evil.org"], [OWN, OWN], [f"{OWN}.evil.org"], [OWN, "null"]):
            pairs = [("origin", origin) for origin in origins]
            assert (await client.get("/party/r", headers=pairs)).status_code == 403
            # two are refused by the websockets library already
            assert await handshake(f"{url}/party/r", *pairs) == (403 if len(pairs) == 1 else 400)
        assert await handshake(f"{url}/nothing", ("origin", "https://evil.org")) == 403
        assert Spy.calls == []
        assert await handshake(f"{url}/party/r", ("origin", OWN)) == 101
        assert await handshake(f"{url}/party/r") == 101
        assert (await client.get("/party/r", headers={"origin": OWN})).status_code == 200
        assert "on_request" in Spy.calls


async def test_a_server_that_cannot_answer_a_handshake_closes_it() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    events: asyncio.Queue[Any] = asyncio.Queue()
    events.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/party/r", "headers": headers("https://evil.org")}
    await Host({"main": Spy}, allow_origins=[OWN])(scope, events.get, send)
    assert [message["type"] for message in sent] == ["websocket.close"]
    assert Spy.calls == []


@pytest.mark.parametrize("layers", [False, True])
@pytest.mark.parametrize("origins", [["*"], [OWN, "https://*.example.com"]])
async def test_cors_lets_pages_read_every_answer(tmp_path: Path, layers: bool, origins: list[str]) -> None:
    origin = "https://a.example.com"
    async with served(tmp_path, layers=layers, allow_origins=origins, cors=True) as (_, client):
        for path in PATHS:
            answer = await client.get(path, headers={"origin": origin})
            named = origins != ["*"]
            assert answer.headers["access-control-allow-origin"] == (origin if named else "*"), path
            assert answer.headers.get("access-control-allow-credentials") == ("true" if named else None)
            assert "Origin" in answer.headers.get("vary", "Origin" if not named else "")
        exploded = await client.delete("/party/r", headers={"origin": origin})
        assert (exploded.status_code, exploded.headers["access-control-allow-origin"][:1]) == (
            500,
            origin[:1] if named else "*",
        )
        assert "Accept" in (await client.get("/party/r", headers={"origin": origin})).headers["vary"]
        assert (await client.get("/party/r")).text == "GET of the room"


@pytest.mark.parametrize("layers", [False, True])
async def test_preflights_are_answered_without_code_of_the_users(tmp_path: Path, layers: bool) -> None:
    asked = {
        "origin": OWN,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization, x-key",
    }
    async with served(tmp_path, layers=layers, allow_origins=[OWN], cors=True) as (_, client):
        for path in PATHS:
            answer = await client.options(path, headers=asked)
            assert answer.status_code == 200, path
            assert answer.headers["access-control-allow-origin"] == OWN
            assert "PUT" in answer.headers["access-control-allow-methods"]
            assert answer.headers["access-control-allow-headers"] == "authorization, x-key"
            foreign = await client.options(path, headers=asked | {"origin": "https://evil.org"})
            assert foreign.status_code == 403
            assert "access-control-allow-origin" not in foreign.headers
        assert Spy.calls == []
        plain = await client.options("/party/r", headers={"origin": OWN})  # no preflight: the room's
        assert plain.text == "OPTIONS of the room"


async def test_without_cors_preflights_are_the_rooms_and_answers_are_as_they_were(tmp_path: Path) -> None:
    asked = {"origin": OWN, "access-control-request-method": "PUT"}
    async with served(tmp_path, layers=False) as (url, client):
        answer = await client.options("/party/r", headers=asked)
        assert answer.text == "OPTIONS of the room"
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert await handshake(f"{url}/party/r", ("origin", "null")) == 101


async def test_a_route_that_raises_is_a_500_that_pages_may_read(tmp_path: Path) -> None:
    host = Host({"main": Spy}, routes=[Route("/route", route, methods=["POST"])], cors=True)
    transport = httpx.ASGITransport(host, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/route", headers={"origin": OWN})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert answer.headers["access-control-allow-origin"] == "*"

"""WebSocket subprotocols: who chooses, in both forms, over both send paths, and what clients see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from partyserver import (
    Connection,
    ConnectionContext,
    EdgeSocket,
    ExecutionContext,
    HandlerResultError,
    Host,
    Lobby,
    PartyServer,
    Response,
    ServerOptions,
)
from partyserver.edge.openings import opening_of
from pkcodemods import migrate_source
from pkcompat import legacy_to_class
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.serving.server import serving
from pkcompat.testing import assert_same_behaviour
from pkcompat.traffic.steps import Connect
from pkcompat.traffic.transcript import Opened

HEADER = "Sec-WebSocket-Protocol"


class Speaks(PartyServer):
    options = ServerOptions(subprotocols=("chat.v2", "chat.v1"))

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if self.room.id == "broken":
            raise ValueError("no")
        connection.send(f"speaking {ctx.subprotocol}")

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request | Response:
        wanted = request.query_params.get("choose")
        if wanted is None:
            return request
        request.headers["x-hook"] = "seen"  # type: ignore[index]
        return Response(status_code=101, headers={HEADER: wanted, "set-cookie": "a=b", "upgrade": "h2"})

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
        socket.send("edge")


class Silent(PartyServer):
    """Speaks no subprotocol."""


class WrapsSend:
    """Middleware that takes the plain path: it replaces `send`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def own_send(message: Any) -> None:
            await send(message)

        await self._app(scope, receive, own_send)


@pytest.fixture(params=[(), (Middleware(WrapsSend),)], ids=["fast", "plain"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with serving(Host({"main": Speaks, "silent": Silent}, middleware=request.param)) as address:
        yield address.url.replace("http", "ws")


@asynccontextmanager
async def opened(url: str, *offered: str) -> AsyncIterator[ClientConnection]:
    names: Any = offered or None
    async with connect(url, subprotocols=names, proxy=None) as client:
        yield client


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("chat.v1",), "chat.v1"),
        (("chat.v1", "chat.v2"), "chat.v1"),
        (("json", "chat.v2"), "chat.v2"),
        (("json",), None),
        (("CHAT.V1",), None),
        ((), None),
    ],
)
async def test_the_first_offered_one_that_the_party_speaks_is_chosen(
    url: str, offered: tuple[str, ...], chosen: str | None
) -> None:
    async with opened(f"{url}/party/r", *offered) as client:
        assert client.subprotocol == chosen
        assert await client.recv() == f"speaking {chosen}"
    async with opened(f"{url}/edge", *offered) as client:
        assert client.subprotocol == chosen
        assert await client.recv() == "edge"
    async with opened(f"{url}/parties/silent/r", *offered) as client:
        assert client.subprotocol is None


async def test_a_hook_chooses_and_sets_headers(url: str) -> None:
    async with opened(f"{url}/party/r?choose=json", "chat.v2", "json") as client:
        assert client.subprotocol == "json"
        assert await client.recv() == "speaking json"
        assert client.response is not None
        assert client.response.headers["set-cookie"] == "a=b"
        assert client.response.headers["upgrade"] == "websocket"


@pytest.mark.parametrize("offered", [(), ("chat.v2",)])
async def test_a_hook_can_choose_only_what_is_offered(url: str, offered: tuple[str, ...]) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with opened(f"{url}/party/r?choose=json", *offered):
            pass
    assert caught.value.response.status_code == 500


async def test_a_client_that_is_closed_by_on_connect_reads_why(url: str) -> None:
    async with opened(f"{url}/party/broken", "chat.v2") as client:
        assert client.subprotocol == "chat.v2"
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1011


async def test_the_answer_names_one_subprotocol(url: str) -> None:
    host, port = url.removeprefix("ws://").split(":")
    for lines, count in (
        (f"{HEADER}: json,chat.v1\r\n{HEADER}: chat.v2\r\n", 1),
        ("", 0),
        (f"{HEADER}: x\r\n", 0),
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET /party/r HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{lines}"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode().lower()
        assert answer.startswith("http/1.1 101")
        assert answer.count("sec-websocket-protocol:") == count
        assert not count or "sec-websocket-protocol: chat.v1\r\n" in answer
        writer.close()


OBJECT = """
from partykit.server import PartyKitServer
from starlette.responses import Response


def on_before_connect(request, lobby, ctx):
    offered = request.headers.get("sec-websocket-protocol", "")
    if "chat.v2" in offered:
        return Response(status_code=101, headers={"sec-websocket-protocol": "chat.v2"})
    return request


def on_connect(connection, room, ctx):
    connection.send(f"hello {ctx.subprotocol}")


default: PartyKitServer = {"onBeforeConnect": on_before_connect, "onConnect": on_connect}
"""


def made(source: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "party"}
    exec(compile(source, "party.py", "exec"), namespace)
    return namespace["default"]


async def test_the_object_form_and_what_the_codemod_makes_of_it_choose_in_the_hook() -> None:
    migrated = migrate_source(OBJECT).code
    assert "pkcompat" not in migrated
    for form in (legacy_to_class(made(OBJECT)), made(migrated)):
        async with serving(Host({"main": form})) as address:
            async with opened(f"{address.url.replace('http', 'ws')}/party/r", "json", "chat.v2") as client:
                assert client.subprotocol == "chat.v2"
                assert await client.recv() == "hello chat.v2"


async def test_clients_of_traffic_see_the_subprotocol() -> None:
    async with (
        serving(Host({"main": Speaks})) as address,
        SocketTransport(address.host, address.port) as transport,
    ):
        for offered, chosen in (("json, chat.v1", "chat.v1"), ("json", None)):
            step = Connect("a", "/party/r", ((HEADER, offered),))
            result, _ = await transport.connect(step, lambda event: None)
            assert result == Opened(chosen)


def test_forms_that_choose_otherwise_differ(tmp_path: Path) -> None:
    (tmp_path / "traffic.json").write_text(
        '{"party": "main", "steps": [{"op": "connect", "client": "a", "path": "/party/r", '
        '"headers": {"sec-websocket-protocol": "chat.v1, chat.v2"}}]}'
    )

    class Other(PartyServer):
        options = ServerOptions(subprotocols=("chat.v2",))

    class One(PartyServer):
        options = ServerOptions(subprotocols=("chat.v1",))

    with pytest.raises(AssertionError, match=r"chat\.v1"):
        assert_same_behaviour(One, Other, tmp_path / "traffic.json")


def test_options_hold_names() -> None:
    with pytest.raises(TypeError, match=r"subprotocols is a sequence of names: subprotocols=\('chat.v2',\)"):
        ServerOptions(subprotocols="chat.v2")
    for name in ("", "a b", "a,b", "a\r\nb", "ü"):
        with pytest.raises(ValueError, match="is no WebSocket subprotocol: write a name such as 'chat"):
            ServerOptions(subprotocols=(name,))


def test_a_subprotocol_that_is_not_offered_is_named() -> None:
    request = Request({"type": "http", "headers": [], "subprotocols": ["a", "b"]})
    response = Response(status_code=101, headers={HEADER: "c"})
    with pytest.raises(HandlerResultError, match=r"chose the subprotocol 'c', .* it offers 'a', 'b'"):
        opening_of(request, (), response)

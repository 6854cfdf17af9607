"""Sockets and requests that reach a node whose rooms are another's: over real sockets, on each send path."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse
from tests.partyserver.cluster.two_nodes import two_nodes
from tests.partyserver.in_process import until
from tests.partyserver.uvicorn_server import Server
from tests.partyserver.wire_paths import PATHS
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from partyserver import Connection, ConnectionContext, PartyServer, Request
from partyserver.exceptions import RoomLostError

events: list[Any] = []


class Chat(PartyServer):
    """Tells what it sees."""

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if "full" in ctx.request.query_params:
            raise HTTPException(418, "no tea")
        if "lost" in ctx.request.query_params:
            raise RoomLostError("main/room is another node's by now")
        if "fail" in ctx.request.query_params:
            raise ValueError("failed")
        connection.send(f"hello {connection.id} at {connection.uri.partition('/party')[2]}")

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if isinstance(message, bytes):
            sender.send(message[::-1])
        elif message == "close":
            sender.close(4001, "asked for")
        elif message == "put":
            await self.room.storage.put("key", 1)
            sender.send("stored")
        elif message.startswith("all "):
            self.room.broadcast(message, [sender.id])
        else:
            await sender.send(message.upper())

    async def on_close(self, connection: Connection) -> None:
        events.append(("close", connection.id))

    async def on_request(self, request: Request) -> Response:
        match request.query_params.get("what"):
            case "stream":

                async def parts() -> Any:
                    for number in range(40):
                        yield b"x" * 20_000 + str(number).encode()

                return StreamingResponse(parts())
            case "fail":
                raise ValueError("no answer")
            case "refuse":
                raise HTTPException(418, "no tea", {"x-tea": "none"})
        scope = request.scope
        return JSONResponse(
            {
                "method": request.method,
                "path": scope["path"],
                "raw": scope["raw_path"].decode(),
                "query": scope["query_string"].decode(),
                "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in scope["headers"]],
                "client": scope["client"][0],
                "size": len(await request.body()),
                "app": type(request.app).__name__,
            },
            headers={"x-own": "1"},
        )


def room(server: Server, query: str = "", path: str = "/party/room") -> str:
    return f"ws://127.0.0.1:{server.port}{path}?{query}"


async def end_of(client: ClientConnection) -> tuple[int | None, str | None]:
    with contextlib.suppress(ConnectionClosed):
        async for _ in client:
            pass
    return client.close_code, client.close_reason


@pytest.mark.parametrize("path", PATHS)
async def test_a_conversation_is_passed_on(path: str) -> None:
    events.clear()
    async with asyncio.timeout(30), two_nodes({"main": Chat}, path) as (_, _, server):
        async with connect(room(server, "_pk=a&b=%20")) as first, connect(room(server, "_pk=b")) as second:
            assert await first.recv() == "hello a at /room?_pk=a&b=%20"
            assert await second.recv() == "hello b at /room?_pk=b"
            await first.send("ä text")
            assert await first.recv() == "Ä TEXT"
            await first.send(bytes(range(256)))
            assert await first.recv() == bytes(range(256))[::-1]
            await first.send("put")
            assert await first.recv() == "stored"
            await first.send("all of you")
            assert await second.recv() == "all of you"
            large = "l" * 900_000
            await second.send(large)
            assert await second.recv() == large.upper()
            await second.send("close")
            assert await end_of(second) == (4001, "asked for")
        await until(lambda: len(events) == 2)
        assert sorted(events) == [("close", "a"), ("close", "b")]


@pytest.mark.parametrize("debug", [False, True])
async def test_requests_are_answered_as_by_the_owner_itself(debug: bool) -> None:
    async with (
        asyncio.timeout(30),
        two_nodes({"main": Chat}, debug=debug) as (_, owner, server),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as there,
    ):
        assert owner.node is not None
        async with httpx.AsyncClient(base_url=f"http://{owner.node.address}") as here:
            for method, url, content in [
                ("GET", "/party/room/a%20b?x=1", b""),
                ("POST", "/party/room", b"z" * 1_000_000),
                ("GET", "/party/room?what=stream", b""),
                ("HEAD", "/party/room?what=stream", b""),
                ("GET", "/party/room?what=fail", b""),
                ("GET", "/party/room?what=refuse", b""),
            ]:
                headers = [("x-a", "1"), ("x-a", "2"), ("host", "test")]
                answers = [
                    await c.request(method, url, content=content, headers=headers) for c in (here, there)
                ]
                seen = [
                    (a.status_code, a.content, [h for h in a.headers.raw if h[0].lower() != b"date"])
                    for a in answers
                ]
                assert seen[0] == seen[1]


@pytest.mark.parametrize("debug", [False, True])
async def test_what_on_connect_raises_reaches_the_client(debug: bool) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Chat}, debug=debug) as (_, _, server):
        async with connect(room(server, "fail")) as client:
            assert await end_of(client) == (1011, "failed" if debug else "Internal error")
        async with connect(room(server, "full")) as client:
            assert await end_of(client) == (1011, "no tea")
        async with connect(room(server, "lost")) as client:
            assert await end_of(client) == (1012, "Room moved")


class Broken(PartyServer):
    """Does not start."""

    async def on_start(self) -> None:
        raise HTTPException(503, "later", {"retry-after": "7"})


async def test_a_room_that_does_not_start_refuses_the_handshake() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Broken}) as (_, _, server):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(room(server)):
                pass
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "7"
        assert refused.value.response.body == b"later"


async def test_a_lost_link_closes_the_sockets_that_went_over_it() -> None:
    events.clear()
    async with asyncio.timeout(30), two_nodes({"main": Chat}) as (entry, _, server):
        async with connect(room(server, "_pk=a")) as client:
            await client.recv()
            [link] = entry.passing._all
            link.end("cut")
            assert await end_of(client) == (1012, "Room moved")
            await until(lambda: events == [("close", "a")])
        async with connect(room(server, "_pk=b")) as client:
            assert json.dumps(await client.recv())


async def test_the_owner_stops() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Chat}) as (_, owner, server):
        async with connect(room(server, "_pk=a")) as client:
            await client.recv()
            await owner.passing.close_rooms(1012, "")
            assert await end_of(client) == (1012, "")

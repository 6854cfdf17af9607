"""Passed-on requests: bodies both ways, clients that leave, links that end in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from tests.partyserver.cluster.two_nodes import TestedNode, two_nodes
from tests.partyserver.in_process import until
from tests.partyserver.uvicorn_server import Server

from partyserver import Limits, PartyServer, Request
from partyserver.exceptions import NotOwnerError

happened: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_happened() -> None:
    happened.clear()


class Bodies(PartyServer):
    """Reads and sends bodies."""

    async def on_request(self, request: Request) -> Response:
        happened.append("began")
        match request.query_params.get("what"):
            case "events":
                return StreamingResponse(self._events(), media_type="text/event-stream")
            case "break":
                return StreamingResponse(self._broken())
            case "wait":
                await asyncio.Event().wait()
            case "read slowly":
                async for part in request.stream():
                    happened.append(len(part))
                    await asyncio.sleep(0.001)
                return Response("read")
            case "until gone":
                try:
                    async for _ in request.stream():
                        pass
                except ClientDisconnect:
                    happened.append("gone")
                    raise
        return Response(str(len(await request.body())))

    async def _events(self) -> AsyncIterator[bytes]:
        try:
            yield b"data: first\n\n"
            await asyncio.Event().wait()
        finally:
            happened.append("stopped")

    async def _broken(self) -> AsyncIterator[bytes]:
        yield b"some"
        raise ValueError("broken")


def served() -> Any:
    return two_nodes({"main": Bodies})


def client_of(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}")


async def chunks(count: int, size: int = 50_000) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_a_body_comes_as_it_is_read() -> None:
    async with (
        asyncio.timeout(30),
        two_nodes({"main": Bodies}) as (_, _, server),
        client_of(server) as client,
    ):
        answer = await client.post("/party/room?what=read slowly", content=chunks(40))
        assert answer.text == "read"
        assert sum(part for part in happened if part != "began") == 2_000_000
        assert max(part for part in happened if part != "began") <= 65_536


async def test_a_body_that_is_too_long() -> None:
    limits = Limits(max_body=100_000)
    async with (
        asyncio.timeout(30),
        two_nodes({"main": Bodies}, limits=limits) as (_, _, server),
        client_of(server) as client,
    ):
        answer = await client.post("/party/room", content=chunks(3))
        assert (answer.status_code, answer.text) == (413, "The body must not be longer than 100000 bytes.")


async def test_events_come_at_once_and_end_with_the_client() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Bodies}) as (entry, owner, server):
        async with client_of(server) as client, client.stream("GET", "/party/room?what=events") as answer:
            async for data in answer.aiter_bytes():
                assert data == b"data: first\n\n"
                break
        await until(lambda: "stopped" in happened)
        await until(lambda: not any(link.streams for node in (entry, owner) for link in node.passing._all))


async def test_a_client_that_leaves_in_the_middle_of_its_body() -> None:
    async with asyncio.timeout(30), served() as (entry, owner, server):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /party/room?what=until%20gone HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nsome"
        )
        await until(lambda: "began" in happened)
        writer.close()
        await until(lambda: "gone" in happened)
        await until(lambda: not any(link.streams for node in (entry, owner) for link in node.passing._all))


async def test_an_answer_that_breaks_off() -> None:
    async with (
        asyncio.timeout(30),
        two_nodes({"main": Bodies}) as (_, _, server),
        client_of(server) as client,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/party/room?what=break")


async def test_a_link_that_ends_meanwhile() -> None:
    async with (
        asyncio.timeout(30),
        two_nodes({"main": Bodies}) as (entry, _, server),
        client_of(server) as client,
    ):
        asking = asyncio.create_task(client.get("/party/room?what=wait"))
        await until(lambda: "began" in happened)
        [link] = entry.passing._all
        link.end("cut")
        assert (await asking).status_code == 502
        assert happened == ["began"]  # and not again


async def test_a_body_is_there_for_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Bodies}) as (entry, owner, server):
        owned, refusals = owner.owned, 2

        async def owned_soon(room: Any) -> Any:
            nonlocal refusals
            refusals -= 1
            if refusals >= 0:
                raise NotOwnerError("not yet")
            return await owned(room)

        monkeypatch.setattr(owner, "owned", owned_soon)
        http: Any = entry.host._endpoints["http"]
        http._switchboard.open_room = lambda *room: Again(entry, room)
        async with client_of(server) as client:
            assert (await client.post("/party/room", content=b"x" * 300_000)).text == "300000"
            assert (await client.post("/party/room", content=chunks(3))).text == "150000"


class Again:
    """Tries again, as the directory does."""

    def __init__(self, node: TestedNode, room: tuple[str, str]) -> None:
        self.node, self.room = node, room

    async def request(self, request: Request) -> Response:
        while True:
            try:
                return await self.node._open(*self.room).request(request)
            except NotOwnerError:
                await asyncio.sleep(0)

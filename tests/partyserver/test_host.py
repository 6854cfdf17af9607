"""`Host`: parties, options, background work, shutdown and restart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.partyserver.in_process import Server, running, until

from partyserver import (
    Connection,
    ExecutionContext,
    Host,
    Lobby,
    MemoryStorage,
    PartyServer,
    Request,
    Response,
    SqliteStorage,
    StorageError,
)


class Main(PartyServer):
    """Nothing."""


@pytest.mark.parametrize("party", [Main(None), {"onMessage": print}, int, None])  # type: ignore[arg-type]
def test_a_party_is_a_subclass_of_party_server(party: Any) -> None:
    with pytest.raises(TypeError, match="'main' must be a subclass of PartyServer"):
        Host({"main": party})


def test_options_are_server_options() -> None:
    class Hibernates(PartyServer):
        options = {"hibernate": True}  # type: ignore[assignment]  # noqa: RUF012

    with pytest.raises(
        TypeError, match=r"Hibernates.options must be a ServerOptions, got {'hibernate': True}"
    ):
        Host({"main": Hibernates})


@pytest.mark.parametrize("name", ["", "a/b", "a b", "a?b", "a%20b"])
def test_a_partys_name_stands_in_a_path(name: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Host({name: Main})


async def test_wait_until_outlives_the_answer_and_shutdown_ends_it() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    class Waits(PartyServer):
        @staticmethod
        def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
            ctx.wait_until(work())
            return Response("answered")

    server = Server(Waits, shutdown_timeout=0.01)
    async with running(server.host):
        assert (await server.http("GET", "/x")).text == "answered"
        await asyncio.wait_for(started.wait(), 5)
    assert ended.is_set()


async def test_shutdown_lets_what_runs_end_and_then_closes_the_storage() -> None:
    order: list[str] = []
    go_on = asyncio.Event()

    class Storage(MemoryStorage):
        def close(self) -> None:
            order.append("storage closed")

    class Slow(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            order.append("handler began")
            await go_on.wait()
            await self.room.storage.put("key", "value")
            order.append("handler ended")

    server = Server(Slow, storage=Storage())
    async with running(server.host):
        client = await server.connect("a")
        client.send("hello")
        await until(lambda: order)
        assert not await server.host.drain(0.01)
        asyncio.get_running_loop().call_soon(go_on.set)
    assert order == ["handler began", "handler ended", "storage closed"]


async def test_shutdown_closes_the_storage_within_the_users_lifespan() -> None:
    order: list[str] = []

    class Storage(MemoryStorage):
        def close(self) -> None:
            order.append("storage closed")

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, int]]:
        order.append("user in")
        yield {"answer": 42}
        order.append("user out")

    host = Host({"main": Main}, storage=Storage(), lifespan=lifespan)
    async with host.router.lifespan_context(host) as state:
        assert state == {"answer": 42}
    assert order == ["user in", "storage closed", "user out"]


async def test_the_room_knows_where_it_is() -> None:
    seen: dict[str, Any] = {}

    class Looks(PartyServer):
        def on_request(self, request: Request) -> Response:
            room = self.room
            seen[room.id] = (room.name, room.internal_id, dict(room.env), list(room.context.parties))
            return Response()

    class Other(PartyServer):
        pass

    server = Server(Looks, Other, env={"KEY": "value"})
    await server.http("GET", "/party/r%C3%BC")
    await server.http("GET", "/party/other")
    assert seen["r%C3%BC"][0] == "main"
    assert seen["r%C3%BC"][2:] == ({"KEY": "value"}, ["main", "other"])
    assert len(seen["other"][1]) == 64
    assert seen["other"][1] != seen["r%C3%BC"][1]


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_a_host_that_ended_starts_again_with_its_storage(
    tmp_path: Path, durability: Literal["process", "power"]
) -> None:
    class Counts(PartyServer):
        async def on_request(self, request: Request) -> Response:
            count = (await self.room.storage.get("count") or 0) + 1
            await self.room.storage.put("count", count)
            return Response(str(count))

    server = Server(Counts, storage=SqliteStorage(tmp_path / "rooms.sqlite", durability=durability))
    for expected in ("1", "2"):
        async with running(server.host):
            assert (await server.http("GET", "/party/room")).text == expected
        with pytest.raises(StorageError):
            server.host._storage.room("main", "room").get("count")

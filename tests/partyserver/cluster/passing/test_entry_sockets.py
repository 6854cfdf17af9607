"""Passed-on connections: stubs, peers that do not keep up, ends in the middle, what waits for storage."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from tests.partyserver.cluster.two_nodes import two_nodes
from tests.partyserver.in_process import until
from tests.partyserver.uvicorn_server import Server
from tests.partyserver.wire_paths import raw_peer
from tests.partyserver.wires import text_frame
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from partyserver import Connection, ConnectionContext, Limits, MemoryStorage, PartyServer, Request, Response
from partyserver.storage.backend import Commit

happened: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_happened() -> None:
    happened.clear()


class Echo(PartyServer):
    """Answers in capitals."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "flood":
            for _ in range(40):
                sender.send("x" * 50_000)
        elif message == "awaited flood":
            for number in range(150):
                await sender.send("x" * 50_000)
                happened.append(number)
        elif message == "slow":
            happened.append("began")
            await asyncio.sleep(0.2)
            happened.append("ended")
        elif message == "close":
            sender.close(4_004, "closed by the room")
        elif message == "surrogate":
            try:
                sender.send("\ud800")
            except UnicodeEncodeError:
                sender.send("refused")
        else:
            sender.send(str(message).upper())

    async def on_close(self, connection: Connection) -> None:
        happened.append(("left", connection.id))

    async def on_error(self, connection: Connection, error: Exception) -> None:
        happened.append((type(error).__name__, str(error)))

    async def on_request(self, request: Request) -> Response:
        stub = self.room.context.parties["main"].get("other")
        socket = await stub.socket("/x?_pk=stub", headers={"x-a": "1"})
        socket.add_event_listener("message", lambda event: happened.append(event.data))
        socket.add_event_listener("close", lambda event: happened.append((event.code, event.reason)))
        socket.send("hello")
        socket.send(request.query_params.get("then", "close"))
        return Response("opened")


def url(server: Server, query: str = "") -> str:
    return f"ws://127.0.0.1:{server.port}/party/room?{query}"


async def test_a_stub_reaches_a_room_of_another_node() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Echo}) as (entry, _, _):
        caller = entry.host._parties["main"].room("here")  # whose handlers run on the node that passes on
        await caller.request(Request({"type": "http", "query_string": b"", "headers": []}))
        await until(lambda: len(happened) == 3)
        assert happened == ["HELLO", (4_004, "closed by the room"), ("left", "stub")]


async def test_a_lost_link_closes_the_sockets_of_stubs() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Echo}) as (entry, _, _):
        caller = entry.host._parties["main"].room("here")
        await caller.request(Request({"type": "http", "query_string": b"then=stay", "headers": []}))
        await until(lambda: len(happened) == 2)
        [link] = entry.passing._all
        link.end("cut")
        await until(lambda: len(happened) == 4)
        assert sorted(map(str, happened[2:])) == ["('left', 'stub')", "(1012, 'Room moved')"]


async def test_a_client_that_breaks_the_protocol() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Echo}) as (entry, _, server):
        errors: list[Any] = []
        for owner in (None, entry.owner):  # the room is the entry's own first
            entry.owner, happened[:] = owner, []
            async with raw_peer(server) as peer:
                await peer.send(text_frame("slow") + b"\xff\x80aaaa")
                await peer.read_all()
            await until(lambda: "ended" in happened and len(happened) == 3)
            errors.append([event for event in happened if isinstance(event, tuple)])
        assert errors[0] == errors[1] == [("ProtocolError", errors[0][0][1])]


async def test_half_of_a_surrogate_pair_is_an_error_of_its_handler() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Echo}) as (_, _, server):
        async with connect(url(server)) as client:
            await client.send("surrogate")
            assert await client.recv() == "refused"


async def test_a_client_that_does_not_read_is_closed_by_the_node_it_has_reached() -> None:
    limits = Limits(max_queue=10_000)
    async with asyncio.timeout(60), two_nodes({"main": Echo}, limits=limits) as (_, _, server):
        async with raw_peer(server, "/party/room?_pk=slow", buffer=4_096) as peer:
            await peer.send(text_frame("flood") * 8)
            await until(lambda: ("left", "slow") in happened, 30)


async def test_await_send_waits_for_the_client() -> None:
    limits = Limits(max_queue=0)
    async with asyncio.timeout(60), two_nodes({"main": Echo}, limits=limits) as (_, _, server):
        async with raw_peer(server, "/party/room?_pk=slow", buffer=4_096) as peer:
            await peer.send(text_frame("awaited flood"))
            await until(lambda: len(happened) > 5)
            await asyncio.sleep(0.5)
            assert len(happened) < 140
            await peer.read(150 * 50_000)
            await until(lambda: len(happened) == 150)


async def test_a_client_is_not_read_while_its_room_has_enough_to_do() -> None:
    limits = Limits(max_handlers=4)
    async with asyncio.timeout(60), two_nodes({"main": Echo}, limits=limits) as (_, owner, server):
        async with connect(url(server, "_pk=a")) as client:
            for _ in range(12):
                await client.send("slow")
            await client.send("done")
            room = owner.host._parties["main"].room("room")
            most = 0
            receive = asyncio.create_task(client.recv())
            while not receive.done():
                most = max(most, room._running._running)
                await asyncio.sleep(0.01)
            assert receive.result() == "DONE"
            assert most <= 5
            await until(lambda: happened.count("ended") == 12)


async def test_a_full_room_refuses() -> None:
    limits = Limits(max_room_connections=1)
    async with asyncio.timeout(30), two_nodes({"main": Echo}, limits=limits) as (_, _, server):
        async with connect(url(server)):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url(server))
            assert refused.value.response.status_code == 503
            assert refused.value.response.body == b"The room has 1 connections already."


class Held(MemoryStorage):
    """Commits when a test says so."""

    commit: Commit | None = None

    @property
    def pending(self) -> Commit | None:
        return None if self.commit is None or self.commit.done() else self.commit


class Talk(PartyServer):
    """Broadcasts, and sends."""

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send("welcome")

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send("1")
        self.room.broadcast("2")
        sender.send("3")


@pytest.mark.parametrize("fails", [False, True])
async def test_nothing_leaves_before_the_write_that_it_follows(fails: bool) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Talk}) as (_, owner, server):
        storage = Held()
        gate: Any = storage
        owner.passing._owner._gate = lambda *room: gate
        async with connect(url(server)) as client:
            assert await client.recv() == "welcome"
            room = owner.host._parties["main"].room("room")
            room._instance.server.room._fan_out._gate = gate  # type: ignore[union-attr]
            storage.commit = asyncio.get_running_loop().create_future()
            await client.send("go")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.recv(), 0.2)
            if fails:
                storage.commit.set_exception(RuntimeError("lost"))
                with pytest.raises(ConnectionClosed):
                    await client.recv()
                assert (client.close_code, client.close_reason) == (1011, "Storage failed")
            else:
                storage.commit.set_result(None)
                assert [await client.recv() for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize("messages", range(1, 9))
async def test_a_link_that_is_cut_anywhere_ends_everything_once(messages: int) -> None:
    """The owner's end of the link is lost after so many WebSocket messages that it has received."""
    async with asyncio.timeout(30), two_nodes({"main": Echo}) as (entry, owner, server):
        start = owner.passing._start

        def cutting(channel: Any, *args: Any, **options: Any) -> Any:
            receive, left = channel.receive, messages

            async def receive_some() -> bytes | None:
                nonlocal left
                left -= 1
                return await receive() if left >= 0 else None

            channel.receive = receive_some
            return start(channel, *args, **options)

        owner.passing._start = cutting  # type: ignore[method-assign]
        with contextlib.suppress(ConnectionClosed, InvalidStatus):
            async with connect(url(server, "_pk=a")) as client:
                for number in range(10):
                    await client.send(f"m{number}")
                    assert await client.recv() == f"M{number}"
        await until(lambda: not entry.passing._all and not owner.passing._all)
        room = owner.host._parties["main"].room("room")
        await until(lambda: not room._instance.sockets)
        assert happened.count(("left", "a")) <= 1
        owner.passing._start = start  # type: ignore[method-assign]
        async with connect(url(server, "_pk=b")) as client:
            await client.send("again")
            assert await client.recv() == "AGAIN"

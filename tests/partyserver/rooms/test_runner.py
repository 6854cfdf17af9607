"""Which handler an event has called, with what, and in which order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from typing import Any

import pytest
from tests.partyserver.in_process import Client, Server, handshake, settle, until

from partyserver import (
    Connection,
    ConnectionContext,
    HandlerCancelledError,
    HandlerResultError,
    PartyServer,
    ReadyState,
    Response,
    ServerOptions,
)


class Chat(PartyServer):
    """Tells the room what happens."""

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send("hello")

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(f"{sender.id}: {message!r}", [sender.id])

    def on_close(self, connection: Connection) -> None:
        self.room.broadcast(f"closed {connection.id}, left {[c.id for c in self.room.get_connections()]}")

    def on_error(self, connection: Connection, error: Exception) -> None:
        self.room.broadcast(f"error {connection.id}")


class HibernatingChat(Chat):
    options = ServerOptions(hibernate=True)


@pytest.mark.parametrize("party", [Chat, HibernatingChat])
async def test_a_message_reaches_the_others(party: type[PartyServer]) -> None:
    server = Server(party)
    a, b = await server.connect("a"), await server.connect("b")
    assert a.received == b.received == ["hello"]
    a.send("hi")
    a.send(b"\0")
    await settle()
    assert (a.received, b.received) == ([], ["a: 'hi'", "a: b'\\x00'"])


@pytest.mark.parametrize("party", [Chat, HibernatingChat])
async def test_a_closed_connection_is_out_before_on_close(party: type[PartyServer]) -> None:
    server = Server(party)
    a, b = await server.connect("a"), await server.connect("b")
    a.close()
    await settle()
    assert b.received == ["hello", "closed a, left ['b']"]
    assert a.connection.ready_state is ReadyState.CLOSED


@pytest.mark.parametrize("party", [Chat, HibernatingChat])
async def test_a_protocol_error_is_on_error_and_no_on_close(party: type[PartyServer]) -> None:
    server = Server(party)
    a, b = await server.connect("a"), await server.connect("b")
    a.break_protocol()
    await settle()
    assert b.received == ["hello", "error a"]


async def test_without_hibernation_the_later_of_two_sockets_takes_the_id_and_either_end_frees_it() -> None:
    server = Server(Chat)
    first, second, other = await server.connect("a"), await server.connect("a"), await server.connect("b")
    other.send("x")
    await settle()
    assert (first.received, second.received) == (["hello"], ["hello", "b: 'x'"])
    first.send("y")
    await settle()
    assert other.received == ["hello", "a: 'y'"]
    first.close()
    await settle()
    assert other.received == ["closed a, left ['b']"]
    second.send("z")
    await settle()
    assert other.received == ["a: 'z'"]


async def test_with_hibernation_both_sockets_of_an_id_are_reached() -> None:
    server = Server(HibernatingChat)
    first, second, other = await server.connect("a"), await server.connect("a"), await server.connect("b")
    other.send("x")
    await settle()
    assert first.received == second.received == ["hello", "b: 'x'"]
    first.close()
    await settle()
    assert other.received == ["hello", "closed a, left ['a', 'b']"]


async def test_messages_wait_for_nobody_else_and_overlap_at_awaits() -> None:
    class Overlap(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            if message == "slow":
                await self.room.fast  # type: ignore[attr-defined]
            else:
                self.room.fast.set_result(None)  # type: ignore[attr-defined]
            self.room.broadcast(f"done {message!s}")

    server = Server(Overlap)
    a = await server.connect("a")
    server.room()._instance.server.room.fast = asyncio.get_running_loop().create_future()  # type: ignore[union-attr]
    a.send("slow")
    a.send("fast")
    await settle()
    assert a.received == ["done fast", "done slow"]


class Counter(PartyServer):
    """Reads, changes and writes."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        count = await self.room.storage.get("count") or 0
        await self.room.storage.put("count", count + 1)


class GatheringCounter(PartyServer):
    """Reads through tasks, which take turns of the event loop."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        storage = self.room.storage
        async with asyncio.TaskGroup() as group:
            gathered = group.create_task(self.gather())
        (count,) = gathered.result()
        await asyncio.gather(storage.put("count", (count or 0) + 1), storage.get("other"))

    async def gather(self) -> list[Any]:
        return await asyncio.gather(self.room.storage.get("count"))


@pytest.mark.parametrize("party", [Counter, GatheringCounter])
async def test_read_change_write_on_storage_needs_no_lock(party: type[PartyServer]) -> None:
    server = Server(party)
    a, b = await server.connect("a"), await server.connect("b")
    for _ in range(50):
        a.send("add")
        b.send("add")
    storage = server.room()._instance.server.room.storage  # type: ignore[union-attr]
    async with asyncio.timeout(5):
        while await storage.get("count") != 100:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


async def test_no_event_is_delivered_while_concurrency_is_blocked() -> None:
    class Blocks(PartyServer):
        def __init__(self, room: Any) -> None:
            super().__init__(room)
            self.loaded = False
            room.block_concurrency_while(self.load)

        async def load(self) -> None:
            await asyncio.sleep(0.02)
            self.loaded = True

        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            connection.send(f"loaded {self.loaded}")

    a = await Server(Blocks).connect("a")
    assert a.received == ["loaded True"]


async def test_block_concurrency_while_gives_what_the_callback_gives() -> None:
    server = Server(Chat)
    await server.connect("a")
    room = server.room()._instance.server.room  # type: ignore[union-attr]
    assert await room.block_concurrency_while(lambda: 7) == 7

    async def fail() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        await room.block_concurrency_while(fail)
    assert await room.block_concurrency_while(lambda: 8) == 8


async def test_an_error_in_on_connect_leaves_no_ghost() -> None:
    class Refuses(PartyServer):
        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            assert self.room.get_connection(connection.id) is connection
            if connection.id == "bad":
                raise LookupError("no room")

    server = Server(Refuses)
    await server.connect("a")
    with pytest.raises(LookupError):
        await server.connect("bad")
    assert [c.id for c in server.room()._instance.connections.all()] == ["a"]


async def test_a_connection_that_was_refused_is_closed_for_whoever_kept_it() -> None:
    class Refuses(PartyServer):
        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            raise LookupError("no room")

    server = Server(Refuses)
    client = Client(server.room(), "a")
    with pytest.raises(LookupError):
        await client.connect()
    client.connection.send("into the void")
    assert client.connection.ready_state is ReadyState.CLOSED
    assert client.received == []


async def test_a_connection_ends_where_no_instance_can_be_told(caplog: pytest.LogCaptureFixture) -> None:
    class Starts(PartyServer):
        options = ServerOptions(hibernate=True)
        broken = False

        def on_start(self) -> None:
            if Starts.broken:
                raise LookupError("not now")

    server = Server(Starts, idle_timeout=0.01)
    a, b = await server.connect("a"), await server.connect("b")
    await until(lambda: server.room()._instance.server is None)
    Starts.broken = True
    a.close()
    await settle()
    assert "on_close of main/room failed" in caplog.text
    assert server.room()._instance.connections.sockets() == [b.connection]


class Thenable:
    """An awaitable that is no coroutine."""

    def __init__(self, result: Any = None) -> None:
        self.result = result

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        return self.result


def future(result: Any = None) -> asyncio.Future[Any]:
    done = asyncio.get_running_loop().create_future()
    done.set_result(result)
    return done


@pytest.mark.parametrize("awaitable", [Thenable, future])
async def test_whatever_awaitable_a_handler_returns_is_awaited(awaitable: Callable[..., Any]) -> None:
    class Awaitables(PartyServer):
        def on_start(self) -> Any:
            return awaitable()

        def get_connection_tags(self, connection: Connection, ctx: ConnectionContext) -> Any:
            return awaitable(["tag"])

        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> Any:
            return awaitable()

        def on_message(self, message: str | bytes, sender: Connection) -> Any:
            sender.send(f"tagged {len(self.room.get_connections('tag'))}")
            return awaitable()

        def on_request(self, request: Any) -> Any:
            return awaitable(Response("answer"))

    server = Server(Awaitables)
    a = await server.connect("a")
    a.send("x")
    await settle()
    assert a.received == ["tagged 1"]
    assert (await server.room().request(handshake())).body == b"answer"


async def test_a_handler_that_awaits_what_was_cancelled_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    class Cancelled(PartyServer):
        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> Any:
            return cancelled() if connection.id == "bad" else None

        def on_message(self, message: str | bytes, sender: Connection) -> Any:
            return cancelled()

        def on_request(self, request: Any) -> Any:
            return cancelled()

    def cancelled() -> asyncio.Future[Any]:
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        result.cancel()
        return result

    server = Server(Cancelled)
    a = await server.connect("a")
    with pytest.raises(HandlerCancelledError):
        await server.connect("bad")
    a.send("x")
    await settle()
    assert "on_message of main/room failed" in caplog.text
    answer = await server.http("GET", "/party/room")
    assert (answer.status_code, answer.text) == (500, "the handler awaited something that was cancelled")


@pytest.mark.parametrize("tags", [None, "red"])
async def test_tags_are_a_list(tags: Any) -> None:
    class Tagged(PartyServer):
        def get_connection_tags(self, connection: Connection, ctx: ConnectionContext) -> Any:
            return tags if connection.id == "bad" else ["red"]

    server = Server(Tagged)
    a = await server.connect("a")
    with pytest.raises(HandlerResultError, match=r"get_connection_tags returned (None|a str)"):
        await server.connect("bad")
    assert server.room()._instance.connections.all("red") == [a.connection]


async def test_an_error_in_on_message_is_logged_and_the_room_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Fails(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            sender.send(str(int(message)))

    server = Server(Fails)
    a = await server.connect("a")
    with caplog.at_level(logging.ERROR, "partyserver"):
        a.send("x")
        a.send("5")
        await settle()
    assert a.received == ["5"]
    assert "on_message of main/room failed" in caplog.text


async def test_tags() -> None:
    class Tagged(PartyServer):
        async def get_connection_tags(self, connection: Connection, ctx: ConnectionContext) -> list[str]:
            return ["even" if len(connection.id) % 2 == 0 else "odd"]

    server = Server(Tagged)
    for name in ("a", "bb", "c"):
        await server.connect(name)
    room = server.room()._instance.server.room  # type: ignore[union-attr]
    assert [c.id for c in room.get_connections("odd")] == ["a", "c"]
    assert [c.id for c in room.get_connections("bb")] == ["bb"]
    assert [c.id for c in room.get_connections()] == ["a", "bb", "c"]


async def test_message_listeners_hear_after_on_message_where_the_party_does_not_hibernate() -> None:
    class Listens(PartyServer):
        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            connection.add_event_listener("message", lambda event: connection.send(f"listener {event.data}"))
            connection.add_event_listener("close", lambda: self.room.broadcast("gone"))

        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            sender.send(f"handler {message!s}")

    class HibernatingListens(Listens):
        options = ServerOptions(hibernate=True)

    for party, expected in ((Listens, ["handler x", "listener x"]), (HibernatingListens, ["handler x"])):
        server = Server(party)
        a, b = await server.connect("a"), await server.connect("b")
        a.send("x")
        a.close()
        await settle()
        assert a.received == expected
        assert b.received == (["gone"] if party is Listens else [])


async def test_handlers_may_hang_attributes_on_the_room() -> None:
    class Keeps(PartyServer):
        def on_request(self, request: Any) -> Response:
            self.room.visits = getattr(self.room, "visits", 0) + 1  # type: ignore[attr-defined]
            return Response(str(self.room.visits))  # type: ignore[attr-defined]

    room = Server(Keeps).room()
    assert (await room.request(handshake())).body == b"1"
    assert (await room.request(handshake())).body == b"2"

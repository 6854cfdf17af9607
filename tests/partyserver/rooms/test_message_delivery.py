"""How `RoomRunner.dispatch` has messages handled: at once where nothing is in the way, in order always."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable
from typing import Any, ClassVar

import pytest
from tests.partyserver.in_process import AsgiSocket, Client, Server, running, settle
from tests.partyserver.wires import connected, text_frame

from partyserver import (
    Connection,
    EdgeSocket,
    ExecutionContext,
    Host,
    Lobby,
    PartyServer,
    Request,
    Response,
    ServerOptions,
)
from partyserver.wire.frames import encode_frame

seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


class Recording(PartyServer):
    """Keeps what happened."""

    options = ServerOptions(hibernate=True)
    log: ClassVar[list[Any]]

    def __init_subclass__(cls) -> None:
        cls.log = []


async def client_of(party: type[PartyServer]) -> Client:
    return await Server(party).connect("a")


async def test_a_def_is_called_at_once() -> None:
    class Plain(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.log.append(message)

    client = await client_of(Plain)
    client.send("1")
    client.send("2")
    assert Plain.log == ["1", "2"]


async def test_an_async_def_runs_in_a_task_of_its_own() -> None:
    class Tasks(Recording):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            before = asyncio.current_task()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await asyncio.Event().wait()
            self.log.append((before, asyncio.current_task()))

    client = await client_of(Tasks)
    client.send("1")
    client.send("2")
    async with asyncio.timeout(5):
        while len(Tasks.log) < 2:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)
    (first, same), (second, again) = Tasks.log
    assert first is same
    assert second is again
    assert None is not first is not second is not None


async def test_whatever_it_returns_messages_keep_their_order() -> None:
    """Where one call returns an awaitable and the next does not, the first step of the one comes first."""

    class Mixed(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> Awaitable[None] | None:
            self.log.append(f"{message!s} called")
            return None if message == "plain" else self.work(message)

        async def work(self, message: str | bytes) -> None:
            self.log.append(f"{message!s} begins")
            await asyncio.sleep(0)
            self.log.append(f"{message!s} ends")

    client = await client_of(Mixed)
    for message in ("plain", "1", "plain", "2", "plain"):
        client.send(message)
    await settle()
    begun = [entry for entry in Mixed.log if not entry.endswith("ends")]
    assert begun == [
        *("plain called", "1 called", "1 begins", "plain called", "2 called", "2 begins", "plain called")
    ]
    assert sorted(entry for entry in Mixed.log if entry.endswith("ends")) == ["1 ends", "2 ends"]


async def test_a_message_waits_for_an_end_that_came_before() -> None:
    class Ends(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.log.append(message)

        def on_close(self, connection: Connection) -> None:
            self.log.append(f"closed {connection.id}")

    server = Server(Ends)
    a, b = await server.connect("a"), await server.connect("b")
    a.close()
    b.send("1")
    assert Ends.log == []
    await settle()
    assert Ends.log == ["closed a", "1"]
    b.send("2")
    assert Ends.log[2:] == ["2"]


async def test_a_message_waits_while_concurrency_is_blocked() -> None:
    release = asyncio.Event()

    class Blocking(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.log.append(message)
            if message == "block":
                self.room.block_concurrency_while(release.wait)

    client = await client_of(Blocking)
    client.send("block")
    client.send("1")
    client.send("2")
    await settle()
    assert Blocking.log == ["block"]
    release.set()
    await settle()
    assert Blocking.log == ["block", "1", "2"]


async def test_each_message_has_a_context_of_its_own() -> None:
    class Contexts(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.log.append(seen.get())
            seen.set(str(message))

    client = await client_of(Contexts)
    client.send("1")
    client.send("2")
    assert Contexts.log == ["nothing", "nothing"]
    assert seen.get() == "nothing"


@pytest.mark.parametrize("error", [LookupError("lost"), asyncio.CancelledError()])
async def test_an_error_is_logged_and_the_room_lives_on(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            if message == "fail":
                raise error
            self.log.append(message)

    client = await client_of(Failing)
    with caplog.at_level(logging.ERROR):
        client.send("fail")
    assert [record.message for record in caplog.records] == ["on_message of main/room failed"]
    client.send("1")
    assert Failing.log == ["1"]


async def test_a_room_that_is_sent_something_by_a_handler_does_not_interrupt_it() -> None:
    log: list[str] = []

    class Caller(PartyServer):
        async def on_start(self) -> None:
            self.other = await self.room.context.parties["callee"].get("x").socket()
            self.other.add_event_listener("message", lambda event: log.append(f"answer {event.data}"))

        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.other.send(message)
            log.append(f"sent {message!s}")

    class Callee(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            log.append(f"got {message!s}")
            sender.send(message)

    host = Host({"main": Caller, "callee": Callee})
    async with running(host):
        client = await Client(host._parties["main"].room("room"), "a").connect()
        client.send("1")
        assert log == ["sent 1"]
        await settle()
        assert log == ["sent 1", "got 1", "answer 1"]


async def test_a_room_with_a_stub_among_its_connections_reaches_everybody() -> None:
    answers: list[str] = []

    class Relay(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.room.broadcast(f"{message!s} to all")
            self.room.broadcast(f"{message!s} to the others", [sender.id])

    class Caller(PartyServer):
        async def on_start(self) -> None:
            self.other = await self.room.context.parties["main"].get("room").socket()
            self.other.add_event_listener("message", lambda event: answers.append(event.data))

        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.other.send(message)

    host = Host({"main": Relay, "caller": Caller})
    paths = ["/parties/caller/x", "/party/room", "/party/room"]
    async with connected(host, *paths) as (caller, near, far):
        caller.protocol.data_received(text_frame("stub"))
        await settle()
        near.protocol.data_received(text_frame("near"))
        await settle()
        to_far = ["stub to all", "stub to the others", "near to all", "near to the others"]
        assert b"".join(far.writes) == b"".join(map(encode_frame, to_far))
        assert b"".join(near.writes) == b"".join(map(encode_frame, to_far[:3]))
        assert answers == ["stub to all", "near to all", "near to the others"]


async def test_somebody_who_came_or_went_between_two_broadcasts_of_a_turn() -> None:
    class Relay(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.room.broadcast("1")
            if message == "close":
                sender.close(4000)
            self.room.broadcast("2")

    async with connected(Host({"main": Relay}), *["/party/room"] * 3) as (one, two, three):
        one.protocol.data_received(text_frame("close"))
        await settle()
        assert b"".join(one.writes).startswith(encode_frame("1") + b"\x88")
        assert two.writes == three.writes == [encode_frame("1") + encode_frame("2")]
        two.protocol.connection_lost(None)
        three.protocol.data_received(text_frame("x"))
        await settle()
        assert len(two.writes) == 1
        assert three.writes[1:] == [encode_frame("1") + encode_frame("2")]


async def test_an_event_that_a_handler_of_the_same_room_dispatches_does_not_interrupt_it() -> None:
    class Echoing(Recording):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            if message == "first":
                client.send("second")
                client.close()
            self.log.append(f"{message!s} done")

        def on_close(self, connection: Connection) -> None:
            self.log.append("closed")

    client = await client_of(Echoing)
    client.send("first")
    assert Echoing.log == ["first done"]
    await settle()
    assert Echoing.log == ["first done", "second done", "closed"]


@pytest.mark.parametrize("hook", ["on_fetch", "on_socket", "listener"])
async def test_an_event_that_a_handler_outside_of_rooms_dispatches_does_not_interrupt_it(hook: str) -> None:
    log: list[str] = []

    async def call(lobby: Lobby) -> None:
        socket = await lobby.parties["main"].get("room").socket()
        socket.send(hook)
        log.append("sent")

    class Party(PartyServer):
        @staticmethod
        async def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
            await call(lobby)
            return Response("")

        @staticmethod
        async def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
            if hook == "on_socket":
                await call(lobby)
            else:
                stub = await lobby.parties["main"].get("room").socket()

                def send(event: Any) -> None:
                    stub.send(event.data)
                    log.append("sent")

                socket.add_event_listener("message", send)

        def on_message(self, message: str | bytes, sender: Connection) -> None:
            log.append(f"got {message!s}")

    server = Server(Party)
    if hook == "on_fetch":
        await server.http("GET", "/elsewhere")
    else:
        socket = AsgiSocket(server.host, "/elsewhere")
        socket.send("listener")
        await settle()
        await socket.leave()
    await settle()
    assert log == ["sent", f"got {hook}"]

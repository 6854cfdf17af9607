"""Handlers that hold the event loop, and those that do not end: the log names them once, with their line."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from tests.partyserver.in_process import AsgiSocket, Server, running, settle, until

from partyserver import Connection, Host, PartyServer, Response, ServerOptions
from partyserver.limits import Limits

LOOPS = {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}
QUICK = Limits(slow_handler=0.05, stuck_handler=0)


class Blocks:
    """Holds the event loop at each place once: until the log says so, and somewhat longer."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        self._records = records
        self.places: list[str] = []

    def at(self, place: str) -> None:
        if place in self.places:
            return
        self.places.append(place)
        end = time.monotonic() + 10
        while len(self._records) < len(self.places) and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(0.06)


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine in each kind of loop."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(main)

    return run


CALLBACK = "a callback left behind of main/room"
PLACES = [
    "on_before_connect of main",
    "on_start of main/room",
    "get_connection_tags of main/room",
    "on_connect of main/room",
    "a task left behind of main/room",
    CALLBACK,
    "on_message of main/room",
    "a message listener of main/room",
    "an async listener, or what wait_until was given, of main/room",
    "on_request of main/room",
    "on_fetch of main",
    "on_alarm of main/room",
    "on_close of main/room",
]


def party(blocks: Callable[[str], None]) -> type[PartyServer]:
    """A party that blocks at all of the places."""

    class Blocking(PartyServer):
        options = ServerOptions(hibernate=False)

        def on_start(self) -> None:
            blocks("on_start of main/room")

        def get_connection_tags(self, connection: Connection, ctx: object) -> list[str]:
            blocks("get_connection_tags of main/room")
            return []

        async def on_connect(self, connection: Connection, ctx: object) -> None:
            connection.add_event_listener("message", lambda event: blocks("a message listener of main/room"))
            connection.add_event_listener("message", self.listen)
            await asyncio.sleep(0)
            blocks("on_connect of main/room")
            await asyncio.create_task(self.task())
            asyncio.get_running_loop().call_soon(blocks, CALLBACK)

        async def task(self) -> None:
            blocks("a task left behind of main/room")

        async def listen(self, event: object) -> None:
            await asyncio.sleep(0)
            blocks("an async listener, or what wait_until was given, of main/room")

        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            blocks("on_message of main/room")

        def on_close(self, connection: Connection) -> None:
            blocks("on_close of main/room")

        def on_request(self, request: object) -> Response:
            blocks("on_request of main/room")
            return Response("done")

        async def on_alarm(self) -> None:
            blocks("on_alarm of main/room")

        @staticmethod
        def on_fetch(request: object, lobby: object, ctx: object) -> Response:
            blocks("on_fetch of main")
            return Response("done")

        @staticmethod
        async def on_before_connect(request: object, lobby: object, ctx: object) -> None:
            await asyncio.sleep(0)
            blocks("on_before_connect of main")

    return Blocking


async def everything_happens(blocking: type[PartyServer]) -> None:
    server = Server(blocking, limits=QUICK)
    async with running(server.host):
        socket = AsgiSocket(server.host, "/party/room?_pk=a")
        await until(lambda: socket.sent, 30)
        await settle()
        socket.send("hello")
        await settle()
        await server.http("GET", "/party/room")
        await settle()
        await server.http("GET", "/elsewhere")
        await settle()
        await server.room().alarm()
        await settle()
        await socket.leave()
        await settle()


def test_what_holds_the_loop_is_named_once(
    run: Callable[[Coroutine[Any, Any, Any]], Any], caplog: pytest.LogCaptureFixture
) -> None:
    blocks = Blocks(caplog.records)
    run(everything_happens(party(blocks.at)))
    assert blocks.places == PLACES
    messages = [record.getMessage() for record in caplog.records]
    for place, message in zip(PLACES, messages, strict=True):
        name, _, rest = message.partition(" has held the event loop for ")
        # uvloop keeps to itself which callback it runs
        assert name == place or (place == CALLBACK and name == "code outside of handlers")
        assert f"now at {__file__}:" in rest
        assert "(Blocks.at)" in rest
        assert "slow_handler (--slow-handler)" in rest


def test_many_short_handlers_are_not_one_that_blocks(
    run: Callable[[Coroutine[Any, Any, Any]], Any], caplog: pytest.LogCaptureFixture
) -> None:
    class Busy(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            time.sleep(0.01)

    async def main() -> None:
        server = Server(Busy, limits=Limits(slow_handler=0.5, stuck_handler=0))
        async with running(server.host):
            client = await server.connect("a")
            loop = asyncio.get_running_loop()
            for _ in range(80):
                loop.call_soon(client.send, "x")
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    run(main())
    assert not caplog.records


def test_work_of_ours_is_not_blamed_on_a_handler(
    run: Callable[[Coroutine[Any, Any, Any]], Any], caplog: pytest.LogCaptureFixture
) -> None:
    scope: dict[str, Any] = {"__name__": "partyserver.wire.made_up"}
    exec("import time\ndef write(): time.sleep(0.2)", scope)

    class Scheduling(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            asyncio.get_running_loop().call_soon(scope["write"])

    async def main() -> None:
        server = Server(Scheduling, limits=QUICK)
        async with running(server.host):
            client = await server.connect("a")
            client.send("x")
            await asyncio.sleep(0.01)

    run(main())
    assert not caplog.records


def test_the_thread_ends_with_the_host() -> None:
    async def main(stop: bool) -> threading.Thread:
        host = Host({"main": PartyServer}, limits=QUICK)
        before = {*threading.enumerate()}
        await host._lifecycle.start()
        [thread] = {*threading.enumerate()} - before
        assert thread.daemon
        if stop:
            await host._lifecycle.stop()
            assert not thread.is_alive()
        return thread

    for stop in (True, False):
        thread = asyncio.run(main(stop))
        thread.join(5)
        assert not thread.is_alive()


async def test_zero_turns_it_off() -> None:
    before = threading.active_count()
    async with running(Host({"main": PartyServer}, limits=Limits(slow_handler=0, stuck_handler=0))):
        assert threading.active_count() == before


def test_a_host_that_is_idle_costs_its_loop_nothing() -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        turns = 0
        once = loop._run_once  # type: ignore[attr-defined]

        def counted() -> None:
            nonlocal turns
            turns += 1
            once()

        loop._run_once = counted  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
        async with running(Host({"main": PartyServer}, limits=QUICK)):
            await asyncio.sleep(0.01)
            turns = 0
            await asyncio.sleep(0.3)
            return turns

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        assert runner.run(main()) <= 4


# Handlers that do not end


class Waiting(PartyServer):
    """Its messages and its alarm wait for ever; a message that stores first lets none behind it begin."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.answer()

    async def on_connect(self, connection: Connection, ctx: object) -> None:
        if connection.id == "stuck":
            await asyncio.gather(self.answer(), asyncio.sleep(0))

    async def answer(self) -> None:
        async with asyncio.timeout(60):
            await asyncio.get_running_loop().create_future()


async def test_a_handler_that_does_not_end_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(Waiting, limits=Limits(slow_handler=0, stuck_handler=0.1))
    async with running(server.host):
        client = await server.connect("a")
        for _ in range(3):
            client.send("x")
        await until(lambda: caplog.records, 15)
        client.send("x")
        await asyncio.sleep(0.3)
        message = named(caplog)
        assert message.startswith(
            "on_message of main/room has not ended for 0.1 s (nor have 2 others there); it waits at "
        )
        assert f"{__file__}:" in message
        assert "(Waiting.answer)" in message
        assert "stuck_handler (--stuck-handler)" in message
        await server.host._tasks.cancel()


async def test_the_line_is_where_it_awaits_its_tasks(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(Waiting, limits=Limits(slow_handler=0, stuck_handler=0.1))
    async with running(server.host):
        connecting = asyncio.create_task(server.connect("stuck"))
        await until(lambda: caplog.records, 15)
        message = named(caplog)
        assert message.startswith("on_connect of main/room has not ended")
        assert "(Waiting.on_connect)" in message
        connecting.cancel()


async def test_who_waits_for_another_handler_is_not_named(caplog: pytest.LogCaptureFixture) -> None:
    class Starting(PartyServer):
        async def on_start(self) -> None:
            await asyncio.get_running_loop().create_future()

        def on_request(self, request: object) -> Response:
            return Response()

    server = Server(Starting, limits=Limits(slow_handler=0, stuck_handler=0.1))
    async with running(server.host):
        requests = [asyncio.create_task(server.http("GET", "/party/room")) for _ in range(3)]
        await until(lambda: caplog.records, 15)
        await asyncio.sleep(0.3)
        assert named(caplog).startswith("on_start of main/room has not ended")
        for request in requests:
            request.cancel()
        server.room()._instance._starting.cancel()  # type: ignore[union-attr]


def named(caplog: pytest.LogCaptureFixture) -> str:
    [record] = caplog.records
    gc.collect()
    return record.getMessage()

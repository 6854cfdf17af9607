"""Handlers that run out of stack or memory: an error of theirs, logged, in both forms; all else goes on."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import websockets
from tests.partyserver.in_process import until

from partyserver import Host, PartyServer, Response, ServerOptions, StorageError
from pkcompat import legacy_to_class
from pkcompat.serving.server import serving


def recursion(deep: Any = None) -> None:
    """Call itself without end."""
    recursion(deep)


def memory() -> None:
    """More than any machine has."""
    bytearray(1 << 60)


EXHAUSTING: dict[str, Callable[[], None]] = {"RecursionError": recursion, "MemoryError": memory}
PLACES = (
    "start",
    "connect",
    "message",
    "awaiting",
    "listener",
    "close",
    "request",
    "alarm",
    "fetch",
    "before",
)


def class_form(place: str, exhaust: Callable[[], None]) -> type[PartyServer]:
    class Exhausted(PartyServer):
        options = ServerOptions(hibernate=False)

        def at(self, here: str) -> None:
            if here == place and "bad" in self.room.id:
                exhaust()

        def on_start(self) -> None:
            self.at("start")

        def on_connect(self, connection: Any, ctx: object) -> None:
            self.at("connect")
            if place == "listener":
                connection.add_event_listener("message", lambda event: self.at("listener"))

        def on_message(self, message: str | bytes, sender: Any) -> Any:
            self.at("message")
            if place == "awaiting":
                return self.later(message, sender)
            sender.send(message)
            return None

        async def later(self, message: str | bytes, sender: Any) -> None:
            await asyncio.sleep(0)
            self.at("awaiting")
            sender.send(message)

        def on_close(self, connection: Any) -> None:
            self.at("close")

        async def on_request(self, request: object) -> Response:
            self.at("request")
            return Response("fine")

        def on_alarm(self) -> None:
            self.at("alarm")

        @staticmethod
        def on_fetch(request: Any, lobby: object, ctx: object) -> Response:
            if place == "fetch" and "bad" in request.url.path:
                exhaust()
            return Response("fine")

        @staticmethod
        def on_before_connect(request: Any, lobby: object, ctx: object) -> Any:
            if place == "before" and "bad" in request.url.path:
                exhaust()
            return request

    return Exhausted


def object_form(place: str, exhaust: Callable[[], None]) -> type[PartyServer]:
    def at(here: str, room: Any) -> None:
        if here == place and "bad" in room.id:
            exhaust()

    async def later(message: Any, ws: Any, room: Any) -> None:
        await asyncio.sleep(0)
        at("awaiting", room)
        ws.send(message)

    def on_connect(ws: Any, room: Any, ctx: Any) -> None:
        at("start" if place == "start" else "connect", room)
        if place == "listener":
            ws.addEventListener("message", lambda event: at("listener", room))
            ws.addEventListener("message", lambda event: ws.send(event.data))

    def on_message(message: Any, ws: Any, room: Any) -> Any:
        at("message", room)
        if place == "awaiting":
            return later(message, ws, room)
        ws.send(message)
        return None

    async def on_request(request: Any, room: Any) -> Response:
        at("request", room)
        return Response("fine")

    def on_fetch(request: Any, lobby: object, ctx: object) -> Response:
        if place == "fetch" and "bad" in request.url.path:
            exhaust()
        return Response("fine")

    def on_before_connect(request: Any, lobby: object, ctx: object) -> Any:
        if place == "before" and "bad" in request.url.path:
            exhaust()
        return request

    with_messages = {} if place == "listener" else {"onMessage": on_message}  # with it, it hibernates
    return legacy_to_class(
        SimpleNamespace(
            **with_messages,
            onConnect=on_connect,
            onClose=lambda ws, room: at("close", room),
            onRequest=on_request,
            onAlarm=lambda room: at("alarm", room),
            onFetch=on_fetch,
            onBeforeConnect=on_before_connect,
        )
    )


FORMS = {"class": class_form, "object": object_form}


@asynccontextmanager
async def served(party: type[PartyServer]) -> AsyncIterator[tuple[Host, str]]:
    host = Host({"main": party}, shutdown_timeout=0.1)
    async with serving(host) as address:
        yield host, address.url


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", EXHAUSTING)
async def test_it_costs_its_own_event_alone(error: str, form: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for place in PLACES:
        caplog.clear()
        async with served(FORMS[form](place, EXHAUSTING[error])) as (host, url):
            async with websockets.connect(url.replace("http", "ws") + "/party/good") as other:
                await misbehave(place, host, url)
                await until(lambda: any(record.exc_info for record in caplog.records))
                await other.send("still here")
                assert await other.recv() == "still here"
        # what the log says of it
        [record] = [record for record in caplog.records if record.exc_info]
        assert record.name == "partyserver"
        assert error in (record.exc_text or logging.Formatter().formatException(record.exc_info))  # type: ignore[arg-type]
        assert re.search("main/bad|/party/bad|^GET .*/bad", record.getMessage())


async def misbehave(place: str, host: Host, url: str) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        if place == "request":
            assert (await http.get("/party/bad")).status_code == 500
        elif place == "fetch":
            assert (await http.get("/bad")).status_code == 500
        elif place == "alarm":
            with pytest.raises((RecursionError, MemoryError)):
                await host._open_room("main", "bad").alarm()
            logging.getLogger("partyserver").error("main/bad", exc_info=RecursionError("MemoryError"))
        else:
            await misbehave_by_socket(place, url.replace("http", "ws") + "/party/bad")


async def misbehave_by_socket(place: str, url: str) -> None:
    if place in ("start", "before"):
        try:
            async with websockets.connect(url) as socket:
                await socket.recv()
        except (websockets.InvalidStatus, websockets.ConnectionClosed):
            return
        raise AssertionError("it was let in")
    async with websockets.connect(url) as socket:
        if place == "connect":
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
        elif place != "close":
            await socket.send("x")
            if place == "listener":
                assert await socket.recv() == "x"


# At the end of the stack: each call is made with every number of frames left, down to none.


class Deep(PartyServer):
    """Sends, broadcasts, stores and blocks all the way down; then answers."""

    def on_message(self, message: str | bytes, sender: Any) -> Any:
        with suppress(RecursionError):
            if message == "sends":
                self.sends(sender)
            elif message == "stores":
                return self.stores(sender)
        sender.send("done")
        return None

    def sends(self, sender: Any) -> None:
        try:
            self.sends(sender)
        finally:  # on the way up, so that the first calls have the least stack
            for call in (lambda: sender.send("x"), lambda: self.room.broadcast("x")):
                with suppress(RecursionError):
                    call()

    async def stores(self, sender: Any) -> None:
        with suppress(RecursionError, StorageError):
            await self.stores_deeper()
        await self.room.storage.put("last", "done")
        sender.send(await self.room.storage.get("last"))

    async def stores_deeper(self) -> None:
        storage = self.room.storage
        calls: tuple[Callable[[], Any], ...] = (
            lambda: storage.put("depth", 1),
            lambda: storage.get("depth"),
            lambda: storage.transaction(lambda transaction: transaction.get("depth")),
            lambda: self.room.block_concurrency_while(lambda: None),
        )
        for call in calls:
            with suppress(RecursionError, StorageError):
                await call()
        await self.stores_deeper()


@pytest.mark.parametrize("what", ["sends", "stores"])
async def test_calls_at_the_end_of_the_stack_break_nothing(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At the very end not even a coroutine can be closed, and Python reports that.
    monkeypatch.setattr(sys, "unraisablehook", str)
    async with (
        served(Deep) as (_, url),
        websockets.connect(url.replace("http", "ws") + "/party/room") as socket,
    ):
        for _ in range(2):
            for message in (what, "sends nothing"):
                await socket.send(message)
                async with asyncio.timeout(20):
                    while await socket.recv() != "done":
                        pass

"""Every test's handler forgets an `await`; the line that is meant ends with a comment `# here`."""

from __future__ import annotations

import gc
import linecache
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from tests.partyserver.in_process import Server, settle

from partyserver import Connection, ConnectionContext, PartyServer
from pkcompat import legacy_to_class


@contextmanager
def one_warning() -> Iterator[list[str]]:
    """Gives the text of the only warning, which is at a line that says `# here`."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield texts
        gc.collect()
    texts += [str(warning.message) for warning in caught]
    assert len(texts) == 1, texts
    assert "# here" in linecache.getline(caught[0].filename, caught[0].lineno)


async def note(room: Any) -> None:
    await room.storage.put("noted", True)


async def send(party: type[PartyServer], message: str = "a") -> None:
    """Have a client of a party send a message."""
    client = await Server(party).connect("a")
    client.send(message)
    await settle()


async def test_a_call_that_stands_alone() -> None:
    class Party(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.room.storage.put("last", message)  # here

    with one_warning() as texts:
        await send(Party)
    assert texts == [
        "party main, on_message: storage.put(...) was never awaited; write: await storage.put(...)"
    ]


async def test_a_value_that_is_kept_until_the_handler_ends() -> None:
    class Party(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            names = {"n": 1}
            names.get("n")
            count = self.room.storage.get("n")  # here
            sender.send(f"{count}")

    with one_warning() as texts:
        await send(Party)
    assert texts == [
        "party main, on_message: storage.get(...) was never awaited; write: await storage.get(...)"
    ]


async def test_an_asynchronous_handler() -> None:
    class Party(PartyServer):
        async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            await self.room.storage.get("n")
            count = self.room.storage.get("n")  # here
            connection.send(f"{count}")

    with one_warning() as texts:
        await Server(Party).connect("a")
    assert texts == [
        "party main, on_connect: storage.get(...) was never awaited; write: await storage.get(...)"
    ]


async def test_a_handler_that_fails_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("partyserver"), "disabled", True)  # pytest keeps what is logged

    class Party(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            count = self.room.storage.get("n")  # here
            sender.send(str(count["n"]))  # type: ignore[index]

    with one_warning() as texts:
        await send(Party)
    assert "main, on_message: storage.get(...)" in texts[0]


async def test_a_function_of_ones_own() -> None:
    class Party(PartyServer):
        async def on_close(self, connection: Connection) -> None:
            kept = note(self.room)  # here
            self.kept = str(kept)

    with one_warning() as texts:
        server = Server(Party)
        (await server.connect("a")).close()
        await settle()
    assert texts == ["party main, on_close: note(...) was never awaited; write: await note(...)"]


async def test_a_helper_that_forgets_it() -> None:
    def keep(room: Any, text: Any) -> None:
        kept = room.storage.delete(text)  # here
        str(kept)

    class Party(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            keep(self.room, message)

    with one_warning() as texts:
        await send(Party)
    assert "main, on_message: storage.delete(...)" in texts[0]


async def test_requests_alarms_and_the_start() -> None:
    class Party(PartyServer):
        def on_request(self, request: Request) -> Response:
            stub = self.room.context.parties["main"].get("other")
            stub.fetch("/x")  # here
            return PlainTextResponse("ok")

    with one_warning() as texts:
        await Server(Party).http("GET", "/party/room")
    assert texts == [
        "party main, on_request: stub.fetch(...) was never awaited; write: await stub.fetch(...)"
    ]

    class Starting(PartyServer):
        def on_start(self) -> None:
            self.room.storage.set_alarm(1e12)  # here

    with one_warning() as texts:
        await Server(Starting).connect("a")
    assert "main, on_start: storage.set_alarm(...)" in texts[0]


async def test_a_hook_says_its_name() -> None:
    class Party(PartyServer):
        @staticmethod
        def on_fetch(request: Request, lobby: Any, ctx: Any) -> Response:
            lobby.parties["main"].get("room").fetch()  # here
            return PlainTextResponse("ok")

    with one_warning() as texts:
        await Server(Party).http("GET", "/elsewhere")
    assert "party main, on_fetch: stub.fetch(...)" in texts[0]


async def test_coroutines_of_nobodys_handler_are_told_as_ever() -> None:
    Server(PartyServer)
    with pytest.warns(RuntimeWarning, match=r"^coroutine 'note' was never awaited$"):
        note(None)


def on_message(message: Any, connection: Any, room: Any) -> None:
    count = room.storage.getAlarm()  # here
    connection.send(str(count))


async def on_message_later(message: Any, connection: Any, room: Any) -> None:
    count = room.storage.list()  # here
    connection.send(str(count))


@pytest.mark.parametrize(("handler", "called"), [(on_message, "get_alarm"), (on_message_later, "list")])
async def test_objects_of_handlers(handler: Any, called: str) -> None:
    with one_warning() as texts:
        await send(legacy_to_class({"onMessage": handler}))
    assert f"main, on_message: storage.{called}(...)" in texts[0]

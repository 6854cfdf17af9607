"""What would end the process, out of a handler: an error of that handler, logged, and the others go on."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator

import pytest
from tests.partyserver.in_process import Server, settle, until

from partyserver import Connection, HandlerExitError, PartyServer, ServerOptions, StartError

ENDINGS: dict[str, Callable[[], object]] = {
    "exit": lambda: sys.exit(3),
    "interrupt": lambda: _raise(KeyboardInterrupt()),
    "generator": lambda: _raise(GeneratorExit()),
    "memory": lambda: _raise(MemoryError()),
    "recursion": lambda: _raise(RecursionError()),
}


def _raise(error: BaseException) -> object:
    raise error


@pytest.fixture(autouse=True)
def signals_taken() -> Iterator[None]:
    """As under `pkcompat serve` and uvicorn: SIGINT raises nothing."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    yield
    signal.signal(signal.SIGINT, before)


def party(ending: str, *, awaits: bool) -> type[PartyServer]:
    """A party whose `on_message` ends for the message `end`, and answers others."""

    def end() -> None:
        ENDINGS[ending]()

    class Sync(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            if message == "end":
                end()
            sender.send(message)

    class Async(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            await asyncio.sleep(0)
            if message == "end":
                end()
            sender.send(message)

    return Async if awaits else Sync


@pytest.mark.parametrize("awaits", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_message_handler(ending: str, awaits: bool, caplog: pytest.LogCaptureFixture) -> None:
    server = Server(party(ending, awaits=awaits))
    client = await server.connect("a")
    client.send("end")
    client.send("still here")
    await until(lambda: client.received == ["still here"])
    assert [record.getMessage() for record in caplog.records] == ["on_message of main/room failed"]


@pytest.mark.parametrize("name", ["on_start", "get_connection_tags", "on_connect"])
async def test_a_handler_of_connecting(name: str) -> None:
    def end(*_: object) -> None:
        sys.exit(3)

    server = Server(type("Ending", (PartyServer,), {name: end}))
    with pytest.raises((HandlerExitError, StartError)) as raised:
        await server.connect("a")
    causes = (raised.value, raised.value.__cause__)
    assert any(isinstance(cause, HandlerExitError) for cause in causes)


async def test_a_listener(caplog: pytest.LogCaptureFixture) -> None:
    class Listening(PartyServer):
        options = ServerOptions(hibernate=False)

        def on_connect(self, connection: Connection, ctx: object) -> None:
            connection.add_event_listener("message", lambda event: sys.exit(3))
            connection.add_event_listener("message", lambda event: connection.send("next"))

    server = Server(Listening)
    client = await server.connect("a")
    client.send("x")
    await until(lambda: client.received == ["next"])
    assert "a message listener of main/room failed" in caplog.text


async def test_a_close_handler_leaves_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    class Closing(PartyServer):
        async def on_close(self, connection: Connection) -> None:
            sys.exit(3)

    caplog.set_level(logging.ERROR)
    server = Server(Closing)
    client = await server.connect("a")
    client.close()
    await settle()
    assert "on_close of main/room failed" in caplog.text


async def test_ctrl_c_passes_where_python_has_sigint() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    server = Server(party("interrupt", awaits=False))
    client = await server.connect("a")
    client.send("x")
    await settle()
    with pytest.raises(KeyboardInterrupt):
        client.send("end")

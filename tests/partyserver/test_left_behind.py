"""Tasks and callbacks that a handler left behind: what they raise is logged with the room, once."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from tests.partyserver.in_process import Server, running, until

from partyserver import Connection, EdgeSocket, Limits, PartyServer
from pkcompat.serving.event_loop import loop_factory


@pytest.fixture(params=["asyncio", "uvloop", "serving asyncio", "serving uvloop"])
def kind(request: pytest.FixtureRequest) -> str:
    """The loop: as under uvicorn, or that of `pkcompat serve`."""
    return str(request.param)


Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run(kind: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a coroutine in that loop."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        if kind == "serving asyncio":
            monkeypatch.setitem(sys.modules, "uvloop", None)
        loops = {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}
        with asyncio.Runner(loop_factory=loops.get(kind) or loop_factory()) as runner:
            return runner.run(main)

    return run


class Leaving(PartyServer):
    """Leaves behind what a message asks for."""

    kept: list[object] = []  # noqa: RUF012

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        what, _, name = str(message).partition(" ")
        error = {"ValueError": ValueError, "GeneratorExit": GeneratorExit, "SystemExit": SystemExit}[name](7)
        loop = asyncio.get_running_loop()
        if what == "task":
            loop.create_task(self.raises(error))  # noqa: RUF006 - as handlers do
        elif what == "kept":
            self.kept.append(loop.create_task(self.raises(error)))
        else:
            loop.call_later(0.001, self.raises_at_once, error)
        sender.send("left")

    async def raises(self, error: BaseException) -> None:
        self.raises_at_once(error)

    def raises_at_once(self, error: BaseException) -> None:
        raise error

    @staticmethod
    async def on_socket(socket: EdgeSocket, lobby: object, ctx: object) -> None: ...


def collected(records: list[logging.LogRecord]) -> list[logging.LogRecord]:
    """The records, once every task that nothing refers to was reported."""
    gc.collect()
    return records


@pytest.mark.parametrize("error", ["ValueError", "GeneratorExit", "SystemExit"])
@pytest.mark.parametrize("what", ["task", "kept", "callback"])
def test_the_log_names_the_room_once(
    what: str, error: str, kind: str, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    if error == "SystemExit" and not kind.startswith("serving"):
        pytest.skip("the loop of another server ends with it")
    if what == "kept" and error != "SystemExit":
        pytest.skip("asyncio reports a task once nothing refers to it any more")

    async def main() -> None:
        server = Server(Leaving, limits=Limits(slow_handler=0))  # on a busy machine it would log as well
        async with running(server.host):
            client = await server.connect("a")
            client.send(f"{what} {error}")
            await until(lambda: collected(caplog.records))
            client.send("task ValueError")
            await until(lambda: len(collected(caplog.records)) > 1)

    caplog.set_level(logging.WARNING)
    collected(caplog.records)
    caplog.clear()
    run(main())
    record, after = caplog.records
    kind_of = "callback" if what == "callback" else "task"
    if kind == "serving uvloop" and error == "SystemExit":
        kind_of = record.getMessage().split()[1]  # uvloop keeps to itself what it ran
    assert record.getMessage().startswith(
        f"a {kind_of} that a handler of main/room left behind raised {error}(7)"
    )
    assert f"{__file__}:" in record.getMessage()
    assert record.exc_info is not None
    assert "ValueError(7)" in after.getMessage()


async def test_what_no_handler_left_goes_to_the_handler_before(caplog: pytest.LogCaptureFixture) -> None:
    loop, reports = asyncio.get_running_loop(), list[Any]()
    before = lambda loop, report: reports.append(report)  # noqa: E731
    loop.set_exception_handler(before)
    async with running(Server(Leaving).host):
        loop.call_soon(int, "no number")
        await until(lambda: reports)
        assert not caplog.records
    assert loop.get_exception_handler() is before
    loop.set_exception_handler(None)


async def test_another_handler_that_was_set_meanwhile_stays() -> None:
    loop = asyncio.get_running_loop()
    other = lambda loop, report: None  # noqa: E731
    async with running(Server(Leaving).host):
        loop.set_exception_handler(other)
    assert loop.get_exception_handler() is other
    loop.set_exception_handler(None)

"""The life of a host: lifespans, starts without one, event loops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.partyserver.in_process import until

from partyserver import Host, MemoryStorage, PartyServer, Request, Response
from partyserver.lifecycle import State
from partyserver.storage.backend import Alarm, Changes

RANG: list[str] = []


class Clocked(PartyServer):
    async def on_request(self, request: Request) -> Response:
        await self.room.storage.set_alarm(1_767_225_600_000)  # long ago: it rings at once
        return Response("set")

    def on_alarm(self) -> None:
        RANG.append(self.room.id)


class Plain(PartyServer):
    def on_request(self, request: Request) -> Response:
        return Response("plain")

    def on_alarm(self) -> None:
        RANG.append(self.room.id)


@pytest.fixture(autouse=True)
def rang() -> list[str]:
    RANG.clear()
    return RANG


def with_alarm_of(*rooms: str) -> MemoryStorage:
    """Storage as a host has left it whose alarms have not rung."""
    storage = MemoryStorage()
    for room in rooms:
        storage.room("main", room).apply(Changes(alarm=Alarm(1_767_225_600_000, 1_767_225_600_000, 0)))
    return storage


async def get(app: Any, path: str) -> str:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.get(path)).text


@contextlib.asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[None]:
    async with app.router.lifespan_context(app):
        yield


async def test_a_mounted_host_rings_by_its_lifespan(rang: list[str]) -> None:
    host = Host({"main": Plain}, storage=with_alarm_of("a"))
    async with running(Starlette(routes=[Mount("/rt", host)], lifespan=host.lifespan)):
        await until(lambda: rang == ["a"])
    assert host._lifecycle.state is State.STOPPED


async def test_within_a_lifespan_of_ones_own_and_several_hosts(rang: list[str]) -> None:
    one, other = (Host({"main": Plain}, storage=with_alarm_of(room)) for room in ("a", "b"))

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with one.lifespan(app), other.lifespan(app):
            yield

    app = Starlette(routes=[Mount("/one", one), Mount("/other", other)], lifespan=lifespan)
    async with running(app):
        await until(lambda: sorted(rang) == ["a", "b"])
        assert await get(app, "/one/party/x") == "plain"


async def test_the_first_event_without_a_lifespan_starts_all(
    rang: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    host = Host({"main": Plain}, storage=with_alarm_of("a"))
    app = Starlette(routes=[Mount("/rt", host)])
    async with running(app):
        assert [await get(app, "/rt/party/x") for _ in range(3)] == ["plain"] * 3
        await until(lambda: rang == ["a"])
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "lifespan=host.lifespan" in warnings[0]


def test_another_event_loop_is_a_start_anew(rang: list[str]) -> None:
    """As for a test client that has one for each request."""
    host = Host({"main": Clocked})

    async def request(room: str) -> str:
        answer = await get(host, f"/party/{room}")
        await until(lambda: room in rang)
        return answer

    assert [asyncio.run(request(room)) for room in "abc"] == ["set"] * 3


async def test_a_lifespan_that_is_entered_twice_ends_with_the_second() -> None:
    host = Host({"main": Plain})
    async with host.lifespan():
        async with host.lifespan():
            pass
        assert host._lifecycle.state is State.RUNNING
    assert host._lifecycle.state is State.STOPPED
    async with host.lifespan():
        assert host._lifecycle.state is State.RUNNING


async def test_after_its_end_an_event_starts_nothing(rang: list[str]) -> None:
    host = Host({"main": Plain}, storage=with_alarm_of())
    async with host.lifespan():
        pass
    await host._lifecycle.start_without_lifespan()
    assert host._lifecycle.state is State.STOPPED


async def test_a_lifespan_gets_the_application_that_the_host_is_mounted_in() -> None:
    seen: list[object] = []

    @contextlib.asynccontextmanager
    async def own(app: Any) -> AsyncIterator[dict[str, int]]:
        seen.append(app)
        yield {"answer": 42}

    host = Host({"main": Plain}, lifespan=own)
    app = Starlette(lifespan=host.lifespan)
    async with app.router.lifespan_context(app) as state:
        assert state == {"answer": 42}
    async with host.lifespan():
        await asyncio.sleep(0)
    assert seen == [app, host]


@pytest.mark.parametrize("step", ["_alarms.stop", "_crons.stop", "_tasks.drain", "_tasks.cancel"])
async def test_a_step_of_the_end_that_fails_leaves_none_out(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    storage = MemoryStorage()
    monkeypatch.setattr(storage, "close", lambda: closed.append(True))
    host = Host({"main": Plain}, storage=storage)

    def fail(*_: object) -> None:
        raise LookupError("the end fails")

    owner, _, name = step.partition(".")
    monkeypatch.setattr(getattr(host._lifecycle, owner), name, fail)
    with pytest.raises(LookupError, match="the end fails"):
        async with host.lifespan():
            pass
    assert closed == [True]

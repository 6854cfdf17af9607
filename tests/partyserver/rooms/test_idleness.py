"""When a room rests, and who learns that none of its handlers runs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tests.partyserver.in_process import Server, until

from partyserver import Connection, PartyServer
from partyserver.events import MessageEvent
from partyserver.rooms.idleness import Idleness
from partyserver.rooms.runner import RoomRunner
from partyserver.storage import InputGate


class Waits(PartyServer):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await asyncio.sleep(0)


async def test_a_runner_reports_when_no_handler_runs() -> None:
    reported: list[bool] = []
    services = Server(Waits).host._services
    runner = RoomRunner(Waits, "main", "r", services, lambda: None, lambda: reported.append(runner.is_idle))
    connection: Any = SimpleNamespace(_running=0, listeners=SimpleNamespace(has=lambda event_type: False))
    runner.dispatch(connection, MessageEvent("x"))
    runner.dispatch(connection, MessageEvent("y"))
    assert reported == []
    await services.tasks.drain(5)
    assert reported == [True]


def idleness(rests: list[str], *, hibernates: bool = True, **timeouts: float) -> Idleness:
    instance: Any = SimpleNamespace(tap=None, hibernates=hibernates, gate=InputGate())
    services: Any = SimpleNamespace(**{"idle_timeout": 0.02, "eviction_timeout": 0.02, **timeouts})
    return Idleness(instance, services, lambda: rests.append("rests"), None)


@pytest.mark.parametrize("hibernates", [True, False])
async def test_a_room_rests_after_the_timeout_of_its_kind(hibernates: bool) -> None:
    rests: list[str] = []
    other = "eviction_timeout" if hibernates else "idle_timeout"
    room = idleness(rests, hibernates=hibernates, **{other: 1_000.0})
    room.hold()
    room.let_go()
    assert rests == []
    await until(lambda: rests)


async def test_a_room_does_not_rest_while_anything_holds_it() -> None:
    rests: list[str] = []
    room = idleness(rests)
    room.hold()
    room.hold()
    room.let_go()
    await asyncio.sleep(0.05)
    assert rests == []
    room.let_go()
    await until(lambda: rests)


async def test_each_event_starts_the_time_anew() -> None:
    rests: list[str] = []
    room = idleness(rests, idle_timeout=0.1)
    loop = asyncio.get_running_loop()
    for _ in range(5):
        room.hold()
        room.let_go()
        last = loop.time()
        await asyncio.sleep(0.04)
    await until(lambda: rests)
    assert loop.time() - last >= 0.1


async def test_a_room_whose_gate_is_closed_does_not_rest() -> None:
    rests: list[str] = []
    room = idleness(rests)
    release = room._instance.gate.hold()
    room.hold()
    room.let_go()
    await asyncio.sleep(0.05)
    assert rests == []
    release()
    await until(lambda: rests)


async def test_a_stopped_timer_does_not_let_the_room_rest() -> None:
    rests: list[str] = []
    room = idleness(rests)
    room.hold()
    room.let_go()
    room.stop()
    await asyncio.sleep(0.05)
    assert rests == []

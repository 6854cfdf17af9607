from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from tests.partyserver.fake_clock import FakeClock
from tests.partyserver.in_process import Server, running, settle, until

from partyserver import Connection, MemoryStorage, PartyServer, Request, Response, ServerOptions
from partyserver.alarms import MAX_RETRIES, AlarmSchedule, retry_delay
from partyserver.background import BackgroundTasks
from partyserver.storage_backend import Changes


class Ringing(PartyServer):
    """Counts its alarms, as recording `alarm` does."""

    options = ServerOptions(hibernate=True)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        storage = self.room.storage
        await (storage.delete_alarm() if message == "disarm" else storage.set_alarm(int(message)))
        sender.send(f"armed {await storage.get_alarm() is not None}")

    async def on_alarm(self) -> None:
        self.room.broadcast(f"ring in {self.room.id} armed {await self.room.storage.get_alarm() is not None}")


async def test_an_alarm_rings_once_when_it_is_due() -> None:
    clock = FakeClock()
    a = await Server(Ringing, clock=clock).connect("a")
    a.send("1000300")
    await settle()
    await clock.advance(299)
    assert a.received == ["armed True"]
    await clock.advance(1)
    await clock.advance(100_000)
    assert a.received == ["ring in room armed False"]


async def test_a_deleted_alarm_does_not_ring() -> None:
    clock = FakeClock()
    a = await Server(Ringing, clock=clock).connect("a")
    a.send("1000300")
    a.send("disarm")
    await settle()
    await clock.advance(1_000)
    assert a.received == ["armed True", "armed False"]


async def test_a_later_alarm_takes_the_place_of_an_earlier_one_and_a_past_one_rings_at_once() -> None:
    clock = FakeClock()
    a = await Server(Ringing, clock=clock).connect("a")
    a.send("1000300")
    a.send("5")
    await settle()
    await clock.advance(0)
    await clock.advance(1_000)
    assert a.received == ["armed True", "armed True", "ring in room armed False"]


async def test_alarms_that_storage_holds_ring_after_a_restart() -> None:
    storage = MemoryStorage()
    storage.room("main", "den").apply(Changes(alarm=1_000_100))
    clock = FakeClock()
    rung = []

    class Rings(PartyServer):
        def on_alarm(self) -> None:
            rung.append((self.room.id, list(self.room.context.parties)))

    async with running(Server(Rings, clock=clock, storage=storage).host):
        await clock.advance(100)
    assert rung == [("den", ["main"])]


class Failing:
    """A ring that fails so many times."""

    def __init__(self, times: int, during: Callable[[], Any] = lambda: None) -> None:
        self.times, self.during, self.rings = times, during, 0

    async def __call__(self, party: str, room_id: str) -> None:
        self.rings += 1
        self.during()
        if self.rings <= self.times:
            raise LookupError("no")


async def test_a_failing_alarm_is_tried_again_after_two_seconds_doubling(
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage, clock, ring = MemoryStorage(), FakeClock(), Failing(2)
    schedule = AlarmSchedule(storage, clock, BackgroundTasks(), ring)
    storage.room("main", "room").apply(Changes(alarm=clock.time))
    with caplog.at_level(logging.ERROR, "partyserver"):
        schedule.changed("main", "room")
        await clock.advance(1_999)
        assert ring.rings == 1
        await clock.advance(600)
        assert ring.rings == 2
        await clock.advance(3_000)
        assert ring.rings == 2
        await clock.advance(100_000)
    assert ring.rings == 3
    assert storage.room("main", "room").get_alarm() is None
    assert caplog.text.count("tried again in") == 2


async def test_an_alarm_that_keeps_failing_is_logged_and_dropped(caplog: pytest.LogCaptureFixture) -> None:
    storage, clock, ring = MemoryStorage(), FakeClock(), Failing(100)
    schedule = AlarmSchedule(storage, clock, BackgroundTasks(), ring)
    storage.room("main", "room").apply(Changes(alarm=clock.time))
    with caplog.at_level(logging.ERROR, "partyserver"):
        schedule.changed("main", "room")
        await clock.advance(10_000_000)
    assert ring.rings == 1 + MAX_RETRIES
    assert storage.room("main", "room").get_alarm() is None
    assert "the alarm is dropped" in caplog.text


async def test_an_alarm_that_a_failing_handler_set_stays() -> None:
    storage, clock = MemoryStorage(), FakeClock()
    store = storage.room("main", "room")

    def set_again() -> None:
        if ring.rings == 1:
            store.apply(Changes(alarm=clock.time + 50_000))
            schedule.changed("main", "room")

    ring = Failing(1, set_again)
    schedule = AlarmSchedule(storage, clock, BackgroundTasks(), ring)
    store.apply(Changes(alarm=clock.time))
    schedule.changed("main", "room")
    await clock.advance(49_999)
    assert ring.rings == 1
    await clock.advance(1)
    assert ring.rings == 2


def test_retry_delays() -> None:
    assert [retry_delay(tried, lambda: 0) for tried in range(6)] == [
        2_000,
        4_000,
        8_000,
        16_000,
        32_000,
        64_000,
    ]
    assert retry_delay(0, lambda: 1) == 2_500


async def test_an_alarm_by_the_machines_clock() -> None:
    class Soon(PartyServer):
        rung = False

        async def on_request(self, request: Request) -> Response:
            await self.room.storage.set_alarm(1)
            return Response("set")

        def on_alarm(self) -> None:
            Soon.rung = True

    server = Server(Soon)
    await server.http("GET", "/party/room")
    await until(lambda: Soon.rung)

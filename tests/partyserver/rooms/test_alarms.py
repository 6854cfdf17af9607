"""Alarms: when they ring, retries, restarts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.partyserver.fake_clock import FakeClock
from tests.partyserver.in_process import Server, running, settle, until
from tests.partyserver.losing_storage import LosingStorage

from partyserver import (
    Connection,
    MemoryStorage,
    PartyServer,
    Request,
    Response,
    ServerOptions,
    Storage,
)
from partyserver.background import BackgroundTasks
from partyserver.rooms.alarms import MAX_RETRIES, OVERDUE_AT_ONCE, AlarmSchedule, Ring, retry_delay
from partyserver.storage.backend import Alarm, Changes, StorageBackend
from partyserver.storage.input_gate import InputGate


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
    a.send("1000000000300")
    await settle()
    await clock.advance(299)
    assert a.received == ["armed True"]
    await clock.advance(1)
    await clock.advance(100_000)
    assert a.received == ["ring in room armed False"]


async def test_an_alarm_follows_a_clock_that_is_put_forward_and_back() -> None:
    """Timers go by the event loop's time, which knows of neither."""
    clock, hour = FakeClock(), 3_600_000
    a = await Server(Ringing, clock=clock).connect("a")
    a.send(str(clock.now() + 2 * hour))
    await settle()
    [timer] = clock.timers
    assert timer.when <= clock.now() + 60_000
    clock.time -= hour
    await clock.advance(2 * hour)
    assert a.received == ["armed True"]
    clock.time += 59 * 60_000  # with two minutes left the next timer is a minute away
    for timer in clock.timers:
        timer.when = clock.now() + 60_000
    await clock.advance(60_000)
    assert a.received == ["ring in room armed False"]


async def test_a_deleted_alarm_does_not_ring() -> None:
    clock = FakeClock()
    a = await Server(Ringing, clock=clock).connect("a")
    a.send("1000000000300")
    a.send("disarm")
    await settle()
    await clock.advance(1_000)
    assert a.received == ["armed True", "armed False"]


async def test_a_later_alarm_takes_the_place_of_an_earlier_one_and_a_past_one_rings_at_once() -> None:
    clock = FakeClock()
    a = await Server(Ringing, clock=clock).connect("a")
    a.send("1000000000300")
    a.send("999999999999")
    await settle()
    await clock.advance(0)
    await clock.advance(1_000)
    assert a.received == ["armed True", "armed True", "ring in room armed False"]


class Failing:
    """A ring that fails so many times."""

    def __init__(self, times: int, during: Callable[[], Any] = lambda: None) -> None:
        self.times, self.during, self.rings = times, during, 0

    async def __call__(self, party: str, room_id: str) -> None:
        self.rings += 1
        self.during()
        if self.rings <= self.times:
            raise LookupError("no")


class Alarms:
    """A schedule, and the alarm of one room."""

    def __init__(
        self, ring: Ring, storage: StorageBackend | None = None, time: int = 1_000_000_000_000
    ) -> None:
        self.storage, self.clock, self.ring = storage or MemoryStorage(), FakeClock(time), ring
        self.store = self.storage.room("main", "room")
        self.schedule = AlarmSchedule(self.storage, self.clock, BackgroundTasks(), ring)

    def set(self, alarm: Alarm | None) -> None:
        self.store.apply(Changes(alarm=alarm))
        self.schedule.changed("main", "room")

    async def restarted(self) -> Alarms:
        """The same after a restart."""
        self.schedule.stop()
        again = Alarms(self.ring, self.storage, self.clock.time)
        again.schedule.start(["main"])
        await settle()
        return again


async def test_alarms_that_storage_holds_ring_after_a_restart_due_ones_at_once() -> None:
    storage = MemoryStorage()
    storage.room("main", "den").apply(Changes(alarm=Alarm.at(1_000_000_000_100)))
    storage.room("main", "late").apply(Changes(alarm=Alarm.at(7)))
    clock = FakeClock()
    rung = []

    class Rings(PartyServer):
        def on_alarm(self) -> None:
            rung.append((self.room.id, list(self.room.context.parties)))

    async with running(Server(Rings, clock=clock, storage=storage).host):
        await clock.advance(0)
        assert rung == [("late", ["main"])]
        await clock.advance(100)
    assert rung == [("late", ["main"]), ("den", ["main"])]
    assert list(storage.alarms()) == []


async def test_the_alarm_of_a_party_that_the_host_does_not_have_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alarms = Alarms(Failing(0))
    alarms.store.apply(Changes(alarm=Alarm.at(7)))
    with caplog.at_level(logging.WARNING, "partyserver"):
        alarms.schedule.start(["other"])
        await alarms.clock.advance(100_000)
    assert "main/room has an alarm, but there is no party 'main' here" in caplog.text
    assert alarms.store.get_alarm() == Alarm.at(7)


async def test_an_alarm_stays_stored_until_its_handler_is_done() -> None:
    during: list[Alarm | None] = []
    alarms = Alarms(Failing(0, lambda: during.append(alarms.store.get_alarm())))
    alarms.set(Alarm.at(1_000_000_000_005))
    await alarms.clock.advance(5)
    assert during == [Alarm(1_000_000_000_005, 1_000_000_000_005, ringing=True)]
    assert alarms.store.get_alarm() is None


async def test_an_alarm_that_a_crash_cut_short_rings_again() -> None:
    async def never(party: str, room_id: str) -> None:
        await asyncio.Event().wait()

    crashed = Alarms(never)
    crashed.set(Alarm(1_000_000_000_000, 1_000_000_000_000, retries=3))
    await crashed.clock.advance(0)
    ring = crashed.ring = Failing(0)
    again = await crashed.restarted()
    await again.clock.advance(0)
    assert ring.rings == 1
    assert again.store.get_alarm() is None


async def test_a_failing_alarm_is_tried_again_after_two_seconds_doubling(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ring = Failing(2)
    alarms = Alarms(ring)
    with caplog.at_level(logging.ERROR, "partyserver"):
        alarms.set(Alarm.at(alarms.clock.time))
        await alarms.clock.advance(1_999)
        assert ring.rings == 1
        await alarms.clock.advance(600)
        assert ring.rings == 2
        await alarms.clock.advance(3_000)
        assert ring.rings == 2
        await alarms.clock.advance(100_000)
    assert ring.rings == 3
    assert alarms.store.get_alarm() is None
    assert caplog.text.count("tried again in") == 2


async def test_the_tries_are_counted_across_restarts() -> None:
    ring = Failing(100)
    alarms = Alarms(ring)
    alarms.set(Alarm.at(alarms.clock.time))
    await alarms.clock.advance(0)
    for retry in range(MAX_RETRIES):
        alarms = await alarms.restarted()
        alarm = alarms.store.get_alarm()
        assert alarm is not None
        assert alarm.next_try is not None
        wait = alarm.next_try - alarms.clock.time
        assert 2_000 << retry <= wait <= 2_500 << retry
        await alarms.clock.advance(wait - 1)
        assert ring.rings == 1 + retry
        await alarms.clock.advance(1)
        assert ring.rings == 2 + retry
    alarms = await alarms.restarted()
    await alarms.clock.advance(10_000_000)
    assert ring.rings == 1 + MAX_RETRIES


async def test_an_alarm_that_keeps_failing_is_logged_stays_visible_and_can_be_set_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ring = Failing(1 + MAX_RETRIES)
    alarms = Alarms(ring)
    with caplog.at_level(logging.ERROR, "partyserver"):
        alarms.set(Alarm.at(1_000_000_000_000))
        await alarms.clock.advance(10_000_000)
    assert ring.rings == 1 + MAX_RETRIES
    assert "failed 7 times; the alarm rings no more until it is set again" in caplog.text
    storage = Storage(alarms.store, InputGate(), lambda changes: alarms.schedule.changed("main", "room"))
    assert await storage.get_alarm() == 1_000_000_000_000
    await storage.set_alarm(1_000_000_000_000)
    await alarms.clock.advance(0)
    assert ring.rings == 2 + MAX_RETRIES
    assert await storage.get_alarm() is None


async def test_between_its_tries_an_alarm_shows_the_time_that_it_was_set_to() -> None:
    alarms = Alarms(Failing(1))
    alarms.set(Alarm.at(1_000_000_000_000))
    await alarms.clock.advance(10)
    assert await Storage(alarms.store, InputGate(), lambda changes: None).get_alarm() == 1_000_000_000_000


async def test_an_alarm_that_a_failing_handler_set_stays_with_tries_of_its_own() -> None:
    def set_again() -> None:
        if ring.rings == 1:
            alarms.set(Alarm.at(alarms.clock.time + 50_000))

    ring = Failing(1, set_again)
    alarms = Alarms(ring)
    alarms.set(Alarm(1_000_000_000_000, 1_000_000_000_000, retries=5))
    await alarms.clock.advance(49_999)
    assert ring.rings == 1
    assert alarms.store.get_alarm() == Alarm.at(1_000_000_050_000)
    await alarms.clock.advance(1)
    assert ring.rings == 2


async def test_an_alarm_that_a_failing_handler_deleted_is_not_tried_again() -> None:
    ring = Failing(1, lambda: alarms.set(None))
    alarms = Alarms(ring)
    alarms.set(Alarm.at(1_000_000_000_000))
    await alarms.clock.advance(1_000_000)
    assert ring.rings == 1


async def test_an_alarm_that_is_set_while_one_rings_waits_for_its_end() -> None:
    running, most = 0, 0

    async def ring(party: str, room_id: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if alarms.clock.time < 1_000_000_000_010:
            alarms.set(Alarm.at(5))
        await settle()
        alarms.clock.time += 5
        running -= 1

    alarms = Alarms(ring)
    alarms.set(Alarm.at(1_000_000_000_000))
    for _ in range(10):
        await alarms.clock.advance(0)
    assert (most, alarms.clock.time) == (1, 1_000_000_000_015)


ALL = 1_000_000


@pytest.fixture
def losing(tmp_path: Path) -> Iterator[LosingStorage]:
    storage = LosingStorage(tmp_path / "rooms.sqlite")
    yield storage
    storage.close()


async def test_an_alarm_that_sets_itself_to_the_same_time_rings_again() -> None:
    def set_again() -> None:
        if ring.rings < 3:
            alarms.set(Alarm.at(1))

    ring = Failing(0, set_again)
    alarms = Alarms(ring)
    alarms.set(Alarm.at(1))
    await alarms.clock.advance(0)
    assert ring.rings == 3
    assert alarms.store.get_alarm() is None


async def test_where_storage_fails_no_try_is_counted_and_the_alarm_is_not_lost(losing: LosingStorage) -> None:
    ring = Failing(0)
    alarms = Alarms(ring, losing)
    alarms.set(Alarm.at(1_000_000_000_000))
    await settle()
    losing.losing = ALL
    await alarms.clock.advance(100_000)
    assert ring.rings == 0
    assert alarms.store.get_alarm() == Alarm.at(1_000_000_000_000)
    losing.losing = 0
    await alarms.clock.advance(2_500)
    assert ring.rings == 1
    assert alarms.store.get_alarm() is None


async def test_a_try_that_never_came_to_the_handler_is_not_counted(losing: LosingStorage) -> None:
    alarms = Alarms(Failing(0), losing)
    alarms.set(Alarm(1_000_000_000_000, 1_000_000_000_000, retries=6))
    await settle()
    losing.losing = 1
    await alarms.clock.advance(0)
    alarm = alarms.store.get_alarm()
    assert alarm is not None
    assert (alarm.retries, alarm.ringing) == (6, False)
    assert alarm.next_try is not None
    assert alarm.next_try > 1_000_000_000_000


async def test_what_a_lost_turn_did_to_an_alarm_is_undone(losing: LosingStorage) -> None:
    clock = FakeClock()
    rung: list[int] = []

    class Sets(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            await self.room.storage.set_alarm(int(message))

        def on_alarm(self) -> None:
            rung.append(clock.time)

    server = Server(Sets, clock=clock, storage=losing)
    a = await server.connect("a")
    a.send("1000000000010")
    await settle()
    losing.losing = ALL
    a.send("1000000500000")
    await settle()
    losing.losing = 0
    await clock.advance(2_000_000)
    assert rung == [1_000_000_000_010]


async def test_an_alarm_whose_handlers_writes_are_lost_rings_again(losing: LosingStorage) -> None:
    clock = FakeClock()

    class Counts(PartyServer):
        async def on_request(self, request: Request) -> Response:
            await self.room.storage.set_alarm(1_000_000_000_000)
            return Response("set")

        async def on_alarm(self) -> None:
            losing.losing = ALL if clock.time < 1_000_000_000_010 else 0
            await self.room.storage.put("rung", clock.time)
            await settle()
            losing.losing = 0

    server = Server(Counts, clock=clock, storage=losing)
    await server.http("GET", "/party/room")
    await clock.advance(1)
    room = losing.room("main", "room")
    assert room.get("rung") is None
    assert room.get_alarm() is not None
    await clock.advance(2_500)
    assert room.get("rung") is not None
    assert room.get_alarm() is None


async def test_an_alarm_is_committed_with_its_turns_writes(losing: LosingStorage) -> None:
    statements: list[str] = []
    losing.store.database.set_trace_callback(statements.append)

    class Sets(PartyServer):
        async def on_request(self, request: Request) -> Response:
            await self.room.storage.put("k", 1)
            await self.room.storage.set_alarm(2_000_000_000_000)
            return Response("set")

    await Server(Sets, clock=FakeClock(), storage=losing).http("GET", "/party/room")
    kinds = [statement.split()[0] for statement in statements]
    assert [kind for kind in kinds if kind != "SELECT"] == ["BEGIN", "INSERT", "INSERT", "COMMIT"]


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
            await self.room.storage.set_alarm(1_000_000_000_000)
            return Response("set")

        def on_alarm(self) -> None:
            Soon.rung = True

    server = Server(Soon)
    await server.http("GET", "/party/room")
    await until(lambda: Soon.rung)


class Held:
    """A ring that ends when it is told to."""

    def __init__(self) -> None:
        self.rooms: list[str] = []
        self.release = asyncio.Event()

    async def __call__(self, party: str, room_id: str) -> None:
        self.rooms.append(room_id)
        await self.release.wait()


async def overdue(ring: Ring, count: int) -> AlarmSchedule:
    """A schedule that starts with so many alarms that are due, that of room 0 the latest."""
    storage, tasks = MemoryStorage(), BackgroundTasks()
    for number in range(count):
        storage.room("main", str(number)).apply(Changes(alarm=Alarm.at(1_000 - number)))
    schedule = AlarmSchedule(storage, FakeClock(), tasks, ring)
    schedule.start(["main"])
    await settle()
    return schedule


async def test_of_many_alarms_that_are_due_at_the_start_some_ring_at_a_time_the_oldest_first() -> None:
    ring, count = Held(), OVERDUE_AT_ONCE * 2 + 1
    await overdue(ring, count)
    assert ring.rooms == [str(count - 1 - number) for number in range(OVERDUE_AT_ONCE)]
    ring.release.set()
    await until(lambda: len(ring.rooms) == count)
    await settle()
    assert len(set(ring.rooms)) == len(ring.rooms) == count


async def test_alarms_that_take_long_do_not_hold_the_others_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partyserver.rooms.alarms.OVERDUE_PATIENCE", 0.001)
    ring, count = Held(), OVERDUE_AT_ONCE + 1
    await overdue(ring, count)
    await until(lambda: len(ring.rooms) == count)
    ring.release.set()
    await settle()


async def test_an_alarm_that_is_set_while_it_waits_for_its_turn_rings_once() -> None:
    ring, count = Held(), OVERDUE_AT_ONCE + 1
    schedule = await overdue(ring, count)
    assert "0" not in ring.rooms
    schedule.changed("main", "0")
    await schedule._clock.advance(0)  # type: ignore[attr-defined]
    assert ring.rooms.count("0") == 1
    ring.release.set()
    await settle()
    assert ring.rooms.count("0") == 1


async def test_alarms_that_wait_for_their_turn_stay_in_storage_when_the_host_ends() -> None:
    ring, count = Held(), OVERDUE_AT_ONCE + 1
    schedule = await overdue(ring, count)
    schedule.stop()
    ring.release.set()
    await settle()
    assert list(schedule._storage.alarms()) == [("main", "0")]

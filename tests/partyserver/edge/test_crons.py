"""Cron expressions, when each is due, and the schedule that calls `on_cron`."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest
from tests.partyserver.fake_clock import FakeClock
from tests.partyserver.in_process import Server, running, settle

from partyserver import Cron, CronError, ExecutionContext, Host, Lobby, PartyServer
from partyserver.background import BackgroundTasks
from partyserver.edge.crons import CronExpression, CronSchedule

MINUTE = 60_000


def at(text: str) -> int:
    """Milliseconds since the epoch of a moment in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


class Scheduled:
    """A schedule on a clock that stands, and the crons that were run."""

    def __init__(self, time: str, **crons: str) -> None:
        self.clock = FakeClock(at(time))
        self.ran: list[tuple[str, int]] = []
        self.hold: asyncio.Event | None = None
        expressions = {name: CronExpression(name, text) for name, text in crons.items()}
        self.schedule = CronSchedule(expressions, self.clock, BackgroundTasks(), self.run)
        self.schedule.start()

    async def run(self, cron: Cron) -> None:
        self.ran.append((cron.name, cron.scheduled_time))
        if self.hold is not None:
            await self.hold.wait()


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("* * * * *", "2026-03-01 12:00", "2026-03-01 12:01"),
        ("* * * * *", "2026-03-01 11:59:59.999", "2026-03-01 12:00"),
        ("* * * * *", "2026-03-01 12:00:00.001", "2026-03-01 12:01"),
        ("*/15 9-17 * * *", "2026-03-01 17:45", "2026-03-02 09:00"),
        ("0 0 29 2 *", "2026-03-01", "2028-02-29"),
        ("30 4 1,15 * *", "2026-03-02", "2026-03-15 04:30"),
        ("0 12 * * MON", "2026-03-01", "2026-03-02 12:00"),
        ("0 12 * * 0", "2026-03-02", "2026-03-08 12:00"),
        ("0 12 * * 7", "2026-03-02", "2026-03-08 12:00"),
        ("0 3 * * *", "2026-03-29 00:30", "2026-03-29 03:00"),
    ],
)
def test_when_a_cron_is_due(text: str, after: str, due: str) -> None:
    assert CronExpression("tick", text).next_after(at(after)) == at(due)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("60 * * * *", "bad minute"),
        ("* * * * FOO", "bad day-of-week"),
        ("*/0 * * * *", "bad minute"),
        ("0 0 31 2 *", "bad day-of-month"),
        ("* * * *", "it must have five fields: minute, hour, day-of-month, month, day-of-week"),
        ("* * * * * *", "it must have five fields: minute, hour, day-of-month, month, day-of-week"),
        ("", "it must have five fields: minute, hour, day-of-month, month, day-of-week"),
        ("@hourly", "it must have five fields: minute, hour, day-of-month, month, day-of-week"),
    ],
)
def test_what_is_no_expression_is_told_with_its_name(text: str, problem: str) -> None:
    with pytest.raises(CronError) as told:
        CronExpression("tick", text)
    assert str(told.value) == f"cron 'tick': {text!r} is no cron expression: {problem}"


async def test_each_moment_runs_once() -> None:
    scheduled = Scheduled("2026-03-01 12:00:30", tick="*/2 * * * *", other="1 12 * * *")
    await scheduled.clock.advance(5 * MINUTE)
    assert scheduled.ran == [
        ("other", at("2026-03-01 12:01")),
        ("tick", at("2026-03-01 12:02")),
        ("tick", at("2026-03-01 12:04")),
    ]


async def test_a_cron_that_is_far_away() -> None:
    scheduled = Scheduled("2026-03-01 12:00", nightly="0 18 * * *")
    await scheduled.clock.advance(6 * 60 * MINUTE - 1)
    assert scheduled.ran == []
    assert all(timer.when <= scheduled.clock.now() + MINUTE for timer in scheduled.clock.timers)
    await scheduled.clock.advance(1)
    assert scheduled.ran == [("nightly", at("2026-03-01 18:00"))]


async def test_a_timer_that_comes_early_or_again_runs_nothing() -> None:
    scheduled = Scheduled("2026-03-01 11:59:59.998", tick="* * * * *")
    scheduled.clock.timers[0].when = at("2026-03-01 11:59:59.999")
    await scheduled.clock.advance(1)
    assert scheduled.ran == []
    await scheduled.clock.advance(1)
    assert scheduled.ran == [("tick", at("2026-03-01 12:00"))]
    scheduled.clock.time = at("2026-03-01 11:59:59")  # the machine's clock is put right
    await scheduled.clock.advance(2_000)
    assert scheduled.ran == [("tick", at("2026-03-01 12:00"))]


async def test_a_clock_that_was_hours_ahead_does_not_silence_a_cron_for_as_long() -> None:
    scheduled = Scheduled("2027-03-01 12:00:30", tick="* * * * *", nightly="0 18 * * *")
    scheduled.clock.time = at("2026-03-01 11:59:30")
    for timer in scheduled.clock.timers:
        timer.when = scheduled.clock.now() + 10
    await scheduled.clock.advance(45_000)
    assert scheduled.ran == [("tick", at("2026-03-01 12:00"))]
    await scheduled.clock.advance(7 * 60 * MINUTE)
    assert [moment for name, moment in scheduled.ran if name == "nightly"] == [at("2026-03-01 18:00")]
    assert len(scheduled.ran) == 7 * 60 + 2


async def test_moments_that_the_machine_slept_through_are_one_call() -> None:
    scheduled = Scheduled("2026-03-01 12:00:30", tick="* * * * *")
    scheduled.clock.time = at("2026-03-01 15:00:10")
    await scheduled.clock.advance(0)
    assert scheduled.ran == [("tick", at("2026-03-01 12:01"))]
    await scheduled.clock.advance(50_000)
    assert scheduled.ran[1:] == [("tick", at("2026-03-01 15:01"))]


async def test_a_slow_call_holds_up_neither_itself_nor_another() -> None:
    scheduled = Scheduled("2026-03-01 12:00:30", tick="* * * * *", other="* * * * *")
    scheduled.hold = asyncio.Event()
    await scheduled.clock.advance(2 * MINUTE)
    assert sorted(scheduled.ran) == sorted(
        (name, at(moment))
        for name in ("tick", "other")
        for moment in ("2026-03-01 12:01", "2026-03-01 12:02")
    )
    scheduled.hold.set()
    await settle()


async def test_a_stopped_schedule_is_silent() -> None:
    scheduled = Scheduled("2026-03-01 12:00", tick="* * * * *")
    scheduled.schedule.stop()
    assert scheduled.clock.timers == []


class Main(PartyServer):
    """Notes its crons in `lobby.env`."""

    @staticmethod
    async def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
        lobby.env["ran"].append((cron.name, cron.cron, cron.scheduled_time, lobby.id))
        if cron.name == "bad":
            raise LookupError("cron exploded")


async def test_the_host_calls_on_cron_while_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[tuple[object, ...]] = []
    clock = FakeClock(at("2026-03-01 12:00:30"))
    crons = {"tick": "*/5 * * * *", "bad": "2 * * * *"}
    server = Server(Main, env={"ran": ran}, crons=crons, clock=clock)
    await clock.advance(5 * MINUTE)
    assert ran == []
    async with running(server.host):
        await clock.advance(5 * MINUTE)
        assert ran == [("tick", "*/5 * * * *", at("2026-03-01 12:10"), None)]
    await clock.advance(60 * MINUTE)
    assert len(ran) == 1
    async with running(server.host):
        with caplog.at_level(logging.ERROR):
            await clock.advance(60 * MINUTE)
    assert "on_cron of bad failed" in caplog.text
    assert "cron exploded" in caplog.text
    assert [name for name, *_ in ran].count("tick") == 13


async def test_a_host_that_schedules_no_crons_runs_them_when_asked() -> None:
    ran: list[tuple[object, ...]] = []
    clock = FakeClock(at("2026-03-01 12:00:30"))
    crons = {"tick": "* * * * *"}
    server = Server(Main, env={"ran": ran}, crons=crons, clock=clock, schedule_crons=False)
    async with running(server.host):
        await clock.advance(5 * MINUTE)
        assert ran == []
        answer = await server.http("GET", "/__scheduled__?cron=tick")
    assert answer.text == "ran cron tick: * * * * *"
    assert ran == [("tick", "* * * * *", clock.now(), None)]


def test_a_wrong_expression_is_an_error_of_the_host() -> None:
    with pytest.raises(CronError, match="cron 'tick'"):
        Host({"main": Main}, crons={"tick": "every day"})

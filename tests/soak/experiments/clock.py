"""A clock that is put forward and back, by seconds and by days, while alarms and crons wait."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.partyserver.in_process import Server, running
from tests.soak.experiment import BrokenPromiseError, Effort, Experiment, Figure, expect
from tests.soak.gate_schedules import QuickLoop

from partyserver import Connection, Cron, ExecutionContext, Limits, Lobby, PartyServer, ServerOptions

EPOCH_MS = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
JUMPS = (1_000, MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, DAY)
LATEST = MINUTE + 1_000
SILENCE = (
    3 * HOUR + 6 * MINUTE
)  # of a cron for every five minutes: a clock put back by 3 hours repeats nothing
ROOMS = 10


class JumpingClock:
    """As `SystemClock`: timers go by the event loop's time, which does not jump."""

    def __init__(self) -> None:
        self.offset = 0
        self.jumps: list[tuple[int, int]] = []  # when, by the loop's time, and by how much

    def loop_now(self) -> int:
        """The event loop's time in milliseconds."""
        return round(asyncio.get_running_loop().time() * 1_000)

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return EPOCH_MS + self.loop_now() + self.offset

    def call_at(self, when: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back when the loop's time has moved on by as much as is missing now."""
        return asyncio.get_running_loop().call_later(max(0, when - self.now()) / 1_000, callback)

    def jump(self, milliseconds: int) -> None:
        """Put the clock forward, or back."""
        self.offset += milliseconds
        self.jumps.append((self.loop_now(), milliseconds))


@dataclass
class Seen:
    """What has happened.

    Attributes:
        clock: by which it did.
        chance: decides when the alarms are due.
        problems: what was not as promised.
        rings: how many alarms rang.
        latest: the greatest delay of one, in milliseconds of the loop's time.
        ticks: each call of the cron: for which moment, and when by the loop's time.
    """

    clock: JumpingClock
    chance: random.Random
    problems: list[str] = field(default_factory=list)
    rings: int = 0
    latest: int = 0
    ticks: list[tuple[int, int]] = field(default_factory=list)
    instances: weakref.WeakSet[PartyServer] = field(default_factory=weakref.WeakSet)

    def rang(self, due: int, set_at: int) -> None:
        """An alarm rings."""
        clock = self.clock
        self.rings += 1
        if self._is_early(due):
            self.problems.append(f"an alarm rang {due - clock.now()} ms early")
        last_jump = clock.jumps[-1][0] if clock.jumps else 0
        could = max(due - EPOCH_MS - clock.offset, last_jump, set_at)
        self.latest = max(self.latest, clock.loop_now() - could)

    def _is_early(self, due: int) -> bool:
        """Whether it is too early by the clock, and was so a moment ago, too."""
        clock = self.clock
        just_now = [by for when, by in clock.jumps if when >= clock.loop_now() - 1]
        return clock.now() - sum(just_now) < due > clock.now()

    def ticked(self, due: int) -> None:
        """The cron is called."""
        clock, now = self.clock, self.clock.loop_now()
        if self._is_early(due):
            self.problems.append(f"a cron ran {due - clock.now()} ms early")
        if self.ticks:
            jumps = sum(when >= self.ticks[-1][1] for when, _ in clock.jumps)
            if now - self.ticks[-1][1] > SILENCE * (1 + jumps):
                self.problems.append(f"a cron was silent for {(now - self.ticks[-1][1]) / HOUR:.1f} h")
        for before, at in self.ticks[-500:]:
            back = -sum(by for when, by in clock.jumps if when >= at and by < 0)
            if before == due and back < 3 * HOUR - 5 * MINUTE:
                self.problems.append(f"a cron ran twice for {due}")
        self.ticks.append((due, now))


class Waking(PartyServer):
    """Sets an alarm, and when it rings the next, until it is told to stop."""

    options = ServerOptions(hibernate=True)
    seen: Seen

    def on_start(self) -> None:
        self.seen.instances.add(self)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "stop":
            await self.room.storage.put("stop", True)
        else:
            await self.set_next()

    async def set_next(self) -> None:
        clock = self.seen.clock
        due = clock.now() + self.seen.chance.choice([0, 1_000, MINUTE, HOUR, 3 * HOUR])
        await self.room.storage.put("due", [due, clock.loop_now()])
        await self.room.storage.set_alarm(due)

    async def on_alarm(self) -> None:
        self.seen.rang(*await self.room.storage.get("due"))
        await self.room.storage.delete("due")
        if not await self.room.storage.get("stop"):
            await self.set_next()

    @staticmethod
    async def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
        lobby.env["seen"].ticked(cron.scheduled_time)


async def one(seed: int) -> Seen:
    """Let a host run for some days of its clock."""
    chance, clock = random.Random(seed), JumpingClock()
    seen = Seen(clock, chance)
    party = type("Waking", (Waking,), {"seen": seen})
    crons = {"tick": "*/5 * * * *"}
    server = Server(
        party,
        clock=clock,
        crons=crons,
        env={"seen": seen},
        idle_timeout=10.0,
        # The watchdog's thread holds the frames that it looks at, and with them their instances.
        limits=Limits(slow_handler=0, stuck_handler=0),
    )
    async with running(server.host):
        rooms = [f"room{number}" for number in range(ROOMS)]
        for room in rooms:
            (await server.connect("a", room)).send("go")
        for _ in range(20):
            await asyncio.sleep(chance.choice([5, 60, 600, 3_600]))
            clock.jump(chance.choice(JUMPS) * chance.choice([1, -1]))
        for room in rooms:
            client = await server.connect("a", room)
            client.send("stop")
            client.close()
        clock.jump(40 * DAY)  # whatever waits is due
        await asyncio.sleep(600)
        for room in rooms:
            left = server.host._storage.room("main", room)
            expect(left.get_alarm() is None and left.get("due") is None, f"an alarm of {room} was lost")
        gc.collect()
        expect(not seen.instances, f"{len(seen.instances)} idle instances stay")
    expect(not seen.problems, "; ".join(seen.problems[:5]))
    expect(seen.latest <= LATEST, f"an alarm rang {seen.latest} ms late")
    return seen


def run(effort: Effort) -> Iterator[Figure]:
    """Put clocks forward and back."""
    clocks = effort.count(short=20, long=200)
    rings = ticks = jumps = latest = 0
    for seed in range(effort.seed * 1_000, effort.seed * 1_000 + clocks):
        loop = QuickLoop()
        try:
            seen = loop.run_until_complete(one(seed))
        except Exception as error:
            raise BrokenPromiseError(f"clock {seed}: {error!r}") from error
        finally:
            loop.close()
        rings, ticks, jumps = rings + seen.rings, ticks + len(seen.ticks), jumps + len(seen.clock.jumps)
        latest = max(latest, seen.latest)
    yield Figure(
        f"{jumps:,} jumps of a second to a day, {rings:,} alarms rang, none early, the latest "
        f"{latest / 1_000:.0f} s after it was due; {ticks:,} calls of crons",
    )


EXPERIMENT = Experiment(
    "clock",
    "Where the clock jumps forward and back every alarm rings, none before its time and none more than a "
    "minute late; a cron runs once for a moment, and is silent for 3 hours at most.",
    run,
)

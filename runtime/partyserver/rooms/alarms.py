"""Rings the rooms' alarms when they are due, and again when a handler fails."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from partyserver.background import BackgroundTasks
from partyserver.clock import Clock, Timer
from partyserver.exceptions import NotANodeError, NotOwnerError, RoomLostError, StorageError
from partyserver.figures import HostFigures
from partyserver.storage import Alarm, Changes, RoomKey, StorageBackend, until_committed

logger = logging.getLogger("partyserver")

MAX_RETRIES = 6
FIRST_RETRY_MS = 2_000
RETRY_JITTER = 0.25
# An event loop's timers stand still while the machine sleeps, and do not know that its clock was put forward;
# so the clock is read again by then, and an alarm is at most so late.
_LONGEST_WAIT_MS = 60_000

OVERDUE_AT_ONCE = 50
"""How many alarms that fell due while the host was down ring at the same time."""

OVERDUE_PATIENCE = 5.0
"""Seconds that handlers of such alarms may take before the next ones ring beside them."""


class Ring(Protocol):
    """Runs a room's `on_alarm`."""

    def __call__(self, party: str, room_id: str) -> Awaitable[None]: ...


class AlarmSchedule:
    """The alarms of a host's rooms.

    An alarm stays stored until its `on_alarm` is done: one that a crash interrupted rings again at the next
    start. A failing `on_alarm` is tried again after 2 seconds, doubling, with up to 25 % of jitter, six
    times, as on Cloudflare's Durable Objects. Then that is logged, and the alarm rings no more; it stays
    where `get_alarm` shows it, until it is set again or deleted.
    """

    def __init__(
        self,
        storage: StorageBackend,
        clock: Clock,
        tasks: BackgroundTasks,
        ring: Ring,
        figures: HostFigures | None = None,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._tasks = tasks
        self._ring = ring
        self._figures = figures or HostFigures()
        self._timers: dict[RoomKey, Timer] = {}
        self._running: set[RoomKey] = set()  # rooms whose `on_alarm` runs
        self._overdue: asyncio.Task[None] | None = None  # rings those that fell due while the host was down

    def start(self, parties: Collection[str]) -> None:
        """Set a timer for every alarm that storage holds; those that are due ring now, some at a time, the
        oldest first.

        Args:
            parties: the host's; alarms of other parties wait in storage for a host that has them.
        """
        self._running.clear()
        now = self._clock.now()
        overdue: list[tuple[int, RoomKey]] = []
        for room in self._all_stored():
            party, room_id = room
            if party not in parties:
                logger.warning("%s/%s has an alarm, but there is no party %r here", party, room_id, party)
            elif (alarm := self._stored(room)) is not None and alarm.next_try is not None:
                if alarm.next_try <= now:
                    overdue.append((alarm.next_try, room))
                else:
                    self._call_at(room, alarm.next_try)
        if overdue:
            self._overdue = self._tasks.start(self._ring_overdue([room for _, room in sorted(overdue)]))

    def stop(self) -> None:
        """Cancel the timers; the alarms stay in storage."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    @property
    def waiting(self) -> int:
        """How many alarms wait until they are due."""
        return len(self._timers)

    @property
    def ringing(self) -> int:
        """How many rooms' `on_alarm` runs, or is about to."""
        return len(self._running)

    async def _ring_overdue(self, rooms: Sequence[RoomKey]) -> None:
        for first in range(0, len(rooms), OVERDUE_AT_ONCE):
            rings = [self._due(room) for room in rooms[first : first + OVERDUE_AT_ONCE]]
            if running := [ring for ring in rings if ring is not None]:
                await asyncio.wait(running, timeout=OVERDUE_PATIENCE)

    def changed(self, party: str, room_id: str) -> None:
        """The room's alarm was set or deleted by a handler, or what it wrote was lost."""
        self._set_timer((party, room_id))

    def _set_timer(self, room: RoomKey) -> None:
        alarm = self._stored(room)
        self._call_at(room, None if alarm is None else alarm.next_try)

    def _all_stored(self) -> Collection[RoomKey]:
        try:
            return list(self._storage.alarms())
        except StorageError as error:
            logger.error(
                "the alarms cannot be read, those that were set before this start do not ring: %s", error
            )
            return ()

    def _stored(self, room: RoomKey) -> Alarm | None:
        try:
            return self._storage.room(*room).get_alarm()
        except StorageError as error:
            logger.error("the alarm of %s/%s cannot be read: %s", *room, error)
            return None

    def _call_at(self, room: RoomKey, when: int | None) -> None:
        timer = self._timers.pop(room, None)
        if timer is not None:
            timer.cancel()
        if when is not None and room not in self._running:
            self._wait(room, when)

    def _wait(self, room: RoomKey, when: int) -> None:
        soonest = min(when, self._clock.now() + _LONGEST_WAIT_MS)
        self._timers[room] = self._clock.call_at(soonest, lambda: self._look(room, when))

    def _look(self, room: RoomKey, when: int) -> None:
        if self._clock.now() < when:
            self._wait(room, when)
            return
        del self._timers[room]
        self._due(room)

    def _due(self, room: RoomKey) -> asyncio.Task[None] | None:
        """Ring, if it is time; returns the task that does."""
        alarm = self._stored(room)
        if alarm is None or alarm.next_try is None or room in self._running:
            return None
        if alarm.next_try > self._clock.now():
            self._set_timer(room)
            return None
        self._running.add(room)
        return self._tasks.start(self._run(room, replace(alarm, ringing=True)))

    async def _run(self, room: RoomKey, alarm: Alarm) -> None:
        try:
            await self._ring_stored(room, alarm)
        except (NotANodeError, NotOwnerError, RoomLostError):
            again = None  # the room has moved, and its new owner rings
        except Exception:
            again = self._failed(room, alarm)
        else:
            again = None
        self._running.discard(room)
        if again is None:
            self._set_timer(room)
        else:
            self._call_at(room, again)

    async def _ring_stored(self, room: RoomKey, alarm: Alarm) -> None:
        store, gate = self._storage.room(*room), self._storage.gate(*room)
        store.apply(Changes(alarm=alarm))
        await until_committed(gate)
        if alarm.next_try is not None:
            late = max(0, self._clock.now() - alarm.next_try) / 1_000
            self._figures.party(room[0]).alarm_lateness.observe(late)
        await self._ring(*room)
        left = store.get_alarm()
        if left is not None and left.ringing:  # else the handler set or deleted it
            store.apply(Changes(alarm=None))
        await until_committed(gate)

    def _failed(self, room: RoomKey, rang: Alarm) -> int | None:
        """Log the exception that is being handled; returns when the alarm is to be tried again."""
        name = "/".join(room)
        left = self._stored(room)
        if left is None or replace(left, ringing=True) != rang:
            logger.exception("on_alarm of %s failed; what it set or deleted itself stays", name)
            return None
        if left.ringing and rang.retries >= MAX_RETRIES:
            after = Alarm(rang.due, None, rang.retries)
            logger.exception(
                "on_alarm of %s failed %d times; the alarm rings no more until it is set again",
                name,
                rang.retries + 1,
            )
        else:
            delay = retry_delay(rang.retries)
            # Where storage failed, not the handler, `ringing` was not stored, and no try is counted.
            after = Alarm(rang.due, self._clock.now() + delay, rang.retries + left.ringing)
            logger.exception("on_alarm of %s failed; it is tried again in %.1f s", name, delay / 1_000)
        try:
            self._storage.room(*room).apply(Changes(alarm=after))
        except StorageError as error:
            logger.error("the alarm of %s: %s", name, error)
            return self._clock.now() + retry_delay(rang.retries)
        return after.next_try


def retry_delay(tried: int, jitter: Callable[[], float] = random.random) -> int:
    """Milliseconds until a failing alarm is tried again, after it was retried `tried` times already."""
    return round(FIRST_RETRY_MS * (1 << tried) * (1 + RETRY_JITTER * jitter()))

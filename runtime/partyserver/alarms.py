"""Rings the rooms' alarms when they are due, again when a handler fails."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from partyserver.background import BackgroundTasks
from partyserver.clock import Clock, Timer
from partyserver.storage_backend import Changes, StorageBackend

logger = logging.getLogger("partyserver")

MAX_RETRIES = 6
FIRST_RETRY_MS = 2_000
RETRY_JITTER = 0.25
_LONGEST_TIMER_MS = 24 * 60 * 60 * 1_000  # event loops refuse timers that are years ahead

RoomKey = tuple[str, str]


class Ring(Protocol):
    """Runs a room's `on_alarm`."""

    def __call__(self, party: str, room_id: str) -> Awaitable[None]: ...


class AlarmSchedule:
    """The alarms of a host's rooms: when each is due, and how often it was tried.

    A failing `on_alarm` is tried again after 2 seconds, doubling, with up to 25 % of jitter, six times, as on
    Cloudflare's Durable Objects; then it is logged and dropped.
    """

    def __init__(self, storage: StorageBackend, clock: Clock, tasks: BackgroundTasks, ring: Ring) -> None:
        self._storage = storage
        self._clock = clock
        self._tasks = tasks
        self._ring = ring
        self._timers: dict[RoomKey, Timer] = {}
        self._retries: dict[RoomKey, int] = {}

    def start(self) -> None:
        """Set a timer for every alarm that storage holds."""
        for party, room_id, _ in list(self._storage.alarms()):
            self._set_timer((party, room_id))

    def stop(self) -> None:
        """Cancel the timers; the alarms stay in storage."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def changed(self, party: str, room_id: str) -> None:
        """The room's alarm was set or deleted by a handler."""
        self._retries.pop((party, room_id), None)
        self._set_timer((party, room_id))

    def _set_timer(self, room: RoomKey) -> None:
        timer = self._timers.pop(room, None)
        if timer is not None:
            timer.cancel()
        when = self._storage.room(*room).get_alarm()
        if when is not None:
            soonest = min(when, self._clock.now() + _LONGEST_TIMER_MS)
            self._timers[room] = self._clock.call_at(soonest, lambda: self._due(room))

    def _due(self, room: RoomKey) -> None:
        self._timers.pop(room, None)
        when = self._storage.room(*room).get_alarm()
        if when is None:
            return
        if when > self._clock.now():
            self._set_timer(room)
        else:
            self._tasks.start(self._run(room))

    async def _run(self, room: RoomKey) -> None:
        store = self._storage.room(*room)
        store.apply(Changes(alarm=None))
        try:
            await self._ring(*room)
        except Exception:
            self._failed(room, set_again=store.get_alarm() is not None)
        else:
            self._retries.pop(room, None)

    def _failed(self, room: RoomKey, *, set_again: bool) -> None:
        party, room_id = room
        tried = self._retries.get(room, 0)
        if set_again:
            logger.exception("on_alarm of %s/%s failed; the alarm that it set stays", party, room_id)
        elif tried >= MAX_RETRIES:
            self._retries.pop(room, None)
            logger.exception(
                "on_alarm of %s/%s failed %d times; the alarm is dropped", party, room_id, tried + 1
            )
        else:
            self._retries[room] = tried + 1
            delay = retry_delay(tried)
            logger.exception(
                "on_alarm of %s/%s failed; it is tried again in %.1f s", party, room_id, delay / 1_000
            )
            self._storage.room(*room).apply(Changes(alarm=self._clock.now() + delay))
            self._set_timer(room)


def retry_delay(tried: int, jitter: Callable[[], float] = random.random) -> int:
    """Milliseconds until a failing alarm is tried again, after it was retried `tried` times already."""
    return round(FIRST_RETRY_MS * (1 << tried) * (1 + RETRY_JITTER * jitter()))

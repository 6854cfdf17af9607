"""What a room has sent to a stub's socket that has no listener for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from partyserver.events import Event, MessageEvent
from partyserver.wire import TOO_SLOW

logger = logging.getLogger("partyserver")

LONGEST = 2.0
"""Seconds for which more may wait than `Limits.max_queue`: as long as a peer may take that reads nothing."""


class Unheard:
    """Events that wait for a listener."""

    __slots__ = ("_bytes", "_description", "_events", "_fail", "_limit", "_timer")

    def __init__(self, limit: int, description: str, fail: Callable[[], None]) -> None:
        """
        Args:
            limit: bytes that may wait; 0 for any number.
            description: of the socket, for the log.
            fail: closes it where more wait for too long.
        """
        self._limit = limit
        self._description = description
        self._fail = fail
        self._events: list[Event] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None  # runs while more wait

    def bound_as(self, other: Unheard) -> None:
        """Have the limit of another, which is closed in its place."""
        self._limit, self._description, self._fail = other._limit, other._description, other._fail

    def add(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)
        if isinstance(event, MessageEvent):
            self._bytes += len(event.data)
            if self._limit and self._bytes > self._limit and self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(LONGEST, self._give_up)

    def take(self) -> list[Event]:
        """Take what waits."""
        events, self._events, self._bytes = self._events, [], 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return events

    def _give_up(self) -> None:
        waiting = self._bytes
        self._events = [event for event in self.take() if not isinstance(event, MessageEvent)]
        code, reason = TOO_SLOW
        logger.warning(
            "%s has no listener: %d bytes wait for one; closed with %d (%s)",
            self._description,
            waiting,
            code,
            reason,
        )
        self._fail()

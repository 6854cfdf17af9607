"""Wakes rooms that nobody owns when their alarms are due."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection

from partyserver.clock import Clock
from partyserver.cluster.engine import ClusterEngine, Node
from partyserver.exceptions import StartError
from partyserver.storage import RoomKey

logger = logging.getLogger("partyserver")

LOOK_EVERY = 1.0
"""Seconds between two looks."""

LOOK_AHEAD_MS = 1_500
"""How long before its time (milliseconds) an alarm is found, so that it rings in time."""

MOST_AT_ONCE = 50
"""How many rooms are woken before the next look."""


class DueAlarms:
    """Looks for alarms that are due soon, and has this node own their rooms: the owner rings them."""

    def __init__(
        self,
        engine: ClusterEngine,
        clock: Clock,
        parties: Collection[str],
        claim: Callable[[RoomKey], Awaitable[Node | None]],
    ) -> None:
        """
        Args:
            engine: the database.
            clock: gives the time.
            parties: those of this node.
            claim: has this node own a room, unless another does.
        """
        self._engine = engine
        self._clock = clock
        self._parties = list(parties)
        self._claim = claim
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on."""
        self._looking = asyncio.get_running_loop().create_task(self._look())

    def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        while True:
            found = 0
            try:
                found = await self.wake()
            except Exception:
                logger.exception("the cluster's alarms could not be looked for")
            if found < MOST_AT_ONCE:
                await asyncio.sleep(LOOK_EVERY * random.uniform(0.8, 1.0))

    async def wake(self) -> int:
        """Own the rooms whose alarms are due soon; returns how many of them there were."""
        until = self._clock.now() + LOOK_AHEAD_MS
        due = await self._engine.due_alarms(self._parties, until, MOST_AT_ONCE)
        claims = [self._claim(alarm.room) for alarm in due]
        for outcome in await asyncio.gather(*claims, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, StartError):
                logger.error("a room with an alarm could not be taken", exc_info=outcome)
        return len(due)

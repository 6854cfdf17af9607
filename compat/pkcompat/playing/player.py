"""The player: takes the steps of traffic one after another, and records what each client saw."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pkcompat.playing.clients import Clients
from pkcompat.playing.event_log import EventLog, Expected, Pace, counts
from pkcompat.playing.transport import Transport
from pkcompat.traffic import Step, StepRecord, Traffic, Transcript

Watcher = Callable[[int, StepRecord], None]
"""Called after each step with its index, counted from 0, and its record."""


async def play(
    traffic: Traffic,
    transport: Transport,
    *,
    pace: Pace | None = None,
    expected: Transcript | None = None,
    watcher: Watcher | None = None,
) -> Transcript:
    """Play traffic, and return the transcript.

    After each step the player waits until no client has received anything for `pace.quiet` seconds.

    Args:
        traffic: the steps to take.
        transport: the way to the host, already entered.
        pace: how long to wait for events.
        expected: the transcript of an earlier run. Events in it are waited for longer, up to `pace.patience`
            seconds after the step, until the first step in which they do not arrive. An event that arrives
            just before the step in which the earlier run had it counts for that step.
        watcher: called after each step.
    """
    player = _Player(transport, pace or Pace())
    transcript: list[StepRecord] = []
    for index, step in enumerate(traffic.steps):
        record = await player.take(step, expected[index : index + 2] if expected else ())
        # From the first missing event on the runs differ, and waiting for more would only take time.
        if expected is not None and counts(expected[index].events) - counts(record.events):
            expected = None
        transcript.append(record)
        if watcher is not None:
            watcher(index, record)
    return tuple(transcript)


class _Player:
    def __init__(self, transport: Transport, pace: Pace) -> None:
        self._pace = pace
        self._log = EventLog()
        self._news = asyncio.Event()
        self._clients = Clients(transport, self._log, self._news.set)

    async def take(self, step: Step, expected: Sequence[StepRecord]) -> StepRecord:
        """Take a step; `expected` holds its record in an earlier run, and the next one, if known."""
        result = await self._clients.act(step)
        await self._until_quiet(counts(expected[0].events) if expected else None)
        early = self._log.early(expected[0].events, expected[1].events) if len(expected) > 1 else {}
        return StepRecord(result, self._log.take(early))

    async def _until_quiet(self, expected: Expected | None) -> None:
        done = _now()
        while (quiet := self._log.quiet_at(done, self._pace, expected)) > _now():  # each event moves the end
            self._news.clear()
            timer = asyncio.get_running_loop().call_at(quiet, self._news.set)
            try:
                await self._news.wait()
            finally:
                timer.cancel()


def _now() -> float:
    return asyncio.get_running_loop().time()

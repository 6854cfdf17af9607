"""Calls `on_cron` when a cron expression says so."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from partyserver.background import BackgroundTasks
from partyserver.clock import Clock, Timer
from partyserver.exceptions import CronError
from partyserver.rooms import Cron

logger = logging.getLogger("partyserver")

_FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
# The timers of an event loop stand still while the machine sleeps, so the clock is read again by then.
_LONGEST_WAIT_MS = 60_000
# A clock that is put back by less repeats no calls; by more it was wrong, and counts anew, as in cron(8).
_CORRECTION_MS = 3 * 60 * 60 * 1_000


class CronExpression:
    """A cron expression of five fields, in UTC, as crontab(5) has them.

    Args:
        name: the cron's name, for errors.
        text: the expression, such as `*/5 * * * *`.

    Raises:
        CronError: it is none, or never due.
    """

    def __init__(self, name: str, text: str) -> None:
        self.text = text
        problem = ""
        try:
            if len(text.split()) != len(_FIELDS):
                problem = f"it must have five fields: {', '.join(_FIELDS)}"
            else:
                self.next_after(0)
        except CronSimError as error:
            problem = str(error).lower()
        except (ValueError, OverflowError):  # a number of thousands of digits
            problem = "a number in it is too large"
        except StopIteration:
            problem = "there is no such day"
        if problem:
            raise CronError(f"cron {name!r}: {text!r} is no cron expression: {problem}")

    def next_after(self, milliseconds: int) -> int:
        """When it is due next, after a moment; both in milliseconds since the epoch."""
        moment = datetime.fromtimestamp(milliseconds // 1_000, UTC)
        return int(next(CronSim(self.text, moment)).timestamp()) * 1_000


class CronSchedule:
    """The crons of a host: calls for each moment that an expression names, once.

    A call does not wait for the one before it to end. A moment that passed while the machine slept is made up
    for by one call; those that passed while the host was not running are not. A clock that is put back by up
    to three hours repeats no calls.
    """

    def __init__(
        self,
        expressions: Mapping[str, CronExpression],
        clock: Clock,
        tasks: BackgroundTasks,
        run: Callable[[Cron], Awaitable[None]],
        claim: Callable[[Cron], Awaitable[bool]] | None = None,
    ) -> None:
        """
        Args:
            expressions: cron expressions by name.
            clock: gives the time.
            tasks: where the calls run.
            run: is called with the cron that is due; an exception in it is logged.
            claim: says whether a call is for this host to make; by default every one is.
        """
        self._expressions = expressions
        self._clock = clock
        self._tasks = tasks
        self._run = run
        self._claim = claim
        self._timers: dict[str, Timer] = {}

    def start(self) -> None:
        """Wait for each cron's next moment."""
        now = self._clock.now()
        for name, expression in self._expressions.items():
            self._wait(name, expression.next_after(now))

    def stop(self) -> None:
        """Start no more calls; those that run go on."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wait(self, name: str, due: int) -> None:
        soonest = min(due, self._clock.now() + _LONGEST_WAIT_MS)
        self._timers[name] = self._clock.call_at(soonest, lambda: self._look(name, due))

    def _look(self, name: str, due: int) -> None:
        now, expression = self._clock.now(), self._expressions[name]
        if now < due:
            following = expression.next_after(now)
            self._wait(name, following if due - following > _CORRECTION_MS else due)
            return
        self._tasks.start(self._call(Cron(name, expression.text, due)))
        self._wait(name, expression.next_after(now))

    async def _call(self, cron: Cron) -> None:
        try:
            if self._claim is None or await self._claim(cron):
                await self._run(cron)
        except Exception:
            logger.exception("on_cron of %s failed", cron.name)

"""An event loop with virtual time: when nothing is left to do but wait, the clock jumps to the next timer.

So a comparison that plays minutes of traffic takes only as long as the handlers compute. Home-made, though
there are looptime and aiotools.VirtualClock: here time must also stand still while a thread works, and the
patched clocks of the process must follow the loop's.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from partyserver import SystemClock
from partyserver.clock import Timer
from partyserver.limits import Limits

T = TypeVar("T")

EPOCH_MS = 1_767_225_600_000
"""The start of virtual time: 2026-01-01, in milliseconds since the epoch."""


UNWATCHED = Limits(slow_handler=0, stuck_handler=0)
"""The limits of a host in virtual time: a thread that watches handlers would measure them by the real one."""


_LATE = 1e-6
"""Seconds by which a wait is late, as on any machine. Without this, code that checks whether its deadline has
passed, and else waits for the rest, could loop forever with a rest too small to change a float."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` jumps instead of passing.

    While a thread of its executor works, time stands still, and the loop waits for the thread.

    Args:
        moved: called with the loop's time whenever it has changed.

    Attributes:
        now: seconds since the loop was made, in virtual time.
    """

    def __init__(self, moved: Callable[[float], None] = lambda now: None) -> None:
        self.now = 0.0
        self._moved = moved
        self._threads_at_work = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Seconds since the loop was made, in virtual time."""
        return self.now

    def move(self, seconds: float) -> None:
        """Advance the time."""
        self.now += seconds
        self._moved(self.now)

    @property
    def waits_for_threads(self) -> bool:
        """Whether a call in an executor has not returned yet."""
        return self._threads_at_work > 0

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, function: Callable[..., T], *arguments: Any
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = super().run_in_executor(executor, function, *arguments)
        self._threads_at_work += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, *timeout: float | None) -> None:
        self._threads_at_work += 1  # a thread joins the others, and must not time out by a jump
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._threads_at_work -= 1

    def _thread_done(self, future: Future[Any] | asyncio.Future[Any]) -> None:
        self._threads_at_work -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Polls the files, and advances the loop's time instead of waiting."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # Only the loop's self-pipe, by which threads wake it: no need for a system call while it is awake.
        if timeout == 0 and len(self.get_map()) == 1:
            return []
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self._loop.waits_for_threads:  # the one case of a real wait
            before = time.monotonic()
            ready = super().select(timeout)
            self._loop.move(0.0 if timeout is None else min(timeout, time.monotonic() - before))
            return ready
        self._loop.move(timeout + _LATE)
        return ready


class VirtualClock(SystemClock):
    """The clock of a host on a `VirtualTimeLoop`; starts at `EPOCH_MS`."""

    def now(self) -> int:
        return EPOCH_MS + round(asyncio.get_running_loop().time() * 1_000)

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        loop = asyncio.get_running_loop()
        return loop.call_at((when - EPOCH_MS) / 1_000, callback)


def run_in_virtual_time(
    main: Coroutine[Any, Any, T], *, moved: Callable[[float], None] = lambda now: None
) -> T:
    """Run a coroutine to its end on a `VirtualTimeLoop`, and return its result.

    Args:
        main: the coroutine.
        moved: called with the loop's time, in seconds from 0, whenever it has changed.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(moved)) as runner:
        return runner.run(main)

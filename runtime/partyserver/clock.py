"""The time and timers, behind an interface, so that a test can use another clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Do not make the call."""


class Clock(Protocol):
    """Gives the time and calls back."""

    def now(self) -> int:
        """Milliseconds since the epoch."""

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` at `when` (milliseconds since the epoch), at once if that is past."""


class SystemClock:
    """The machine's clock and the running event loop's timers."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        seconds = max(0.0, when / 1_000 - time.time())
        return asyncio.get_running_loop().call_later(seconds, callback)

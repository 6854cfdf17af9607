"""Time that a test moves."""

from __future__ import annotations

from collections.abc import Callable

from tests.partyserver.in_process import settle


class FakeTimer:
    """A call that is to come."""

    def __init__(self, clock: FakeClock, when: int, callback: Callable[[], None]) -> None:
        self.clock, self.when, self.callback = clock, when, callback

    def cancel(self) -> None:
        self.clock.timers = [timer for timer in self.clock.timers if timer is not self]


class FakeClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, time: int = 1_000_000_000_000) -> None:
        self.time = time
        self.timers: list[FakeTimer] = []

    def now(self) -> int:
        return self.time

    def call_at(self, when: int, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self, when, callback)
        self.timers.append(timer)
        return timer

    async def advance(self, milliseconds: int) -> None:
        end = self.time + milliseconds
        while due := [timer for timer in self.timers if timer.when <= end]:
            timer = min(due, key=lambda timer: timer.when)
            self.time = max(self.time, timer.when)
            self.timers.remove(timer)
            timer.callback()
            await settle()
        self.time = end
        await settle()

"""Virtual time in an event loop: sleeps, timeouts, threads, timers."""

from __future__ import annotations

import asyncio
import time

import pytest

from pkcompat.forms.virtual_time import EPOCH_MS, VirtualClock, run_in_virtual_time


def test_sleeps_take_their_time_in_the_loop_and_none_outside() -> None:
    async def main() -> tuple[list[str], float]:
        order: list[str] = []

        async def note(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            order.append(name)

        await asyncio.gather(note("hour", 3_600), note("minute", 60), note("day", 86_400))
        return order, asyncio.get_running_loop().time()

    started = time.monotonic()
    order, ended = run_in_virtual_time(main())
    assert order == ["minute", "hour", "day"]
    assert 86_400 <= ended < 86_401
    assert time.monotonic() - started < 5


def test_timeouts_run_out_in_virtual_time() -> None:
    async def main() -> str:
        try:
            async with asyncio.timeout(1_000):
                await asyncio.Event().wait()
        except TimeoutError:
            return "over"
        return "not over"

    assert run_in_virtual_time(main()) == "over"


def test_time_waits_for_threads() -> None:
    async def main() -> str:
        async with asyncio.timeout(3_600):
            return await asyncio.to_thread(lambda: (time.sleep(0.05), "done")[1])

    assert run_in_virtual_time(main()) == "done"


def test_the_clock_runs_with_the_loop() -> None:
    async def main() -> tuple[int, int]:
        clock, rung = VirtualClock(), asyncio.Event()
        clock.call_at(EPOCH_MS + 5_000, rung.set)
        before = clock.now()
        await rung.wait()
        return before, clock.now()

    assert run_in_virtual_time(main()) == (EPOCH_MS, EPOCH_MS + 5_000)


def test_moves_of_time_are_told() -> None:
    moves: list[float] = []
    run_in_virtual_time(asyncio.sleep(60), moved=moves.append)
    assert moves == [pytest.approx(60.0)]


def test_a_timer_that_waits_for_the_rest_of_its_time_ends() -> None:
    async def main() -> int:
        loop, rung, looks = asyncio.get_running_loop(), asyncio.Event(), 0
        due = loop.time() + 0.1 + 0.2

        def look() -> None:
            nonlocal looks
            looks += 1
            rest = due - loop.time()
            if rest > 0 and looks < 100:
                loop.call_later(rest, look)
            else:
                rung.set()

        loop.call_later(0.2999999999999, look)
        await rung.wait()
        return looks

    assert run_in_virtual_time(main()) < 5

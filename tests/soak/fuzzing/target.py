"""What is fuzzed: a corpus, and a check that each input has to pass."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parents[3] / "fixtures"
HANGS = 10.0
"""Seconds after which one input counts as a hang, on a machine that is busy."""

Check = Callable[[bytes], Awaitable[None] | None]
"""Puts one input to the test; raises where it is not met as it must be."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that is fed with inputs.

    Attributes:
        name: what it is, as in `frames`.
        make: makes an input.
        checking: gives the check for as long as it is entered; its argument is an empty folder.
    """

    name: str
    make: Callable[[random.Random], bytes]
    checking: Callable[[Path], AbstractAsyncContextManager[Check]]


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of fuzzing a target.

    Attributes:
        inputs: how many inputs were tried.
        seconds: how long that took.
        failures: for each input that was not met as it must be, its number and what happened.
    """

    inputs: int
    seconds: float
    failures: tuple[str, ...]


Checking = AsyncIterator[Check]


async def fuzz(target: Target, inputs: int, seed: int, folder: Path, first: int = 0) -> Fuzzed:
    """Feed a target.

    Args:
        target: the target.
        inputs: how many inputs.
        seed: of all of them; with it and its number an input is made again.
        folder: an empty folder.
        first: the number of the first input.
    """
    failures: list[str] = []
    began = time.monotonic()
    async with target.checking(folder) as check:
        for number in range(first, first + inputs):
            data = target.make(random.Random(f"{seed} {number}"))
            started = time.monotonic()
            try:
                waiting = check(data)
                if waiting is not None:
                    await waiting
            except Exception as error:
                place = "".join(traceback.format_exception(error, limit=-3))
                failures.append(f"{target.name} {number}: {data[:200]!r}\n{place}")
            if (took := time.monotonic() - started) > HANGS:
                failures.append(f"{target.name} {number}: took {took:.0f} s: {data[:200]!r}")
            if len(failures) >= 10:
                break
    return Fuzzed(number + 1 - first, time.monotonic() - began, tuple(failures))

"""What legitimately differs between two runs, held still: clocks, random numbers, uuids, secrets."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import time_machine

from pkcompat.forms.virtual_time import EPOCH_MS

HASH_SEED = "0"
"""`PYTHONHASHSEED` of the processes that run forms: the order of sets of strings is the same in all."""

HELD_STILL = (
    "clocks stand at 2026-01-01 and move with the traffic alone; random, uuid, secrets and os.urandom give "
    "seeded values; PYTHONHASHSEED is 0"
)
"""What is held still, for people."""


class Determinism:
    """The clocks and the sources of chance of this process; made by `held_still`."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self._traveller = time_machine.travel(EPOCH_MS / 1_000, tick=False)
        self._coordinates: Any = None
        self._now = 0.0

    def restart(self) -> None:
        """A run begins: the clocks and the sources of chance are where they were at the first."""
        self._chance.seed(self._seed)
        random.seed(self._seed)
        self.advanced(0.0)

    def advanced(self, now: float) -> None:
        """Set the clocks to so many seconds after the run's begin."""
        self._now = now
        self._coordinates.move_to(EPOCH_MS / 1_000 + now, tick=False)

    def _patches(self) -> Iterator[Any]:
        yield patch.object(os, "urandom", self._chance.randbytes)
        yield patch.object(random, "_urandom", self._chance.randbytes)  # what secrets takes
        yield patch.object(random.Random, "seed", self._seeding(random.Random.seed))
        for name in ("monotonic", "perf_counter"):
            yield patch.object(time, name, lambda: self._now)
            yield patch.object(time, f"{name}_ns", lambda: round(self._now * 1e9))

    def _seeding(self, seed: Any) -> Any:
        """`Random.seed` that asks this source, not the system, where it is given nothing."""
        chance = self._chance

        def seeding(self: random.Random, a: Any = None, version: int = 2) -> None:
            seed(self, chance.getrandbits(128) if a is None else a, version)

        return seeding

    def _enter(self, stack: ExitStack) -> None:
        self._coordinates = self._traveller.start()
        stack.callback(self._traveller.stop)
        for patching in self._patches():
            stack.enter_context(patching)


@contextmanager
def held_still(seed: int = 0) -> Iterator[Determinism]:
    """Hold this process's clocks and sources of chance still while the context lasts.

    Code that was handed `time.monotonic` and the like before keeps what it has.

    Args:
        seed: what the sources of chance begin with.
    """
    determinism = Determinism(seed)
    with ExitStack() as stack:
        determinism._enter(stack)
        determinism.restart()
        yield determinism

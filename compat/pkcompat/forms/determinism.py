"""Holding still what legitimately differs between two runs: clocks, random numbers, uuids, secrets.

While a form runs, this patches other people's modules: `time` and `datetime` by time_machine; the monotonic
clocks of `time`, which count from the start of a run, and which time_machine leaves alone on purpose
(https://github.com/adamchainz/time-machine/issues/369); and `os.urandom`, which nothing public can seed, with
the places in `random` that draw from it: `Random.seed()`, and the private `_urandom` behind `secrets`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from partyserver.lean_imports import imports_blocked
from pkcompat.forms.virtual_time import EPOCH_MS

with imports_blocked("pytest"):
    import time_machine

HASH_SEED = "0"
"""`PYTHONHASHSEED` of the processes that run forms, so that sets of strings have one order in all of them."""

HELD_STILL = (
    "clocks stand at 2026-01-01 and move with the traffic alone; random, uuid, secrets and os.urandom give "
    "seeded values; PYTHONHASHSEED is 0"
)
"""What is held still, as a sentence for reports."""


class Determinism:
    """The clocks and sources of randomness of this process; made by `held_still`."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self._traveller = time_machine.travel(EPOCH_MS / 1_000, tick=False)
        self._coordinates: Any = None
        self._now = 0.0

    def restart(self) -> None:
        """Reset the clocks and the sources of randomness, so that each run gets the same values."""
        self._chance.seed(self._seed)
        random.seed(self._seed)
        self.advanced(0.0)

    def advanced(self, now: float) -> None:
        """Set the clocks to so many seconds after the start of the run."""
        self._now = now
        self._coordinates.move_to(EPOCH_MS / 1_000 + now, tick=False)

    def _patches(self) -> Iterator[Any]:
        yield patch.object(os, "urandom", self._chance.randbytes)
        yield patch.object(random, "_urandom", self._chance.randbytes)  # what secrets draws from
        yield patch.object(random.Random, "seed", self._seeding(random.Random.seed))
        for name in ("monotonic", "perf_counter"):
            yield patch.object(time, name, lambda: self._now)
            yield patch.object(time, f"{name}_ns", lambda: round(self._now * 1e9))

    def _seeding(self, seed: Any) -> Any:
        """`Random.seed` that, without a seed, draws from this source and not from the system."""
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
    """Hold this process's clocks and sources of randomness still while the context lasts.

    Code that imported `time.monotonic` and the like by name before that keeps the real ones.

    Args:
        seed: the seed of all sources of randomness.
    """
    determinism = Determinism(seed)
    with ExitStack() as stack:
        determinism._enter(stack)
        determinism.restart()
        yield determinism

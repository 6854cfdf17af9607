"""Both gates under schedules that chance makes; `make soak ONLY=gates` tries thousands."""

from __future__ import annotations

import logging
import random

import pytest
from tests.soak.gate_schedules import run_one

SCHEDULES = 100
FOUND = (9, 16, 37, 44, 61, 133)
"""Seeds that have shown a fault."""


def test_the_gates_keep_their_promises_whatever_gets_in_each_others_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL + 1)  # commits that are lost are logged in hundreds
    first = random.SystemRandom().randrange(1_000_000)
    worlds = [run_one(seed) for seed in (*FOUND, *range(first, first + SCHEDULES))]
    assert sum(world.told for world in worlds) > 0
    assert sum(world.lost for world in worlds) > 0

"""Fixed clocks, identifiers and randomness for a run, restored afterwards."""

from __future__ import annotations

import asyncio
import datetime
import os
import random
import secrets
import time
import uuid
from typing import Any

import pytest

from partyserver.requests import new_connection_id
from pkcompat.forms.determinism import held_still
from pkcompat.forms.virtual_time import EPOCH_MS, VirtualClock, run_in_virtual_time


def values() -> list[Any]:
    return [
        time.time(),
        time.monotonic(),
        time.perf_counter_ns(),
        datetime.datetime.now(datetime.UTC),
        datetime.date.today(),
        random.random(),
        random.Random().random(),
        random.SystemRandom().random(),
        uuid.uuid4(),
        uuid.uuid1(),
        secrets.token_hex(),
        os.urandom(4),
        new_connection_id(),
    ]


def test_each_run_sees_the_same() -> None:
    with held_still(3) as determinism:
        first = values()
        determinism.advanced(5.0)
        later = values()
        determinism.restart()
        assert values() == first
        assert all(value != other for value, other in zip(first[5:], later[5:], strict=True))
    with held_still(3):
        assert values() == first
    with held_still(4):
        assert values()[5:] != first[5:]


def test_the_clocks_follow_virtual_time() -> None:
    async def main() -> tuple[float, float, int]:
        await asyncio.sleep(60)
        return time.time(), time.monotonic(), VirtualClock().now()

    with held_still() as determinism:
        now, monotonic, virtual = run_in_virtual_time(main(), moved=determinism.advanced)
    assert now == pytest.approx(EPOCH_MS / 1_000 + 60, abs=1e-3)
    assert virtual == EPOCH_MS + 60_000
    assert monotonic == pytest.approx(60)


def test_afterwards_time_and_chance_are_free_again() -> None:
    with held_still():
        held = secrets.token_hex()
    assert secrets.token_hex() != held
    assert abs(time.time() - EPOCH_MS / 1_000) > 60
    assert time.monotonic() == pytest.approx(time.clock_gettime(time.CLOCK_MONOTONIC), abs=60)

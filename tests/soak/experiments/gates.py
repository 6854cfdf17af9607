"""Thousands of seeded schedules of the gates."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.gate_schedules import run_one


def run(effort: Effort) -> Iterator[Figure]:
    """Go through schedules."""
    schedules = effort.count(short=200, long=10_000)
    told = lost = 0
    logging.disable(logging.CRITICAL)
    try:
        for seed in range(effort.seed * 10_000, effort.seed * 10_000 + schedules):
            world = run_one(seed)
            told, lost = told + world.told, lost + world.lost
    finally:
        logging.disable(logging.NOTSET)
    yield Figure(f"{schedules:,} schedules, {told:,} messages to clients, {lost:,} lost commits, 0 broken")


EXPERIMENT = Experiment(
    "gates",
    "Whatever handlers, clients and commits do at the same time: no handler begins between a read and a "
    "write, messages are handled in order, and nothing leaves that tells of a write before it is committed.",
    run,
)

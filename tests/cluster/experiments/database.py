"""`kill -9` of the database, and its restart, while clients count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.cluster.trials import Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure


def run(effort: Effort) -> Iterator[Figure]:
    """Kill the database for less than a lease, and for more."""
    times = effort.count(short=2, long=20)

    async def kill_database(trial: Trial) -> None:
        for number in range(times):
            await asyncio.to_thread(trial.primary.kill)
            away = (0.0, 1.0) if number % 2 else (4.0, 6.0)
            await asyncio.sleep(trial.chance.uniform(*away))
            await asyncio.to_thread(trial.primary.start)
            await trial.counted()

    checked = asyncio.run(check(Wanted(), effort.seed, kill_database))
    yield checked.figure(f"{times} kills of the database, half of them for longer than a lease")


EXPERIMENT = Experiment(
    "database",
    "After `kill -9` of the database no answered count is lost or stored twice, and the nodes go on by "
    "themselves.",
    run,
    weight=2.0,
)

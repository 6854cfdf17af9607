"""The standby takes over from a primary that is killed amid commits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.cluster.trials import Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure


async def fail_over(trial: Trial) -> None:
    """Kill the primary, and promote its synchronous standby."""
    await asyncio.sleep(trial.chance.uniform(1.0, 3.0))
    primary, standby = trial.postgres
    await asyncio.to_thread(primary.kill)
    await asyncio.to_thread(standby.promote)
    trial.postgres = [standby, primary]
    await trial.counted()


def run(effort: Effort) -> Iterator[Figure]:
    """Fail over, in clusters of their own."""
    times = effort.count(short=1, long=10)
    checked = [
        asyncio.run(check(Wanted(standby=True), effort.seed + number, fail_over)) for number in range(times)
    ]
    broken = [each for each in checked if each.violations]
    slowest = (broken or sorted(checked, key=lambda each: each.pause))[-1]
    yield slowest.figure(f"{times} promotions, of which the slowest")


EXPERIMENT = Experiment(
    "standby",
    "Where a synchronous standby takes over from a primary that was killed amid commits, no answered "
    "count is lost or stored twice.",
    run,
    weight=2.0,
)

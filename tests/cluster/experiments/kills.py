"""`kill -9` of nodes, owners and those that pass on alike, while clients count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from tests.cluster.trials import Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure

MOST_PAUSE = 8.0


def run(effort: Effort) -> Iterator[Figure]:
    """Kill nodes, one after another."""
    kills = 0

    async def kill_nodes(trial: Trial) -> None:
        nonlocal kills
        end = time.monotonic() + max(20.0, effort.seconds - 15.0)
        while time.monotonic() < end:
            node = trial.chance.choice(trial.nodes)
            await node.kill()
            kills += 1
            await asyncio.sleep(trial.chance.uniform(0.0, 2.0))
            await trial.restart(node)
            await trial.counted()
            await asyncio.sleep(trial.chance.uniform(0.0, 3.0))

    checked = asyncio.run(check(Wanted(), effort.seed, kill_nodes))
    yield checked.figure(f"{kills} kills", MOST_PAUSE)


EXPERIMENT = Experiment(
    "kills",
    "After `kill -9` of a node, whether it owns rooms or passes on, no answered count is lost or stored "
    "twice, alarms ring, and a room pauses for less than 8 s.",
    run,
    weight=3.0,
)

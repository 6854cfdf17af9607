"""A node stands still (SIGSTOP) for longer than its lease, and goes on (SIGCONT)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.cluster.trials import Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure


async def stop_node(trial: Trial, number: int) -> None:
    """Have a node stand still until others have its rooms, and go on."""
    node = trial.nodes[number]
    node.pause()
    await asyncio.sleep(trial.chance.uniform(4.0, 6.0))
    node.resume()
    await trial.counted()


def run(effort: Effort) -> Iterator[Figure]:
    """Stop nodes."""
    times = effort.count(short=3, long=30)

    async def stop_nodes(trial: Trial) -> None:
        for number in trial.in_turn(times):
            await stop_node(trial, number)

    checked = asyncio.run(check(Wanted(), effort.seed, stop_nodes))
    yield checked.figure(f"{times} stops of 4 to 6 s")


EXPERIMENT = Experiment(
    "stopped",
    "A node that stood still for longer than its lease answers with no old state, stores nothing, and "
    "comes back.",
    run,
    weight=2.0,
)

"""Every node is stopped by SIGTERM and started again, one after another, while clients count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.cluster.trials import Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure

MOST_PAUSE = 2.0
"""Seconds: no lease has to run out."""


def run(effort: Effort) -> Iterator[Figure]:
    """Restart nodes."""
    rounds = effort.count(short=1, long=10)
    statuses: list[int] = []

    async def restart_nodes(trial: Trial) -> None:
        for _ in range(rounds):
            for node in trial.nodes:
                node.terminate()
                statuses.append(await node.ended())
                await trial.restart(node)
                await trial.counted()

    checked = asyncio.run(check(Wanted(), effort.seed, restart_nodes))
    yield checked.figure(f"{len(statuses)} restarts", MOST_PAUSE)
    wrong = [status for status in statuses if status]
    text = f"{len(statuses) - len(wrong)} of {len(statuses)} ended with status 0"
    yield Figure(text, f"others: {wrong}" if wrong else "")


EXPERIMENT = Experiment(
    "rolling",
    "A rolling restart loses nothing: rooms are handed over, and pause for less than 2 s.",
    run,
)

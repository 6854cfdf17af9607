"""The checker is checked: nodes that leave out what protects rooms must not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from tests.cluster.broken_counters import LEFT_OUT
from tests.cluster.experiments.cut_off import cut_off
from tests.cluster.experiments.stopped import stop_node
from tests.cluster.trials import Fault, Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure

TRIES = 4
LATE = 4.3
"""Seconds: longer than a lease, and not yet so long that a commit is tried on another connection."""


async def cut_off_from_the_database(trial: Trial) -> None:
    """Commits that were on their way arrive when another node has the rooms."""
    for lines in trial.lines:
        await cut_off(trial, lines.databases, LATE)


async def stop_nodes(trial: Trial) -> None:
    """A node goes on that others take for dead."""
    for number in trial.in_turn(len(trial.nodes)):
        await stop_node(trial, number)


async def nothing_else(trial: Trial) -> None:
    """Nothing goes wrong but what was left out."""
    await asyncio.sleep(5.0)


@dataclass(frozen=True, slots=True)
class Way:
    """How it shows that something was left out.

    Attributes:
        fault: what goes wrong.
        reads: the share of operations that only read.
        pause: about how long (seconds) a client waits after an answer.
    """

    fault: Fault
    reads: float = 0.0
    pause: float = 0.01


WAYS = {
    "epoch": Way(cut_off_from_the_database, pause=0.05),  # so that most commits begin when it is cut off
    "lease": Way(stop_nodes, reads=0.8),
    "message": Way(nothing_else),
}


def run(effort: Effort) -> Iterator[Figure]:
    """Leave out one thing after another."""
    for left_out, way in WAYS.items():
        wanted = Wanted(
            proxied=True,
            party="tests/cluster/broken_counters.py:Counters",
            environment={LEFT_OUT: left_out},
            reads=way.reads,
            pause=way.pause,
        )
        found: list[str] = []
        for number in range(TRIES):
            found = list(asyncio.run(check(wanted, effort.seed + number, way.fault)).violations)
            if found:
                break
        missed = "" if found else f"in {TRIES} tries the checker found nothing"
        yield Figure(f"without the {left_out} {len(found)} violations are found", missed)


EXPERIMENT = Experiment(
    "broken",
    "Nodes that leave the epoch out of their commits, that do not look at their lease, or that drop a "
    "message are found out by these experiments.",
    run,
)

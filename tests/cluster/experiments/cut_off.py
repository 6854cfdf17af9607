"""A node that is cut off: from the database alone, then from the other nodes alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from tests.cluster.trials import Trial, Wanted, check
from tests.soak.experiment import Effort, Experiment, Figure

from pkcompat.clusters import Balancer, Lines

Proxies = Callable[[Lines], Sequence[Balancer]]

LINES: dict[str, Proxies] = {
    "the database": lambda lines: lines.databases,
    "other nodes": lambda lines: [lines.nodes],
}


async def cut_off(trial: Trial, proxies: Sequence[Balancer], seconds: float) -> None:
    """Let nothing pass, as a network does that drops packets, then let what was held pass."""
    for proxy in proxies:
        proxy.hold()
    await asyncio.sleep(seconds)
    for proxy in proxies:
        proxy.release()
    await trial.counted()


def run(effort: Effort) -> Iterator[Figure]:
    """Cut nodes off."""
    times = effort.count(short=3, long=30)
    for what, proxies in LINES.items():

        async def cut_nodes_off(trial: Trial, proxies: Proxies = proxies) -> None:
            for number in trial.in_turn(times):
                await cut_off(trial, proxies(trial.lines[number]), trial.chance.uniform(4.0, 6.0))

        checked = asyncio.run(check(Wanted(proxied=True), effort.seed, cut_nodes_off))
        yield checked.figure(f"{times} times cut off from {what} for 4 to 6 s")


EXPERIMENT = Experiment(
    "cut-off",
    "A node that is cut off from the database gives its rooms up before others have them, and what it had "
    "sent counts for nothing; one that is cut off from the other nodes loses nothing.",
    run,
    weight=2.0,
)

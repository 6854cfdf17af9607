"""Two nodes wake the same room at once, again and again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import httpx
from tests.cluster.checker import Commit
from tests.cluster.row_history import changes
from tests.cluster.trials import NAMESPACE, Wanted, trial
from tests.soak.experiment import Effort, Experiment, Figure

AT_ONCE = 20


async def race(effort: Effort, times: int) -> Figure:
    """Ask two nodes for rooms that nobody owns."""
    async with trial(Wanted(nodes=2), effort.seed) as running:
        urls = [f"http://127.0.0.1:{node.port}/party" for node in running.nodes]
        statuses: Counter[int] = Counter()
        async with httpx.AsyncClient(timeout=30) as client:
            for first in range(0, times, AT_ONCE):
                asked = [
                    client.get(f"{url}/race{number}")
                    for number in range(first, first + AT_ONCE)
                    for url in urls
                ]
                running.chance.shuffle(asked)
                statuses.update(answer.status_code for answer in await asyncio.gather(*asked))
        rows = await changes(running.primary.dsn(), NAMESPACE)
    shared = [room for room, found in rows.items() if _has_two_owners(found)]
    wrong = [str(shared[:10])] if shared else []
    if set(statuses) != {200}:
        wrong.append(f"statuses: {dict(statuses)}")
    text = f"{times:,} rooms woken by two nodes at once, {len(shared)} with two owners"
    return Figure(text, "; ".join(wrong))


def _has_two_owners(rows: list[Commit]) -> bool:
    owners = {(row.epoch, row.node) for row in rows if row.node is not None}
    return len({epoch for epoch, _ in owners}) != len(owners)


def run(effort: Effort) -> Iterator[Figure]:
    """Race."""
    yield asyncio.run(race(effort, effort.count(short=400, long=10_000)))


EXPERIMENT = Experiment(
    "races",
    "A room that two nodes wake at once has one owner, and both nodes' clients are answered.",
    run,
)

"""Wrong inputs by the hundred thousand, each made of a right one: wire, files, stored values, sources."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.fuzzing import TARGETS
from tests.soak.fuzzing.target import fuzz


def run(effort: Effort) -> Iterator[Figure]:
    """Feed each target."""
    inputs = effort.count(short=1_000, long=100_000)
    for target in TARGETS:
        folder = effort.folder / target.name.replace(" ", "-")
        folder.mkdir()
        done = asyncio.run(fuzz(target, inputs, effort.seed, folder))
        failed = f"{len(done.failures)} failed" if done.failures else "0 failed"
        yield Figure(
            f"{done.inputs:,} {target.name}, {failed}, {done.seconds:.0f} s", "\n".join(done.failures)
        )


EXPERIMENT = Experiment(
    "fuzzing",
    "No handshake, frame, traffic file, partykit.json, stored value or source crashes or hangs anything, or gets "
    "a 500.",
    run,
    weight=2.0,
    limit=7_200.0,
)

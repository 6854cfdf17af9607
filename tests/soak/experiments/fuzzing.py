"""Wrong inputs by the hundred thousand, each made of a right one: wire, files, stored values, sources."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.fuzzing import TARGETS
from tests.soak.fuzzing.target import Fuzzed, fuzz


def part(name: str, first: int, inputs: int, seed: int, folder: Path) -> Fuzzed:
    """Feed a target with some of the inputs."""
    (target,) = (target for target in TARGETS if target.name == name)
    folder.mkdir(parents=True)
    return asyncio.run(fuzz(target, inputs, seed, folder, first))


def run(effort: Effort) -> Iterator[Figure]:
    """Feed each target, on every processor."""
    workers = os.cpu_count() or 1
    each = effort.count(short=1_000, long=100_000) // workers
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for target in TARGETS:
            folders = [effort.folder / f"{target.name} {number}" for number in range(workers)]
            parts = [
                pool.submit(part, target.name, number * each, each, effort.seed, folder)
                for number, folder in enumerate(folders)
            ]
            done = [part.result() for part in parts]
            failures = [failure for part in done for failure in part.failures]
            inputs, seconds = sum(part.inputs for part in done), max(part.seconds for part in done)
            text = f"{inputs:,} {target.name}, {len(failures)} failed, {seconds:.0f} s"
            yield Figure(text, "\n".join(failures))


EXPERIMENT = Experiment(
    "fuzzing",
    "No handshake, frame, traffic file, partykit.json, stored value or source makes anything crash or hang, "
    "or gets a 500.",
    run,
    weight=2.0,
    limit=10_800.0,
)

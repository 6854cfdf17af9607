"""How many events `pkcompat verify` compares a second under generated traffic: `make bench-verify`.

Both forms of every fixture are explored with the default budget, each form in a process of its own, as
`verify` does it. The clock runs while scripts are made, played and compared; starting the two processes and
importing the modules is told apart, as that is done once.

An event that is compared is an entry of the transcripts, compared between both forms and counted once: what
came of a step (an answer, a handshake, or for the other steps that nothing came of it), and each message and
close that a client received. How many of them a client received or was answered with stands beside it.

The processor time is that of this process and of both forms together, and of the form that took more of it.
Where other programs want the processors too, the time on the clock is longer than it has to be: with two of
them idle it is near half of the one, or the other, whichever is more.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.fixture_pairs import COMPANIONS, NAMES, class_form, object_form
from benchmarks.processor_time import processor_time

from pkcompat.forms import FormProcess, FormRun
from pkcompat.traffic import Step
from pkcompat.verify import DEFAULT_BUDGET, Explorer, explore, form_plan, ground_of, lines_of


@dataclass(frozen=True, slots=True)
class Measured:
    """One exploration of a fixture.

    Attributes:
        steps: how many steps were played.
        events: how many events were compared.
        received: how many of them clients received or were answered with.
        starting: seconds until both forms were imported.
        seconds: seconds that the exploration took.
        processor: seconds of processor time that it took in all three processes.
        busiest: those of the form's process that took more of it.
    """

    steps: int
    events: int
    received: int
    starting: float
    seconds: float
    processor: float
    busiest: float


class CountedForm:
    """A form's process, and how much clients were told in it."""

    def __init__(self, process: FormProcess) -> None:
        self._process = process
        self.received = 0
        self.ahead = process.ahead

    def begin(self, steps: Sequence[Step], *, with_lines: bool = False, with_output: bool = False) -> None:
        self._process.begin(steps, with_lines=with_lines, with_output=with_output)

    def outcome(self) -> FormRun:
        run = self._process.outcome()
        for record in run.transcript:
            self.received += (record.result is not None) + sum(map(len, record.events.values()))
        return run


def measure(name: str, seed: int, budget: int) -> Measured:
    """Explore both forms of a fixture."""
    begun = time.perf_counter()
    with FormProcess() as old, FormProcess() as new:
        old_modules = old.load(form_plan(COMPANIONS, str(object_form(name))))
        new_modules = new.load(form_plan(COMPANIONS, str(class_form(name))))
        counted = CountedForm(old)
        started, before = time.perf_counter(), processor_time()
        explored = explore(
            counted,
            new,
            Explorer(ground_of(old_modules, new_modules, COMPANIONS), seed),
            budget=budget,
            lines=(lines_of(old_modules), lines_of(new_modules)),
        )
        ended, taken = time.perf_counter(), processor_time().since(before)
    if not explored.agrees:
        raise SystemExit(f"{name}: the two forms differ; see: pkcompat verify")
    return Measured(
        explored.steps,
        explored.events,
        counted.received,
        started - begun,
        ended - started,
        taken.all,
        max(taken.children.values(), default=0.0),
    )


TIMES = ("seconds", "processor", "busiest")
TITLES = (
    f"{'':22} {'steps':>8} {'events':>8} {'received':>9} {'seconds':>8} {'events/s':>9} "
    f"{'CPU s':>7} {'busiest':>8}"
)


def row(name: str, counts: Sequence[float], times: Sequence[float]) -> str:
    """One line of the table.

    Args:
        name: its title.
        counts: steps, events, and how many of these were received.
        times: seconds; of processor time; of it in the busiest process.
    """
    (steps, events, received), (seconds, processor, busiest) = counts, times
    return (
        f"{name:22} {steps:8,.0f} {events:8,.0f} {received:9,.0f} {seconds:8.2f} {events / seconds:9,.0f} "
        f"{processor:7.2f} {busiest:8.2f}"
    )


def main() -> None:
    """Explore every fixture, print the medians."""
    parser = argparse.ArgumentParser(description="How many events verify compares a second.")
    parser.add_argument("fixtures", nargs="*", help="names of fixtures; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=DEFAULT_BUDGET, help="scripts for each fixture")
    parser.add_argument("--runs", type=int, default=3, help="runs of each fixture")
    options = parser.parse_args()
    names = options.fixtures or NAMES
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors")
    print(f"seed {options.seed}, {options.budget} scripts a fixture, medians of {options.runs} runs\n")
    runs: dict[str, list[Measured]] = {name: [] for name in names}
    for _ in range(options.runs):
        for name in names:
            run = measure(name, options.seed, options.budget)
            print(f"{name}: {run.events / run.seconds:,.0f} events/s", file=sys.stderr, flush=True)
            runs[name].append(run)
    print(TITLES)
    firsts = [some[0] for some in runs.values()]  # but for the times all runs are the same
    counts = [(first.steps, first.events, first.received) for first in firsts]
    times = [
        tuple(statistics.median(getattr(run, what) for run in some) for what in TIMES)
        for some in runs.values()
    ]
    for name, counted, timed in zip(runs, counts, times, strict=True):
        print(row(name, counted, timed))
    print(row("all", *([sum(column) for column in zip(*table, strict=True)] for table in (counts, times))))
    speeds = {name: each[1] / took[0] for name, each, took in zip(runs, counts, times, strict=True)}
    slowest = min(speeds, key=speeds.__getitem__)
    print(f"\nthe slowest: {slowest}, {speeds[slowest]:,.0f} events/s")
    starting = statistics.median(run.starting for some in runs.values() for run in some)
    print(f"to start both processes and import the modules: {starting:.2f} s a fixture")


if __name__ == "__main__":
    main()

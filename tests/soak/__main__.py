"""Holds the host, the codemod and the command to what docs/reliability.md promises: `make soak MINUTES=3`.

Each experiment puts one promise to the test and prints figures; the exit status is 1 if one is broken. With
30 minutes or more it is the long form, which `--write` puts down in docs/reliability.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import random
import sys

from rich.console import Console
from tests.soak import report, running
from tests.soak.suite import HOST, Suite

LONG_FROM = 30.0
"""Minutes from which on a run is the long form."""


def main(suite: Suite, description: str | None) -> int:
    """Run what the command line names; returns the exit status.

    Args:
        suite: whose experiments there are.
        description: what `--help` says of them.
    """
    found = {experiment.name: experiment for experiment in running.experiments(suite)}
    parser = argparse.ArgumentParser(prog=f"python -m {suite.module}", description=description)
    parser.add_argument("--minutes", type=float, default=3.0, help="about how long all of it takes (3)")
    parser.add_argument("--scale", choices=("short", "long"), help="how often what is counted is done")
    parser.add_argument(
        "--only", action="append", choices=sorted(found), help="one of them; may be given again"
    )
    parser.add_argument("--seed", type=int, help="of everything that is chosen at random")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/reliability.md")
    parser.add_argument("--list", action="store_true", help="list the experiments")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.list:
        for experiment in found.values():
            console.print(f"{experiment.name:20} {experiment.promise}", highlight=False, markup=False)
        return 0
    scale = options.scale or ("long" if options.minutes >= LONG_FROM else "short")
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"the {scale} form, about {options.minutes:g} minutes, --seed {seed}", flush=True)
    outcomes = []
    for outcome in running.run([found[name] for name in options.only or found], scale, options.minutes, seed):
        outcomes.append(outcome)
        state = f"skipped: {outcome.skipped}" if outcome.skipped else "holds" if outcome.holds else "BROKEN"
        print(f"{outcome.experiment.name}: {state} ({outcome.seconds:.0f} s)", flush=True)
        for figure in outcome.figures:
            print(f"    {figure.text}", *([figure.broken] if figure.broken else []), sep="\n    ", flush=True)
    console.print(report.terminal_table(outcomes), markup=False)
    if options.write:
        page = suite.page.read_text(encoding="utf-8")
        suite.page.write_text(report.page_with(page, outcomes, measured_on(scale), suite), encoding="utf-8")
    broken = [outcome.experiment.name for outcome in outcomes if not outcome.holds]
    if broken:
        print(f"broken, with --seed {seed}: {', '.join(broken)}")
    return 1 if broken else 0


def measured_on(scale: str) -> str:
    """When and on what, for docs/reliability.md."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    day = datetime.datetime.now(datetime.UTC).date()
    python = f"Python {platform.python_version()}"
    return f"{day}, {platform.system()}, {processors} processors, {python}, {scale} form"


if __name__ == "__main__":
    sys.exit(main(HOST, __doc__))

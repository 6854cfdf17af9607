"""Timing commands against each other: in turn, A B A B, so that a machine that slows down slows down all."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def time_in_turn(
    commands: Mapping[str, Sequence[str]], folder: Path, runs: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Run commands in turn, and time each as a whole process.

    Args:
        commands: what to run, by name.
        folder: where to run it.
        runs: how many runs of each are counted.
        warm_up: how many rounds come first that are not counted.

    Returns:
        The seconds of each counted run, by name.
    """
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(warm_up + runs):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
            if number >= warm_up:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def print_table(seconds: Mapping[str, Sequence[float]], peer: str) -> None:
    """Print minimum, median and maximum of each command, and how its median stands to that of a peer."""
    width = max(map(len, seconds))
    base = statistics.median(seconds[peer])
    print(f"{'':{width}}   min s   median s   max s   / {peer}")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name:{width}}  {min(taken):6.2f}   {median:8.2f}  {max(taken):6.2f}   {median / base:.2f}")

"""Measuring things against each other: in turn, A B A B, so that a machine that slows down slows down all."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Measure = Callable[[], float]


@dataclass(frozen=True)
class Effort:
    """How much a benchmark does.

    Attributes:
        runs: how many counted runs each thing has.
        warm_up: how many runs come first that are not counted.
        seconds: how long a run of a rate lasts.
        quick: for trying: few runs, short ones, and small sizes. Its figures are not to be quoted.
    """

    runs: int
    warm_up: int
    seconds: float
    quick: bool = False

    def size(self, full: int, quick: int) -> int:
        """How many of something there are."""
        return quick if self.quick else full


FULL = Effort(runs=5, warm_up=1, seconds=1.0)
QUICK = Effort(runs=1, warm_up=0, seconds=0.3, quick=True)


@dataclass(frozen=True)
class Figures:
    """What the runs of one thing gave, in the order of the runs."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def minimum(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """The largest value."""
        return max(self.values)

    def ratio_to(self, other: Figures) -> float:
        """How this stands to another thing that was measured in the same rounds: the median of the rounds'
        ratios. Each compares two runs that followed each other, so a machine that drifts cancels out."""
        pairs = zip(self.values, other.values, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def in_turn(measures: Mapping[str, Measure], effort: Effort) -> dict[str, Figures]:
    """Measure everything once a round, one after the other, round by round.

    Args:
        measures: what gives one figure, by name.
        effort: how many rounds come first that are not counted, and how many are.

    Returns:
        The figures by name, in the order of `measures`.
    """
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(effort.warm_up + effort.runs):
        for name, measure in measures.items():
            value = measure()
            if number >= effort.warm_up:
                found[name].append(value)
    return {name: Figures(tuple(values)) for name, values in found.items()}

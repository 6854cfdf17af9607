"""What an experiment is: a promise, and how it is put to the test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Scale = Literal["short", "long"]


class Unavailable(Exception):  # noqa: N818 - nothing is wrong: the experiment is skipped
    """The experiment cannot run here. The message says what is missing."""


class BrokenPromiseError(AssertionError):
    """What was promised did not happen. The message says what."""


def expect(condition: object, what: str) -> None:
    """Raise `BrokenPromiseError` unless something is so.

    Args:
        condition: what was promised.
        what: what happened instead.
    """
    if not condition:
        raise BrokenPromiseError(what)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much an experiment may do.

    Attributes:
        scale: `short` for every day, `long` for the figures of docs/reliability.md.
        seconds: how long it may take, if time is what it needs; its share of the whole.
        minutes: how long the whole was asked to take.
        seed: of everything that it chooses at random.
        folder: an empty folder of its own, removed afterwards.
    """

    scale: Scale
    seconds: float
    minutes: float
    seed: int
    folder: Path

    def count(self, *, short: int, long: int) -> int:
        """How often something is done."""
        return long if self.scale == "long" else short


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that was counted or measured.

    Attributes:
        text: the figure in a few words, as it stands in docs/reliability.md: `1,000 kills, 0 lost`.
        broken: what was promised and did not happen, with what helps to find out why; empty if all did.
    """

    text: str
    broken: str = ""

    @property
    def holds(self) -> bool:
        """Whether what was promised is so."""
        return not self.broken


@dataclass(frozen=True, slots=True)
class Experiment:
    """A promise, and what shows that it is kept.

    Each module in `tests/soak/experiments` has one, as `EXPERIMENT`; it is found there by itself.

    Attributes:
        name: for the command line.
        promise: what is promised, in one sentence, as it stands in docs/reliability.md.
        run: puts it to the test and returns or yields the figures. An exception breaks the promise,
            `Unavailable` skips the experiment.
        weight: its share of the time, beside the weights of the others.
        limit: seconds after which it counts as hung, in the long form; a third of that in the short one.
    """

    name: str
    promise: str
    run: Callable[[Effort], Iterable[Figure]]
    weight: float = 1.0
    limit: float = 3_600.0

"""Finds the experiments, and runs them one after the other."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.soak.experiment import Effort, Experiment, Figure, Scale, Unavailable
from tests.soak.suite import HOST, Suite


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an experiment.

    Attributes:
        experiment: the experiment.
        figures: what it measured.
        seconds: how long it took.
        skipped: why it could not run here; empty if it did.
    """

    experiment: Experiment
    figures: Sequence[Figure]
    seconds: float
    skipped: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise was kept, or could not be tried."""
        return all(figure.holds for figure in self.figures)


class Hung(KeyboardInterrupt):
    """The experiment did not end in time. Like Ctrl-C it ends an event loop wherever that is."""


def experiments(suite: Suite = HOST) -> list[Experiment]:
    """Those of a suite, by name."""
    names = [module.name for module in pkgutil.iter_modules([str(suite.folder)])]
    found = [importlib.import_module(f"{suite.package}.{name}").EXPERIMENT for name in names]
    return sorted(found, key=lambda experiment: experiment.name)


def run(chosen: Sequence[Experiment], scale: Scale, minutes: float, seed: int) -> Iterator[Outcome]:
    """Run experiments; each gets its share of the minutes by its weight."""
    whole = sum(experiment.weight for experiment in chosen)
    for experiment in chosen:
        yield run_one(experiment, scale, minutes * 60 * experiment.weight / whole, minutes, seed)


def run_one(experiment: Experiment, scale: Scale, seconds: float, minutes: float, seed: int) -> Outcome:
    """Run one experiment; whatever it raises breaks its promise, but for Ctrl-C."""
    figures: list[Figure] = []
    limit = experiment.limit if scale == "long" else max(experiment.limit / 3, 2 * seconds)
    skipped, started = "", time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
            with limited(limit):
                figures.extend(experiment.run(Effort(scale, seconds, minutes, seed, Path(folder))))
    except Unavailable as missing:
        skipped = str(missing)
    except Hung:
        figures.append(Figure("hung", f"it had not ended after {limit:.0f} s:\n{traceback.format_exc()}"))
    except Exception as error:
        figures.append(Figure(f"{type(error).__name__}: {error}", traceback.format_exc()))
    return Outcome(experiment, figures, time.monotonic() - started, skipped)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """A context that raises `Hung` after so many seconds; in the main thread alone."""

    def ring(_: int, __: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

"""Sharing work out to processes, and surviving the death of one."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Died(Generic[T]):
    """A process died over an item, as native code may on input that it cannot stand.

    Attributes:
        item: the item.
    """

    item: T


def share_out(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R | Died[T]]:
    """Call a function with each item, in processes.

    Args:
        function: what to call; it and what it takes and gives are pickled.
        items: what to call it with.
        jobs: how many processes may work at a time.

    Yields:
        What it returned, as it comes; `Died` for an item over which the process died.

    Raises:
        Exception: what the function raised.
    """
    suspects: list[T] = []
    with ProcessPoolExecutor(min(jobs, len(items)), _context()) as pool:
        yield from _results({pool.submit(function, item): item for item in items}, suspects)
    for item in suspects:  # alone, so that it shows which of them it was
        alone: list[T] = []
        with ProcessPoolExecutor(1, _context()) as pool:
            yield from _results({pool.submit(function, item): item}, alone)
        yield from map(Died, alone)


def _results(futures: dict[Future[R], T], suspects: list[T]) -> Iterator[R]:
    for future in as_completed(futures):
        try:
            yield future.result()
        except BrokenProcessPool:
            suspects.append(futures[future])


def _context() -> BaseContext:
    """A fork has all imported already; elsewhere the platform's own way is the safe one."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else None)

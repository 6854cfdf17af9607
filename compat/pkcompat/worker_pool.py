"""Sharing work out to processes, and surviving the death of one."""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
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
    with _pool(min(jobs, len(items))) as pool:
        yield from _results({pool.submit(function, item): item for item in items}, suspects)
    for item in suspects:  # alone, so that it shows which of them it was
        alone: list[T] = []
        with _pool(1) as pool:
            yield from _results({pool.submit(function, item): item}, alone)
        yield from map(Died, alone)


def _results(futures: dict[Future[R], T], suspects: list[T]) -> Iterator[R]:
    for future in as_completed(futures):
        try:
            yield future.result()
        except BrokenProcessPool:
            suspects.append(futures[future])


def _pool(size: int) -> ProcessPoolExecutor:
    # A fork has all imported already; elsewhere the platform's own way is the safe one.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(size, context, initializer=_collect_rarely)


def _collect_rarely() -> None:
    """Syntax trees are many objects that live together; looking them through takes a fifth of the time."""
    gc.set_threshold(200_000, 20, 100)

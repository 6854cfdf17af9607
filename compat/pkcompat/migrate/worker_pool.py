"""Sharing work out to processes, and surviving the death of one."""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_WORTH_PROCESSES = 6  # items; with fewer, starting processes takes longer than they save


@dataclass(frozen=True, slots=True)
class Died(Generic[T]):
    """A process died over an item, as native code may on input that it cannot stand.

    Attributes:
        item: the item.
    """

    item: T


def share_out(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[tuple[T, R | Died[T]]]:
    """Call a function with each item, in processes.

    Args:
        function: what to call; each process is given it once, with whatever it holds.
        items: what to call it with; they and what comes back are pickled.
        jobs: how many processes may work at a time.

    Yields:
        Each item, and what it came to, as it comes: what the function returned; `Died` where the process died
        over it.

    Raises:
        Exception: what the function raised.
    """
    suspects: list[T] = []
    with _pool(function, min(jobs, len(items))) as pool:
        yield from _results({pool.submit(_call, item): item for item in items}, suspects)
    for item in suspects:  # alone, so that it shows which of them it was
        alone: list[T] = []
        with _pool(function, 1) as pool:
            yield from _results({pool.submit(_call, item): item}, alone)
        yield from ((item, Died(item)) for item in alone)


def _results(futures: dict[Future[R], T], suspects: list[T]) -> Iterator[tuple[T, R]]:
    for future in as_completed(futures):
        try:
            yield futures[future], future.result()
        except BrokenProcessPool:
            suspects.append(futures[future])


def _pool(function: Callable[..., object], size: int) -> ProcessPoolExecutor:
    # A fork has all imported already; elsewhere the platform's own way is the safe one.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(size, context, initializer=_prepare, initargs=(function,))


_function: Callable[[Any], Any]


def _prepare(function: Callable[[Any], Any]) -> None:
    """Make a process ready for its work."""
    global _function
    _function = function
    # Syntax trees are many objects that live together; looking them through takes a fifth of the time.
    gc.set_threshold(200_000, 20, 100)


def _call(item: Any) -> Any:
    return _function(item)


def each_shared(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[tuple[T, R | Died[T]]]:
    """Call a function with each item, in processes where that is worth it; see `share_out`."""
    if is_shared_out(items, jobs):
        return share_out(function, items, jobs)
    return ((item, function(item)) for item in items)


def is_shared_out(items: Sequence[object], jobs: int) -> bool:
    """Whether there are items enough to start processes for."""
    return jobs > 1 and len(items) >= _WORTH_PROCESSES

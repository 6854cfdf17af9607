"""A process pool that survives the death of a worker, and finds the item that killed it.

`ProcessPoolExecutor` gives up on all pending items when a worker dies, and does not say which item it was:
https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.process.BrokenProcessPool
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
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
    """The result for an item that killed its worker process, as a stack overflow in native code does.

    Attributes:
        item: the item.
    """

    item: T


def share_out(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[tuple[T, R | Died[T]]]:
    """Call a function with each item, in processes.

    Args:
        function: the function; it is sent to each process once, with the data that it holds.
        items: its arguments; they and the return values are pickled.
        jobs: the maximum number of processes.

    Yields:
        Each item with its return value, or with `Died` if the worker process died; in order of completion.

    Raises:
        Exception: the function raised it.
    """
    suspects: list[T] = []
    with _pool(function, min(jobs, len(items))) as pool:
        try:
            yield from _results({pool.submit(_call, item): item for item in items}, suspects)
        except BaseException:  # Ctrl-C waits for what is being worked on, and for nothing else
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    # A broken pool fails all of its pending items; run each alone to find those that kill their process.
    for item in suspects:
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
    # A fork has everything imported already; on other platforms forking is not safe.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(size, context, initializer=_prepare, initargs=(function,))


_function: Callable[[Any], Any]


def _prepare(function: Callable[[Any], Any]) -> None:
    """Keep the function in the worker process, so that it is not pickled with each item."""
    global _function
    _function = function
    # Syntax trees are many long-lived objects; by default the collector would take a fifth of the time.
    gc.set_threshold(200_000, 20, 100)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process with the one that started it: a killed one would leave it waiting forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(item: Any) -> Any:
    return _function(item)


def each_shared(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[tuple[T, R | Died[T]]]:
    """Call a function with each item, in processes if there are enough items; see `share_out`."""
    if is_shared_out(items, jobs):
        return share_out(function, items, jobs)
    return ((item, function(item)) for item in items)


def is_shared_out(items: Sequence[object], jobs: int) -> bool:
    """Whether there are enough items to start processes."""
    return jobs > 1 and len(items) >= _WORTH_PROCESSES

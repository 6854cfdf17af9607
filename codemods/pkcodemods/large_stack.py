"""Runs deeply recursive functions in a thread with a larger stack."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_STACK = 256 * 1024 * 1024  # bytes
_RECURSION_LIMIT = 200_000


def with_large_stack(function: Callable[[], T]) -> T:
    """Call a function in a thread that can recurse deeply.

    Raises:
        RecursionError: even that is not enough.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(function())
        except BaseException as error:
            failure.append(error)

    stack, limit = threading.stack_size(_STACK), sys.getrecursionlimit()
    sys.setrecursionlimit(_RECURSION_LIMIT)
    thread = threading.Thread(target=run)
    try:
        thread.start()
        thread.join()
    finally:
        threading.stack_size(stack)
        sys.setrecursionlimit(limit)
    if failure:
        raise failure[0]
    return outcome[0]

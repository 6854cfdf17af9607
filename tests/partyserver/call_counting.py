"""Counting calls of Python functions, and bytes: costs that no other work on the machine changes."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any


async def count_calls(work: Callable[[], Awaitable[Any]]) -> int:
    """How many calls of Python functions are made until what `work` returns has been awaited."""
    calls = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    gc.disable()  # what it calls, and when, is not the host's doing
    sys.setprofile(profile)
    try:
        await work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


async def peak_memory(work: Callable[[], Awaitable[Any]]) -> int:
    """How many bytes more than before are allocated at a time until what `work` returns has been awaited."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        await work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()

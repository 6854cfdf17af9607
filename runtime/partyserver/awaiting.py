"""Awaiting what handlers return."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import Any

from partyserver.exceptions import HandlerCancelledError


async def settled(result: Any) -> Any:
    """What a handler returned, awaited if it is awaitable.

    Raises:
        HandlerCancelledError: the handler awaited something that was cancelled. asyncio raises the same
            exception for that as for the end of the task that runs the handler, which is no error.
    """
    try:
        return await result if isawaitable(result) else result
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise HandlerCancelledError("the handler awaited something that was cancelled") from error

"""Calls of handlers: their signatures, and the awaitables that they may return."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from inspect import Signature, isawaitable
from typing import Any

from partyserver.exceptions import HandlerCancelledError

if sys.version_info >= (3, 14):
    from annotationlib import Format

    _AS_THEY_ARE: dict[str, Any] = {"annotation_format": Format.FORWARDREF}
else:
    _AS_THEY_ARE: dict[str, Any] = {}


def signature_of(callback: Callable[..., Any], *, follow_wrapped: bool = True) -> Signature:
    """The signature of a callable, as `inspect.signature` has it.

    From Python 3.14 on annotations are evaluated only on request; names in them that exist for type checkers
    alone (`if TYPE_CHECKING:`) must not fail then.

    Raises:
        TypeError, ValueError: it has none, as some builtins.
    """
    return inspect.signature(callback, follow_wrapped=follow_wrapped, **_AS_THEY_ARE)


async def settled(result: Any) -> Any:
    """The return value of a handler, awaited if it is awaitable.

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

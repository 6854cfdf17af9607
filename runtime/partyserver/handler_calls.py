"""Calls of handlers: their signatures, and the awaitables that they may return."""

from __future__ import annotations

import asyncio
import inspect
import signal
import sys
from collections.abc import Callable
from inspect import Signature, isawaitable
from types import TracebackType
from typing import Any

from partyserver.exceptions import HandlerCancelledError, HandlerExitError

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


class _Contained:
    """Has a handler fail that would end the process.

    asyncio passes `SystemExit` and `KeyboardInterrupt` on to whoever runs the event loop: one room would end
    all others. Where SIGINT is left to Python, a `KeyboardInterrupt` passes: it is Ctrl-C.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing is to be prepared."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, Exception) and is_handlers_own(kind):
            raise HandlerExitError(f"the handler raised {error!r}") from error


contained = _Contained()
"""The context in which every handler, listener and hook is called and awaited.

Raises:
    HandlerExitError: what is called raised `SystemExit`, `KeyboardInterrupt` or `GeneratorExit`.
"""


def is_handlers_own(kind: type[BaseException]) -> bool:
    """Whether an exception that is no `Exception` comes from the handler, and not from its surroundings."""
    if issubclass(kind, KeyboardInterrupt):
        return signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    if issubclass(kind, GeneratorExit):  # a coroutine that is closed gets one, outside of any task
        return _runs_in_a_task()
    return not issubclass(kind, asyncio.CancelledError)


def _runs_in_a_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


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

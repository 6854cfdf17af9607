"""Errors of tasks and callbacks that a handler left behind: the log names the room."""

from __future__ import annotations

import asyncio
import gc
import logging
import traceback
from collections.abc import Iterable
from contextvars import Context
from types import FrameType
from typing import Any

from partyserver.handler_frames import place_in
from partyserver.rooms import CurrentRoom, PartyServer, Room, name_of, room_in

logger = logging.getLogger("partyserver")

_LOGGED = "__partyserver_logged__"  # is set on an exception that the log has

Report = dict[str, Any]


def context_of(runs: object) -> Context | None:
    """The context in which a task or an event loop's handle runs.

    Tasks give it away from Python 3.12 on, uvloop's handles never; the garbage collector knows it.
    """
    known = getattr(runs, "_context", None)
    if isinstance(known, Context):
        return known
    return next((each for each in gc.get_referents(runs) if isinstance(each, Context)), None)


def who_left(context: Context | None) -> CurrentRoom | None:
    """The room whose handler left behind what runs in a context; None if none did."""
    return None if context is None else room_in(context)


class LeftBehind:
    """The exception handler of an event loop, while a host runs in it.

    `SystemExit` and `KeyboardInterrupt` out of a task or a callback do not come here: the loop ends with
    them. `pkcompat serve` has a loop that goes on (`pkcompat.serving.event_loop`). Another has its own:
    there a bare `asyncio.create_task(...)` in a handler that calls `sys.exit()` ends the process.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: Any = None  # the loop's handler until then

    def start(self) -> None:
        """Handle the exceptions of the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._before = self._loop.get_exception_handler()
        self._loop.set_exception_handler(self._handle)

    def stop(self) -> None:
        """Leave them to the handler there was before."""
        loop, self._loop = self._loop, None
        # Another one may have been set in between; then it has this one behind it.
        if loop is not None and loop.get_exception_handler() == self._handle:
            loop.set_exception_handler(self._before)

    def _handle(self, loop: asyncio.AbstractEventLoop, report: Report) -> None:
        error = report.get("exception")
        runs = report.get("task") or report.get("future") or report.get("handle")
        if isinstance(error, BaseException) and log_left_behind(error, runs):
            return
        if self._before is not None:
            self._before(loop, report)
        else:
            loop.default_exception_handler(report)


def log_left_behind(error: BaseException, runs: object = None) -> bool:
    """Log an exception of a task or callback that a handler left behind, once.

    Args:
        error: the exception.
        runs: the task, or the event loop's handle of the callback, where that is known.

    Returns:
        Whether the log has it; it has not where no handler left it.
    """
    if hasattr(error, _LOGGED):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][::-1]  # the innermost first
    runs = runs or _runs_that_raised(error, frames)
    # uvloop reports an exception within the context of its callback
    left_by = who_left(context_of(runs)) or room_in()
    name = _room_in(frames) if left_by is None else name_of(left_by)
    if name is None:
        return False
    setattr(error, _LOGGED, True)
    logger.error(
        "a %s that a handler of %s left behind raised %r%s",
        "task" if isinstance(runs, asyncio.Task) else "callback",
        name,
        error,
        "" if (place := place_in(frames)) is None else f" in {place}",
        exc_info=error,
    )
    return True


def _runs_that_raised(error: BaseException, frames: Iterable[FrameType]) -> object:
    """The task or asyncio's handle that an exception came out of; None where nothing leads there."""
    for frame in frames:
        if isinstance(handle := frame.f_locals.get("self"), asyncio.Handle):
            task = getattr(getattr(handle, "_callback", None), "__self__", None)
            return task if isinstance(task, asyncio.Task) else handle
    for each in gc.get_objects():
        # by its type, as `isinstance` asks an object that may be a proxy
        if issubclass(type(each), asyncio.Task) and getattr(each, "_exception", None) is error:
            return each
    return None


def _room_in(frames: Iterable[FrameType]) -> str | None:
    """The room that the user's code used: all that a callback of uvloop leaves that exits."""
    for frame in frames:
        for value in frame.f_locals.values():
            room: Any = getattr(value, "room", None) if issubclass(type(value), PartyServer) else value
            if issubclass(type(room), Room):
                return f"{room.name}/{room.id}"
    return None

"""Names handlers that have not ended for long, with the line where they wait."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from time import monotonic
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from partyserver.handler_frames import Handler, Place, handler_of, is_handlers_code, place_in
from partyserver.left_behind import context_of, who_left

logger = logging.getLogger("partyserver")

_LOOKS = 10  # in the time after which a handler is named
_AT_ONCE = 200  # tasks that are looked at before the event loop's thread gets its turn
_REPEATED = 600.0  # seconds after which others that wait at the same line are named


class UnendedHandlers:
    """The handlers of an event loop that were seen running, and since when.

    Each is named once, those that wait at the same line by one record.
    """

    def __init__(self, patience: float) -> None:
        """
        Args:
            patience: seconds after which a handler that has not ended is named.
        """
        self._patience = patience
        self._since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # infinite once it is named
        self._named: dict[Place, float] = {}  # when the lines were

    @property
    def pause(self) -> float:
        """Seconds between two looks."""
        return self._patience / _LOOKS

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at every task of an event loop, from another thread."""
        found: dict[Place, list[Handler]] = {}
        for number, task in enumerate(asyncio.all_tasks(loop), start=1):
            if number % _AT_ONCE == 0:
                time.sleep(0.001)
            try:
                self._look_at(task, found)
            except Exception:  # it went on meanwhile
                logger.debug("a task cannot be looked at", exc_info=True)
        for place, handlers in found.items():
            if monotonic() >= self._named.get(place, 0.0):
                self._named[place] = monotonic() + _REPEATED
                self._name(place, handlers)

    def _look_at(self, task: asyncio.Task[Any], found: dict[Place, list[Handler]]) -> None:
        chain = list(_awaiting(task.get_coro()))
        inner = next((at for at in reversed(range(len(chain))) if is_handlers_code(_code(chain[at]))), None)
        if inner is None:
            return
        running = chain[inner]
        now = monotonic()
        if now - self._since.setdefault(running, now) < self._patience:
            return
        frames = [frame for each in reversed(chain) if (frame := _frame(each)) is not None]
        within = [frame for each in reversed(chain[inner + 1 :]) if (frame := _frame(each)) is not None]
        place = place_in(within)
        handler = handler_of(frames)
        if place is None or handler is None:
            return  # it has not begun: it waits for another one, which is named
        self._since[running] = float("inf")
        if handler.party is None and (left_by := who_left(context_of(task))) is not None:
            handler = Handler(handler.name, left_by.party_name, left_by.room_id)
        found.setdefault(place, []).append(handler)

    def _name(self, place: Place, handlers: list[Handler]) -> None:
        others = len(handlers) - 1
        logger.warning(
            "%s has not ended for %g s%s; it waits at %s. Give what it awaits a limit (asyncio.timeout), or "
            "start it as a task that the handler does not await, or raise stuck_handler (--stuck-handler)",
            handlers[0],
            self._patience,
            f" (nor have {others} others there)" if others else "",
            place,
        )


def _awaiting(coroutine: Any) -> Iterator[Any]:
    """A coroutine and what it awaits, down to what waits for the event loop."""
    while hasattr(coroutine, "cr_code") or hasattr(coroutine, "gi_code") or hasattr(coroutine, "ag_code"):
        yield coroutine
        coroutine = _attribute(coroutine, "cr_await", "gi_yieldfrom", "ag_await")


def _code(coroutine: Any) -> Any:
    return _attribute(coroutine, "cr_code", "gi_code", "ag_code")


def _frame(coroutine: Any) -> FrameType | None:
    frame: FrameType | None = _attribute(coroutine, "cr_frame", "gi_frame", "ag_frame")
    return frame


def _attribute(coroutine: Any, *names: str) -> Any:
    return next((getattr(coroutine, name) for name in names if hasattr(coroutine, name)), None)

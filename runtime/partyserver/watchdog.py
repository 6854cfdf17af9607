"""Names handlers that hold the event loop, and those that do not end, with the line where they are.

A thread looks at the stack of the event loop's thread some times a second, and at the tasks some times a
minute. The loop itself has nothing to do with that until a look finds it at work; then the thread has it run
a callback, and counts how long that waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import weakref
from dataclasses import dataclass
from time import monotonic
from types import FrameType

from partyserver.handler_frames import Handler, handler_of, place_in, stack_of
from partyserver.left_behind import context_of, who_left
from partyserver.unended_handlers import UnendedHandlers

logger = logging.getLogger("partyserver")

_LOOKS = 4  # at the stack in the time for which a handler may hold the loop
_CLOSER_LOOKS = 20  # the same, while the loop does not answer
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 5.0  # seconds between two looks


class Watchdog:
    """Watches one event loop in a thread of its own, which does not keep the process alive."""

    def __init__(self, slow_handler: float, stuck_handler: float) -> None:
        """
        Args:
            slow_handler: seconds for which a handler may hold the event loop before the log names it; 0 for
                never.
            stuck_handler: seconds after which the log names a handler that has not ended; 0 for never.
        """
        self._slow = slow_handler
        self._stuck = stuck_handler
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch the running event loop until `stop`, or until the loop is closed."""
        if not (self._slow or self._stuck):
            return
        loop = asyncio.get_running_loop()
        watch = _Watch(loop, self._slow, self._stuck, self._stopped)
        loop.call_soon(watch.measure)
        self._thread = threading.Thread(target=watch.run, name="partyserver-watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(1.0)
            self._thread = None


@dataclass(frozen=True, slots=True)
class _Callback:
    """What the event loop is running.

    Attributes:
        key: the outermost frame of the callback or task.
        frames: its stack, the innermost first.
    """

    key: FrameType
    frames: list[FrameType]


class _Watch:
    """What the watchdog's thread does; it keeps neither host nor loop alive."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, slow: float, stuck: float, stopped: threading.Event
    ) -> None:
        self._loop = weakref.ref(loop)
        self._slow = slow
        self._stopped = stopped
        self._unended = UnendedHandlers(stuck) if stuck else None
        self._pause = _pause(min(seconds for seconds in (slow, stuck / 2) if seconds) / _LOOKS)
        self._thread_id = threading.get_ident()
        self._depth: int | None = None  # how many frames there are below that of a callback

    def measure(self) -> None:
        """Count the frames below a callback; the event loop calls this."""
        self._depth = len(stack_of(sys._getframe())) - 1

    def run(self) -> None:
        """Watch until the end."""
        next_scan = monotonic()
        while not self._stopped.wait(self._pause):
            loop = self._loop()
            if loop is None or loop.is_closed():
                return
            if self._slow and (running := self._running()) is not None:
                self._wait_for_answer(loop, running)
            if self._unended is not None and monotonic() >= next_scan:
                self._unended.look(loop)
                next_scan = monotonic() + self._unended.pause
            del loop

    def _running(self) -> _Callback | None:
        """What the event loop runs now; None where it waits."""
        innermost = sys._current_frames().get(self._thread_id)
        if innermost is None or self._depth is None:
            return None
        frames = stack_of(innermost)
        if len(frames) <= self._depth:
            return None
        within = frames[: len(frames) - self._depth]
        return _Callback(within[-1], within)

    def _wait_for_answer(self, loop: asyncio.AbstractEventLoop, running: _Callback) -> None:
        """Have the loop run a callback, and name whatever holds it up for too long.

        What is found by a look has run since the look before it: C code may have held up this thread as well.
        """
        answered = threading.Lock()  # the loop releases it, with no call of a Python function
        answered.acquire()
        looked = since = monotonic()
        try:
            loop.call_soon_threadsafe(answered.release)
        except RuntimeError:  # the loop was closed
            return
        named: FrameType | None = None
        pause = _pause(self._slow / _CLOSER_LOOKS)
        while not answered.acquire(timeout=pause) and not self._stopped.is_set():
            found = self._running()
            if found is None:
                if loop.is_closed() or not loop.is_running():
                    return
            elif found.key is not running.key:
                running, since = found, looked
            looked = monotonic()
            if found is not None and looked - since >= self._slow and named is not found.key:
                named = found.key
                with contextlib.suppress(Exception):  # frames that go on while they are read
                    self._name(loop, found.frames, looked - since)

    def _name(self, loop: asyncio.AbstractEventLoop, frames: list[FrameType], seconds: float) -> None:
        handler = handler_of(frames)
        place = place_in(frames, installed=handler is not None)
        if handler is None and place is None:
            return  # our own work, or that of the server, though it may be on behalf of a handler
        if handler is None or handler.party is None:
            handler = _left(loop, frames, handler)
        logger.warning(
            "%s has held the event loop for %.1f s%s: meanwhile no room of this process does anything. Await "
            "what takes long (asyncio.to_thread for code that cannot be awaited), or raise slow_handler "
            "(--slow-handler)",
            handler or "code outside of handlers",
            seconds,
            "" if place is None else f", now at {place}",
        )


def _left(
    loop: asyncio.AbstractEventLoop, frames: list[FrameType], handler: Handler | None
) -> Handler | None:
    """What runs where no handler is on the stack: a task or a callback that one left behind."""
    task = asyncio.current_task(loop)
    if (left_by := who_left(context_of(task or _handle(frames)))) is None:
        return handler
    name = handler.name if handler is not None else f"a {'callback' if task is None else 'task'} left behind"
    return Handler(name, left_by.party_name, left_by.room_id)


def _handle(frames: list[FrameType]) -> object:
    """asyncio's handle of the callback that is running; uvloop's is out of reach."""
    below = frames[-1].f_back
    return None if below is None else below.f_locals.get("self")


def _pause(seconds: float) -> float:
    return min(max(seconds, _SHORTEST_PAUSE), _LONGEST_PAUSE)

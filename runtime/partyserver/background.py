"""Tasks that nothing awaits: they are kept alive, and their errors logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any

from partyserver.handler_calls import contained
from partyserver.handler_frames import Handler, runs_handler

Watch = Callable[[Awaitable[Any]], None]

logger = logging.getLogger("partyserver")


class BackgroundTasks:
    """Runs awaitables until they end."""

    def __init__(
        self,
        whose: Callable[[], str | None] = lambda: None,
        failed: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        """
        Args:
            whose: returns the party and the room whose handler runs, or left behind what runs, for the log.
            failed: called with the exception of a task, in that task's context.
        """
        self._whose = whose
        self._failed = failed
        self._tasks: set[asyncio.Task[Any]] = set()  # asyncio itself keeps tasks by weak references only
        self._counted = 0  # contexts of `counted` that are open
        self._none_counted: asyncio.Future[None] | None = None  # done when there are none, if `drain` waits

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine; an exception in it is logged."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def watch(self, awaitable: Awaitable[Any], ended: Callable[[], None] | None = None) -> None:
        """Await anything awaitable in the background; an exception in it is logged.

        Args:
            awaitable: what to await.
            ended: called when it has ended in any way.
        """
        task = self.start(_result(awaitable))
        if ended is not None:
            task.add_done_callback(lambda _: ended())

    def counted(self) -> AbstractContextManager[None]:
        """A context for work that something awaits, and that `drain` waits for too."""
        return _Counted(self)

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing runs any more.

        Args:
            seconds: how long to wait at most.

        Returns:
            Whether everything has ended, including what was started during the wait.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (self._tasks or self._counted) and (left := end - loop.time()) > 0:
            waiting: set[asyncio.Future[Any]] = {*self._tasks}
            if self._counted:
                if self._none_counted is None or self._none_counted.done():
                    self._none_counted = loop.create_future()
                waiting.add(self._none_counted)
            await asyncio.wait(waiting, timeout=left)
        return not (self._tasks or self._counted)

    async def cancel(self, seconds: float = 1.0) -> None:
        """Cancel the tasks that still run, and wait until they have ended; those that do not end are logged.

        Args:
            seconds: how long to wait at most.
        """
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=seconds)
            for task in left:
                logger.error("a handler goes on although it was cancelled: %s", task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)
            whose = self._whose()
            what = "a task in the background" if whose is None else f"a task that {whose} left behind"
            logger.error("%s failed: %r", what, error, exc_info=error)


class _Counted:
    """The context of `counted`. Every request makes one; a generator would take three times as long."""

    __slots__ = ("_tasks",)

    def __init__(self, tasks: BackgroundTasks) -> None:
        self._tasks = tasks

    def __enter__(self) -> None:
        self._tasks._counted += 1

    def __exit__(self, *_: object) -> None:
        tasks = self._tasks
        tasks._counted -= 1
        if not tasks._counted and tasks._none_counted is not None and not tasks._none_counted.done():
            tasks._none_counted.set_result(None)


@runs_handler(lambda local: Handler("an async listener, or what wait_until was given,"))
async def _result(awaitable: Awaitable[Any]) -> Any:
    with contained:
        return await awaitable

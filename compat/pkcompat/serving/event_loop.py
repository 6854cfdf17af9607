"""The event loop of the server: uvloop's if it is installed, else asyncio's own; it outlives its tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from partyserver.left_behind import log_left_behind

logger = logging.getLogger("pkcompat")


def loop_factory() -> type[asyncio.AbstractEventLoop]:
    """The class of the server's event loop.

    A task or a callback that a handler left behind may raise `SystemExit`; both kinds of loop would end with
    it, and every room with them. These log it, and go on.
    """
    try:
        import uvloop
    except ImportError:
        return _outliving(asyncio.SelectorEventLoop)
    return _outliving(uvloop.Loop)


def _outliving(base: Any) -> type[asyncio.AbstractEventLoop]:
    class ServingLoop(base):  # type: ignore[misc]
        def run_until_complete(self, future: Awaitable[Any]) -> Any:
            """See `asyncio.loop.run_until_complete`."""
            task = asyncio.ensure_future(future, loop=self)
            while True:
                try:
                    return super().run_until_complete(task)
                except (SystemExit, KeyboardInterrupt) as error:
                    if task.done():
                        return task.result()
                    if not log_left_behind(error):
                        logger.error(
                            "a task or callback that a handler left behind raised %r", error, exc_info=error
                        )

    return ServingLoop

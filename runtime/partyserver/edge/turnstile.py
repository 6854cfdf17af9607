"""Holds up a WebSocket whose events have to be asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_EVERY = 1.0
"""Seconds between two looks whether the peer has gone."""


class Turnstile:
    """The `Flow` of a WebSocket whose events this side asks for: while it is closed, for no more.

    The ASGI server then reads no more either, and tells of the end only when it is asked again. Our protocol
    class knows whether there is one.
    """

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Future[None] | None = None  # while it is closed

    @property
    def is_closed(self) -> bool:
        """Whether nothing may pass."""
        return self._opened is not None

    def pause_reading(self) -> None:
        """Close it."""
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()

    def resume_reading(self) -> None:
        """Open it."""
        opened, self._opened = self._opened, None
        if opened is not None and not opened.done():
            opened.set_result(None)

    async def passed(self, gone: Callable[[], bool]) -> bool:
        """Wait until it is open.

        Args:
            gone: says whether the peer has gone; asked from time to time.

        Returns:
            Whether it is open: not if the peer has gone first.
        """
        while self._opened is not None:
            await asyncio.wait([self._opened], timeout=LOOK_EVERY)
            if self._opened is not None and gone():
                return False
        return True

"""Bodies of requests and answers: in parts, of which only so many bytes are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

WINDOW = 256 * 1_024
"""Bytes of a body that may be under way, not yet taken by whoever reads it."""

PART = 64 * 1_024
"""Bytes of a part at most."""


class Window:
    """How much more of a body may be sent."""

    __slots__ = ("_changed", "_left", "is_over")

    def __init__(self, left: int = WINDOW) -> None:
        """
        Args:
            left: bytes that may be sent before any were taken.
        """
        self._left = left
        self._changed: asyncio.Future[None] | None = None
        self.is_over = False

    async def take(self, size: int) -> None:
        """Wait until so many bytes may be sent, or nobody wants them any more (`is_over`)."""
        while self._left <= 0 and not self.is_over:
            self._changed = asyncio.get_running_loop().create_future()
            await self._changed
        self._left -= size

    def give(self, size: int) -> None:
        """So many bytes were taken."""
        self._left += size
        self._wake()

    def end(self) -> None:
        """Nobody wants more."""
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None and not changed.done():
            changed.set_result(None)


def parts(data: bytes, *, more: bool) -> Iterator[tuple[bytes, bool]]:
    """The parts of a piece of a body, and whether more follows each."""
    start = 0
    while len(data) - start > PART:
        yield data[start : start + PART], True
        start += PART
    yield data[start:], more

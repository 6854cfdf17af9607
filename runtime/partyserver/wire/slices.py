"""How much of what one peer has sent is received in a turn of the event loop, so that others get theirs."""

from __future__ import annotations

from time import monotonic

FRAMES = 128
"""So many frames are received in any case."""

FEW_BYTES = 6 * FRAMES
"""No more frames than that are in so many bytes: a client's empty frame has six."""

SECONDS = 0.005
"""Once so much time has passed the rest waits for the next turn."""


class Slice:
    """The frames of a turn."""

    __slots__ = ("_began", "_left")

    def __init__(self) -> None:
        self._left = FRAMES
        self._began = monotonic()

    def has_ended(self, frames: int) -> bool:
        """Note that so many more were received; returns whether the rest has to wait."""
        self._left -= frames
        if self._left > 0:
            return False
        self._left = FRAMES
        return monotonic() - self._began > SECONDS

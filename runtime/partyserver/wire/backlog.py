"""Decides whether a peer keeps up with what is sent to it."""

from __future__ import annotations

import enum

LOOK_EVERY = 0.5
"""Seconds between two looks at a queue that is above its mark."""

LOOKS = 4
"""So many looks in a row find a queue that has not become smaller; then the peer is too slow."""

GROWTH = 16
"""So many times its mark a queue may grow to; what is sent at once may be more."""

CLOSED_WITHIN = 2.0
"""Seconds that a peer has to read its close frame; after them it is aborted."""

TOO_SLOW = (1013, "Messages are read too slowly")
"""Code and reason of the close: `Try Again Later` in the registry of RFC 6455, section 11.7."""


class Verdict(enum.Enum):
    """What a look tells."""

    KEEPS_UP = enum.auto()
    UNDECIDED = enum.auto()
    TOO_SLOW = enum.auto()


class Backlog:
    """What waits to be sent to one peer, since it has passed the mark.

    A peer keeps up once it is below the mark again, or as long as every 2 seconds it is nearer to it by a
    sixteenth of the mark. So it may take its time over a message that is longer than the mark, and over many
    that were sent at once; but not fall behind further and further, nor stop.
    """

    __slots__ = ("_first", "_looks", "_mark", "_smallest")

    def __init__(self, mark: int) -> None:
        """
        Args:
            mark: bytes that may wait without being watched.
        """
        self._mark = mark
        self._first: int | None = None  # bytes that waited at the first look: what was sent at once
        self._smallest = 0
        self._looks = 0

    def look(self, queued: int) -> Verdict:
        """Judge the peer; to be called every `LOOK_EVERY` seconds.

        Args:
            queued: bytes that wait now.
        """
        if queued <= self._mark:
            return Verdict.KEEPS_UP
        if self._first is None:
            self._first = self._smallest = queued
            return Verdict.UNDECIDED
        if queued > max(self._first, GROWTH * self._mark):
            return Verdict.TOO_SLOW
        if queued <= self._smallest - self._mark // 16:
            self._smallest, self._looks = queued, 0
            return Verdict.UNDECIDED
        self._looks += 1
        return Verdict.UNDECIDED if self._looks < LOOKS else Verdict.TOO_SLOW

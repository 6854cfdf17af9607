"""How long this process may take itself for a living node of its cluster."""

from __future__ import annotations

import time
from collections.abc import Callable

from partyserver.exceptions import NotANodeError

MARGIN = 0.1
"""The share of a lease by which it ends earlier here than in the database: clocks run at different speeds."""


class Lease:
    """Whether a node's lease is good, by the monotonic clock, which goes on while the process is stopped."""

    __slots__ = ("_granted_at", "_now", "_until", "lapsed")

    def __init__(self, lapsed: Callable[[], None], now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            lapsed: called by the first who finds that the lease has run out.
            now: the clock, in seconds.
        """
        self.lapsed = lapsed
        self._now = now
        self._until: float | None = None
        self._granted_at: float | None = None

    def extend(self, asked_at: float, seconds: float) -> None:
        """The database has granted a lease.

        Args:
            asked_at: when it was asked for, by the clock; it counts from no earlier than that.
            seconds: how long it is.
        """
        self._until = asked_at + seconds * (1 - MARGIN)
        self._granted_at = asked_at

    def end(self) -> None:
        """The lease is over."""
        self._until = None

    @property
    def age(self) -> float | None:
        """Seconds since it was asked for, when the database granted it last; None where it never did."""
        return None if self._granted_at is None else self._now() - self._granted_at

    @property
    def left(self) -> float:
        """Seconds for which it is good yet; 0 where it is not."""
        return 0.0 if self._until is None else max(0.0, self._until - self._now())

    @property
    def is_good(self) -> bool:
        """Whether the rooms of this node are its own; when they first are not, `lapsed` is called."""
        if self._until is None:
            return False
        if self._now() < self._until:
            return True
        self._until = None
        self.lapsed()
        return False

    def check(self) -> None:
        """Let an event go on only while the lease is good.

        Raises:
            NotANodeError: it is not.
        """
        if not self.is_good:
            raise NotANodeError("the lease of this node has run out")

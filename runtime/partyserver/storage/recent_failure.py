"""Whether storage has failed a moment ago, for those who ask whether a host is ready."""

from __future__ import annotations

from time import monotonic

FAILS_FOR = 10.0
"""Seconds for which a failure counts as a problem: clients that are sent elsewhere read and write nothing by
which it would show that the storage works again."""


class RecentFailure:
    """When something failed last."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at: float | None = None

    def note(self) -> None:
        """It fails now."""
        self._at = monotonic()

    @property
    def is_recent(self) -> bool:
        """Whether it has failed a moment ago."""
        return self._at is not None and monotonic() - self._at < FAILS_FOR

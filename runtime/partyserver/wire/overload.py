"""How many connections a process takes, and the one line a minute that says where there are more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

try:
    import resource
except ImportError:  # on Windows
    resource = None  # type: ignore[assignment]

SECONDS_BETWEEN = 60.0
KEPT_HANDLES = 64
"""File handles that are not given to connections: for storage, static files, what handlers open."""

logger = logging.getLogger("partyserver")


MOST_TURNED_AWAY = 32
"""Connections past the limit that are answered at a time; the next ones are closed without an answer."""


class Overload:
    """Decides about a connection that comes in; shared by all of a server.

    Args:
        most: how many there may be; 0 for any number.
        clock: gives the time in seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._told = -SECONDS_BETWEEN

    def cuts_off(self, connections: int) -> bool:
        """Whether the last of so many connections cannot even wait for an answer: those that do take file
        handles too."""
        return 0 < self._most < connections - min(MOST_TURNED_AWAY, max(8, self._most // 8))

    def turns_away(self, connections: int) -> bool:
        """Whether the last of so many connections is one too many."""
        if not self._most or connections <= self._most:
            return False
        now = self._clock()
        if now - self._told >= SECONDS_BETWEEN:
            self._told = now
            logger.warning(
                "there are more than %d connections, so the next ones are answered 503; the number is "
                "max_connections, else that of the file handles that the process may have (ulimit -n)",
                self._most,
            )
        return True


def file_handles() -> int:
    """How many connections the process has file handles for; 0 where that is not known, or without limit."""
    if resource is None:
        return 0
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0 if most == resource.RLIM_INFINITY else max(1, most - min(KEPT_HANDLES, most // 4))

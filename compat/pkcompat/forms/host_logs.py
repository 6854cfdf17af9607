"""Drops what the host and its server log, by a filter on their loggers; the user's own logs stay as they are.

`logging.disable` would serve, but it silences the user's code too, which may act on what it logs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("partyserver", "uvicorn.error", "asyncio")


@contextmanager
def host_logs_dropped() -> Iterator[None]:
    """Drop it while the context lasts: the tracebacks of thousands of errors take most of the time."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.filters.insert(0, _nothing)  # before the host's own, which formats tracebacks
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False

"""Keeps what the command changes, a cache and the logging of its process, from other tests and the user."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what the command remembers out of the user's own cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """`serve` sets up the logging of its process, which here is that of later tests, too."""
    loggers = [logging.getLogger(), logging.getLogger("pkcompat.requests")]
    before = [
        (logger, list(logger.handlers), logger.level, logger.propagate, logger.disabled) for logger in loggers
    ]
    yield
    logging.captureWarnings(False)
    for logger, handlers, level, propagate, disabled in before:
        logger.handlers[:] = [each for each in logger.handlers if each in handlers]
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, disabled

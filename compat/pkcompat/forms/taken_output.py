"""Capturing what this process prints and logs, so that others, such as pytest, do not see it."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def taken_output(with_logs: bool) -> Iterator[io.StringIO]:
    """Capture what is printed and logged while the context lasts.

    Args:
        with_logs: whether to capture logs too. Without, records are not even formatted: the tracebacks of
            thousands of errors would take most of the time.
    """
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        with _logged_to(text) if with_logs else _nothing_logged():
            yield text


@contextmanager
def _nothing_logged() -> Iterator[None]:
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(level)


@contextmanager
def _logged_to(text: io.StringIO) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(text)]
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)

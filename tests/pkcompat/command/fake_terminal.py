"""A terminal that a test reads."""

from __future__ import annotations

import io
import re
import sys

import pytest

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    """What a command takes for a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """What is on it, without what it obeys."""
        return _ESCAPES.sub("", self.getvalue())


def terminal(monkeypatch: pytest.MonkeyPatch, columns: int, **env: str) -> Terminal:
    """Have standard output be a terminal.

    Args:
        monkeypatch: puts the former one back.
        columns: how wide it is.
        env: variables.
    """
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": str(columns), **env}.items():
        monkeypatch.setenv(name, value)
    made = Terminal()
    monkeypatch.setattr(sys, "stdout", made)
    return made

"""Warnings about deprecated names, once each."""

from __future__ import annotations

import warnings

_warned: set[str] = set()


def warn_once(old: str, new: str, *, depth: int = 0) -> None:
    """Warn that an old name is deprecated, the first time in this process; the warning shows the user's line.

    Args:
        old: what was used, such as `room.connections`.
        new: what to use.
        depth: how many more of our frames lie between the caller and the user's line.
    """
    if old not in _warned:
        _warned.add(old)
        warnings.warn(f"{old} is deprecated; use {new}", DeprecationWarning, stacklevel=3 + depth)


def forget_warnings() -> None:
    """Warn about everything once more; for tests."""
    _warned.clear()

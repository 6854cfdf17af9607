"""Undoing what a test imports, so that no other test finds it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def imports_undone(folder: Path) -> Iterator[None]:
    """Forget the modules under a folder, and what was put on `sys.path`, when the context ends.

    Everything else that was imported stays: two copies of a library do not know each other's classes.
    """
    path, before = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        # all are found before one goes: a namespace package's path asks for the packages around it
        new = set(sys.modules) - before
        for name in [name for name in new if _lies_in(folder, sys.modules[name])]:
            del sys.modules[name]


def _lies_in(folder: Path, module: ModuleType) -> bool:
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(place is not None and Path(place).is_relative_to(folder) for place in places)

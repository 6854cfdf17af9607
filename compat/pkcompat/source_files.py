"""Finding the Python files under given paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


def find_sources(paths: Iterable[Path]) -> Iterator[Path]:
    """The files to look at, each once, in the order of the paths and sorted within a folder.

    A path that is a file is taken whatever its name; one that is not there is given as it is, so that reading
    it says so. Under a folder every `*.py` file counts, but not those in virtual environments, in hidden
    folders, in `__pycache__`, `node_modules` and `site-packages`; links to folders are not followed.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _files_under(path) if path.is_dir() else (path,):
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield file


def _files_under(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_skipped(place, name))
        for name in sorted(files):
            if name.endswith(".py") and not name.startswith("."):
                yield Path(place, name)


def _is_skipped(place: str, name: str) -> bool:
    return (
        name.startswith(".")
        or name in _SKIPPED_FOLDERS
        or os.path.exists(os.path.join(place, name, "pyvenv.cfg"))
    )

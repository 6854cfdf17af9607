"""Which project a file belongs to."""

from __future__ import annotations

import os
from pathlib import Path

_MARKS = ("pyproject.toml", "partykit.json", ".git")


def project_root(path: Path) -> Path:
    """The folder of the project that a file or folder lies in.

    That is the nearest one upwards with a `pyproject.toml`, a `partykit.json` or a `.git`; where there is
    none the outermost package around it, else the folder itself.

    Args:
        path: the file or folder.
    """
    absolute = Path(os.path.abspath(path))  # links stay: the files under it are named by it
    start = absolute if os.path.isdir(absolute) else absolute.parent
    for folder in (start, *start.parents):
        if _has_mark(folder):
            return folder
    outermost = start
    while os.path.isfile(outermost / "__init__.py") and os.path.isfile(outermost.parent / "__init__.py"):
        outermost = outermost.parent
    return outermost


def name_of_root_package(file: Path) -> str | None:
    """The name of a package that is a project itself, by its `__init__.py`; None for any other file.

    It is the folder's only where nothing else marks the project: a checkout's folder may be called anything,
    and so has the empty name.

    Args:
        file: the file.
    """
    if file.name != "__init__.py":
        return None
    folder = Path(os.path.abspath(file)).parent
    if project_root(file) != folder:
        return None
    return "" if _has_mark(folder) else folder.name


def _has_mark(folder: Path) -> bool:
    return any(os.path.exists(folder / mark) for mark in _MARKS)

"""The line length of a project's formatter: Ruff's, or Black's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

_FILES: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    (".ruff.toml", ((),)),
    ("ruff.toml", ((),)),
    ("pyproject.toml", (("tool", "ruff"), ("tool", "black"))),
)
"""The files, the first of a folder first, and the tables in them that may tell it."""
_SHORTEST = 20


def formatter_line_length(folders: Iterable[Path]) -> int | None:
    """The line length that the nearest configuration of a formatter tells; None if there is none.

    Args:
        folders: the folders, the nearest first.
    """
    for folder in folders:
        for name, tables in _FILES:
            document = _document(folder / name)
            for path in tables:
                width = _line_length(document, path)
                if width is not None:
                    return width
    return None


def _line_length(document: Any, path: tuple[str, ...]) -> int | None:
    for key in (*path, "line-length"):
        document = document.get(key) if isinstance(document, dict) else None
    is_number = isinstance(document, int) and not isinstance(document, bool)
    return document if is_number and document >= _SHORTEST else None


def _document(file: Path) -> Any:
    """What a file holds; nothing where it is not there, or is for the formatter to complain about."""
    try:
        data = file.read_bytes()
    except OSError:
        return {}
    if b"line-length" not in data:  # reading TOML takes a while
        return {}
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}

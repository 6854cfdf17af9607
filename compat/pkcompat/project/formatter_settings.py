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
"""The files in their order of precedence within a folder, with the tables that may hold the line length."""
_SHORTEST = 20  # a shorter line length is probably a mistake, and no code would fit


def formatter_line_length(folders: Iterable[Path]) -> int | None:
    """The line length in the nearest configuration of a formatter; None if there is none.

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
    """The content of a file; empty if it is missing or invalid, which is for the formatter to report."""
    try:
        data = file.read_bytes()
    except OSError:
        return {}
    if b"line-length" not in data:  # parsing TOML is slow
        return {}
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):  # it is no TOML, or none that Python reads
        return {}

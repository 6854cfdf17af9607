"""The folder `.pkcompat` in which files are kept in a project, and their limits."""

from __future__ import annotations

from pathlib import Path

FOLDER_NAME = ".pkcompat"

DIFFERENCES = Path(FOLDER_NAME) / "differences"
"""The default folder for traffic files of a shadow's differences."""

RECORDING_LIMIT = 16_000_000
"""The default maximum size of a recording in bytes."""


def hide_from_git(folder: Path) -> None:
    """Make git ignore a folder if it is `.pkcompat`; the user's own folders are not touched."""
    ignore = folder / ".gitignore"
    if folder.name == FOLDER_NAME and not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")

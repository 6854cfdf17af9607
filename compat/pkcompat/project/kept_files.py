"""What pkcompat keeps in a project: the folder `.pkcompat`, and what it may hold."""

from __future__ import annotations

from pathlib import Path

FOLDER_NAME = ".pkcompat"

DIFFERENCES = Path(FOLDER_NAME) / "differences"
"""The folder that traffic files of differences are kept in, if no other is named."""

RECORDING_LIMIT = 16_000_000
"""Bytes that a recording may have, if nothing else is said."""


def hide_from_git(folder: Path) -> None:
    """Have git ignore a folder of ours, if it is one."""
    ignore = folder / ".gitignore"
    if folder.name == FOLDER_NAME and not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")

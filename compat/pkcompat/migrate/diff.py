"""The changes in a file as a unified diff for `patch -p0`."""

from __future__ import annotations

import difflib
import os

from pkcompat.migrate.file import FileMigration


def unified_diff(migration: FileMigration) -> list[bytes]:
    """The lines of a file's diff, each with its line end."""
    name = os.fsencode(migration.path)
    before, after = _lines(migration.before), _lines(migration.after)
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, name, name)
    return [line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines]


def _lines(data: bytes) -> list[bytes]:
    """Split at line feeds only, as `patch` does; `bytes.splitlines` would also split at carriage returns."""
    *whole, rest = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([rest] if rest else [])]

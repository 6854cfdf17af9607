"""What changes in a file, as a unified diff that `patch -p0` takes."""

from __future__ import annotations

import difflib
import os

from pkcompat.migrate.file import FileMigration


def unified_diff(migration: FileMigration) -> list[bytes]:
    """The lines of a file's diff, each with its end."""
    name = os.fsencode(migration.path)
    before, after = _lines(migration.before), _lines(migration.after)
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, name, name)
    return [line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines]


def _lines(data: bytes) -> list[bytes]:
    """Lines that end with a line feed, whatever stands before it: what `patch` takes for a line."""
    *whole, rest = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([rest] if rest else [])]

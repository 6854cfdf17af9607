"""The changes in a file as a unified diff for `patch -p0`."""

from __future__ import annotations

import difflib
import os
import re

from pkcompat.migrate.file import FileMigration


def unified_diff(migration: FileMigration) -> list[bytes]:
    """The lines of a file's diff, each with its line end."""
    name = _name(os.fsencode(migration.path))
    before, after = _lines(migration.before), _lines(migration.after)
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, name, name)
    return [line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines]


_UNPLAIN = re.compile(rb'[\x00-\x1f"\\\x7f]')
_LETTERS = {9: b"t", 10: b"n", 13: b"r", 34: b'"', 92: b"\\"}


def _name(path: bytes) -> bytes:
    """A file's name as git writes it and `patch` reads it: quoted as in C; with blanks, ended by a tab."""
    if _UNPLAIN.search(path) is None:
        return path + b"\t" if b" " in path else path
    return b'"' + _UNPLAIN.sub(lambda match: b"\\" + _escape(match[0][0]), path) + b'"'


def _escape(byte: int) -> bytes:
    return _LETTERS.get(byte) or b"%03o" % byte


def _lines(data: bytes) -> list[bytes]:
    """Split at line feeds only, as `patch` does; `bytes.splitlines` would also split at carriage returns."""
    *whole, rest = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([rest] if rest else [])]

"""Unified diffs that `patch` applies."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.migrate.diff import unified_diff
from pkcompat.migrate.file import FileMigration


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (b"a\n", b"a\n", []),
        (b"a\nb\n", b"a\nc\n", [b"-b\n", b"+c\n"]),
        (
            b"a\r\nb",
            b"a\r\nc",
            [b"-b\n\\ No newline at end of file\n", b"+c\n\\ No newline at end of file\n"],
        ),
    ],
)
def test_what_patch_takes(before: bytes, after: bytes, changed: list[bytes]) -> None:
    lines = unified_diff(FileMigration(Path("chat.py"), "rewritten", before, after))
    assert lines[:2] == ([b"--- chat.py\n", b"+++ chat.py\n"] if changed else [])
    assert [line for line in lines[3:] if line[:1] in b"+-"] == changed

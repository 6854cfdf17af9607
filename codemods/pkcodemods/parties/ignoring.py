"""`# pkcompat: ignore` comments, for all findings or, in brackets, for those of some codes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst

ALL = "all"
_IGNORE = re.compile(r"#\s*pkcompat:\s*ignore\b(?:\s*\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)


def ignored_by(statement: cst.SimpleStatementLine) -> frozenset[str]:
    """The codes that a comment right above a statement, or on its first or last line, says to ignore.

    `all` is among them where the comment names no codes.
    """
    above = [line.comment.value for line in statement.leading_lines if line.comment is not None]
    code = cst.Module([]).code_for_node(statement.with_changes(leading_lines=[]))
    lines = code.strip().splitlines() or [""]
    return _codes([*above, lines[0], lines[-1]])


def ignored_in_module(module: cst.Module) -> frozenset[str]:
    """The codes that a comment at the head of a file says to ignore in all of it."""
    return _codes(line.comment.value for line in module.header if line.comment is not None)


def _codes(texts: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        for match in _IGNORE.finditer(text):
            codes = match["codes"]
            found.update([ALL] if codes is None else (code.strip().upper() for code in codes.split(",")))
    return frozenset(found)

"""`# pkcompat: ignore` comments."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

_IGNORE = re.compile(r"#\s*pkcompat:\s*ignore\b", re.IGNORECASE)


def is_ignored(statement: cst.SimpleStatementLine) -> bool:
    """Whether a comment on a statement's line, or right above it, says to leave it alone."""
    if _any([statement.trailing_whitespace.comment]):
        return True
    above = [line.comment for line in statement.leading_lines]
    return _any(above)


def module_is_ignored(module: cst.Module) -> bool:
    """Whether a comment at the head of a module says to leave it alone."""
    lines = list(module.header)
    if module.body:
        lines += getattr(module.body[0], "leading_lines", ())
    return _any([line.comment for line in lines])


def _any(comments: Sequence[cst.Comment | None]) -> bool:
    return any(comment is not None and _IGNORE.search(comment.value) for comment in comments)

"""Spaces between keywords and what touches them, as in `get("a")or 0` and `return(x)`.

Python needs none there. LibCST's nodes demand some where its check of what may touch a keyword is too strict,
as with `await get("a")or 0`, and where an edit puts a name in the place of what may.
"""

from __future__ import annotations

import keyword
import re
import token
import tokenize
from itertools import pairwise

_KEYWORDS = frozenset(keyword.kwlist) - {"True", "False", "None"}
_LITERALS = frozenset({"STRING", "FSTRING_START", "FSTRING_END", "TSTRING_START", "TSTRING_END", "NUMBER"})
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def with_keyword_spaces(source: str) -> str:
    """A source with a space wherever a keyword touches a bracket, a string or a number.

    Lines stay where they are. A source that Python cannot split into tokens is returned as it is.
    """
    lines: list[str] = _LINE.findall(source)
    reading = iter(lines)
    try:
        tokens = list(tokenize.generate_tokens(lambda: next(reading, "")))
    except (tokenize.TokenError, SyntaxError):
        return source
    for left, right in reversed(list(pairwise(tokens))):
        if left.end == right.start and _wants_space(left, right):
            row, column = right.start
            line = lines[row - 1]
            lines[row - 1] = f"{line[:column]} {line[column:]}"
    return "".join(lines)


def _wants_space(left: tokenize.TokenInfo, right: tokenize.TokenInfo) -> bool:
    if left.string in _KEYWORDS and left.type == token.NAME:
        return right.string in ("(", "[", "{") or _is_literal(right)
    if right.string in _KEYWORDS and right.type == token.NAME:
        return left.string in (")", "]", "}") or _is_literal(left)
    return False


def _is_literal(each: tokenize.TokenInfo) -> bool:
    return token.tok_name[each.type] in _LITERALS

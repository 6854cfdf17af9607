"""Where a JSON text goes beyond what Python reads: nested too deep, or a number with too many digits."""

from __future__ import annotations

import re

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{\]}]')
_LONG_NUMBER = re.compile(r"[0-9]{4301,}")  # CPython's limit, see `sys.set_int_max_str_digits`


def beyond_python(text: str, error: ValueError | RecursionError) -> str | None:
    """What is wrong with a JSON text that Python refuses though it may be JSON, and where.

    Args:
        text: the text.
        error: what parsing it raised.

    Returns:
        The place and the problem, as the rest of a sentence that begins with the file's name; None if the
        error is of another kind.
    """
    if isinstance(error, RecursionError):
        depth, position = _deepest(text)
        return f"{_place(text, position)}: is nested too deep ({depth:,} levels); make it flatter"
    if "integer string conversion" in str(error) and (found := _LONG_NUMBER.search(text)):
        digits = found.end() - found.start()
        return f"{_place(text, found.start())}: a number has {digits:,} digits; write it as a string"
    return None


def _deepest(text: str) -> tuple[int, int]:
    depth = deepest = position = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > deepest:
                deepest, position = depth, token.start()
        elif token[0] in "]}":
            depth -= 1
    return deepest, position


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"

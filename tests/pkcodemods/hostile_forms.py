"""Sources in other clothes: the same program with other line ends, encodings and spellings of names."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Mapping

Clothe = Callable[[str], bytes]
"""Gives the bytes of a source in other clothes."""

_COOKIE = "# -*- coding: {} -*-\n"


def _full_width(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "a" <= each <= "z" else each for each in text)


def wide_names(source: str) -> str:
    """The source with its lowercase names of `room`, `connection` and `message` in full-width letters."""
    lines = source.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        if token.type == tokenize.NAME and token.string in ("room", "connection", "message", "partykit"):
            row, column = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:column] + _full_width(token.string) + line[column + len(token.string) :]
    return "".join(lines)


def _encoded(encoding: str) -> Clothe:
    return lambda source: (_COOKIE.format(encoding) + source).encode(encoding)


FORMS: Mapping[str, tuple[Clothe, Clothe]] = {
    "CRLF": (lambda source: source.replace("\n", "\r\n").encode(),) * 2,
    "CR": (lambda source: source.replace("\n", "\r").encode(),) * 2,
    "a byte order mark": (lambda source: b"\xef\xbb\xbf" + source.encode(),) * 2,
    "UTF-8 by a cookie": (_encoded("utf-8"),) * 2,
    "GB 18030": (_encoded("gb18030"),) * 2,
    "full-width names": (lambda source: wide_names(source).encode(), str.encode),
}
"""How a source is clothed, and how what the codemod makes of the plain one has to be, to be the same."""


def surrounded(source: str, lines: int) -> str:
    """The source with many lines below it that have nothing to do with it."""
    return source + "".join(f"\nlong_before_{number} = [{number}, 'x']" for number in range(lines)) + "\n"


def with_separators(source: str) -> str:
    """The source with a string at its end that holds all that `str.splitlines` takes for line ends."""
    return source + '\nSEPARATORS = """a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i"""\n'

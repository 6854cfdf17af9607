"""How deeply a source is nested, measured without parsing it."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<skip> \#[^\r\n]*
      | (?:[rbuf]{0,3}) (?: \"\"\"(?:[^\\]|\\.)*?\"\"\" | \'\'\'(?:[^\\]|\\.)*?\'\'\'
          | \"(?:[^\"\\\r\n]|\\.)*\" | \'(?:[^\'\\\r\n]|\\.)*\' )
      | \\\r?\n )
    | (?P<open> [(\[{] ) | (?P<close> [)\]}] )
    | (?P<line> [\r\n]+ )
    | (?P<elif> \belif\b )
    | (?P<step> \b(?:not|lambda|if|else|and|or|await|in|is)\b | [-+~*/%@&|^.=<>:] )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

MAX_BRACKETS = 80
MAX_STEPS = 150
MAX_ELIFS = 150


def is_deeply_nested(source: str) -> bool:
    """Whether a parser that recurses for each level may run out of stack over a source.

    Brackets, operators in one logical line and branches of one `if` each cost a level. Rather too often yes
    than once no: all that hangs on it is that the source is looked at in a process of its own.
    """
    depth = steps = elifs = 0
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "open":
            depth += 1
            if depth > MAX_BRACKETS:
                return True
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "step":
            steps += 1
            if steps > MAX_STEPS:
                return True
        elif kind == "line" and not depth:
            steps = 0
        elif kind == "elif":
            elifs += 1
            if elifs > MAX_ELIFS:
                return True
    return False

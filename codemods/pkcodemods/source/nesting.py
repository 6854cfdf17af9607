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
    | (?P<line> [\r\n]+ ) | (?P<comma> , )
    | (?P<elif> \belif\b )
    | (?P<step> \b(?:not|lambda|if|else|and|or|await)\b | [-+~*/%@&|^.] )
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
    levels = [0]  # the steps of each open bracket's present element
    total = elifs = 0
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "open":
            levels.append(0)
        elif kind == "close":
            if len(levels) > 1:
                total -= levels.pop()
        elif kind == "step":
            levels[-1] += 1
            total += 1
        elif kind == "comma" or (kind == "line" and len(levels) == 1):
            total -= levels[-1]
            levels[-1] = 0
        elif kind == "elif":
            elifs += 1
        if len(levels) > MAX_BRACKETS or total > MAX_STEPS or elifs > MAX_ELIFS:
            return True
    return False

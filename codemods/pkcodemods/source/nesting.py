"""How deeply a source is nested, measured without parsing it."""

from __future__ import annotations

import re

_STRINGS = r"""
    \"\"\"(?:[^\\]|\\.)*?\"\"\" | \'\'\'(?:[^\\]|\\.)*?\'\'\'
    | \"(?:[^\"\\\r\n]|\\.)*\" | \'(?:[^\'\\\r\n]|\\.)*\'
"""
_TOKEN = re.compile(
    rf"""
    (?P<skip> \#[^\r\n]* | (?:[rbu]{{0,2}}) (?: {_STRINGS} ) | \\\r?\n )
    | (?P<format> \b(?:f|t|rf|rt|fr|tr) (?:\"\"\"|\'\'\'|\"|\') )
    | (?P<call> (?<=\w) [(\[] ) | (?P<open> [(\[{{] ) | (?P<close> [)\]}}] )
    | (?P<line> [\r\n]+ ) | (?P<comma> , )
    | (?P<elif> \belif\b )
    | (?P<step> \b(?:not|lambda|if|else|and|or|await)\b | [-+~*/%@&|^.] )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_PATTERN = re.compile(r"(?:^|(?<=\r))[ \t\f]*case\b(?=[ \t]*[^\s=.,:)\]}])", re.MULTILINE)
_PATTERN_PART = re.compile(
    r"""(?P<skip>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'|\#[^\r\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])"""
    r"""|(?P<end>:|[\r\n])"""
)

MAX_BRACKETS = 80
MAX_STEPS = 150
MAX_ELIFS = 150
MAX_PATTERN = 16
"""The weight of a pattern's brackets at which LibCST takes about a second; with each more twice that."""


def is_deeply_nested(source: str) -> bool:
    """Whether a parser that recurses for each level may run out of stack over a source.

    Brackets, operators in one logical line and branches of one `if` each cost a level; within f-strings
    everything counts. Rather too often yes than once no: all that hangs on it is that the source is looked at
    in a process of its own.
    """
    levels = [0]  # the steps of each open bracket's present element
    total = elifs = 0
    formats = False
    before = kind = None
    for token in _TOKEN.finditer(source):
        before, kind = kind, token.lastgroup
        if kind == "format":
            formats = True
        elif kind == "open" or kind == "call":
            if kind == "call" or before == "close":  # of what a call gave, perhaps
                levels[-1] += 1
                total += 1
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
    return formats and _is_deep_in_formats(source)


_BRACES = re.compile(r"[{(\[]|[})\]]|[-+~*/%@&|^.]|\b(?:not|lambda|if|else|and|or|await)\b|[,\r\n]")
_MAX_IN_FORMATS = 4 * MAX_STEPS


def _is_deep_in_formats(source: str) -> bool:
    """Whether f-strings may nest deeply. They can hold each other's quotes, so that all is counted as code.

    Text counts, too, which is why more is allowed: what is beyond that at least is nested in no usual way.
    """
    depth = steps = 0
    for token in _BRACES.finditer(source):
        character = token[0][0]
        if character in "{([":
            depth += 1
            steps += 1
        elif character in "})]":
            depth = max(0, depth - 1)
        elif character in "\r\n,":
            steps = 0
        else:
            steps += 1
        if depth > 2 * MAX_BRACKETS or steps > _MAX_IN_FORMATS:
            return True
    return False


def slow_pattern(source: str) -> int | None:
    """The line of a `case` whose pattern nests so deeply that LibCST would not be done with it in seconds.

    Its time grows exponentially with a pattern's brackets: twofold with each, for mappings fourfold.
    """
    if "case" not in source:
        return None
    for case in _PATTERN.finditer(source):
        weights: list[int] = []
        for part in _PATTERN_PART.finditer(source, case.end()):
            kind = part.lastgroup
            if kind == "open":
                weights.append(2 if part[0] == "{" else 1)
                if sum(weights) > MAX_PATTERN:
                    return len(re.findall(r"\r\n|\r|\n", source[: case.end()])) + 1
            elif kind == "close":
                if not weights:
                    break
                weights.pop()
            elif kind == "end" and not weights:
                break
    return None

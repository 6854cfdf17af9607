"""What texts a regular expression matches, and what words an f-string makes a name of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

Shape = tuple[str | None, ...]
"""The parts of a text, with None for each free part."""

MATCHING = ("match", "fullmatch", "search", "compile", "finditer", "findall")
"""The functions of `re` whose first argument is a pattern."""
_MOST = 20
_MOST_CHOICES = 4
_MOST_REPEATED = 12
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_OF_CATEGORY = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_NOT_WORD": " "}


def shapes_matching(pattern: str) -> list[Shape]:
    r"""The shapes of the texts that a pattern matches: `/(\w+)\s+(.*)` gives `("/", None, " ", None)`.

    Each alternative gives a shape of its own; an invalid pattern, or one that matches anything, gives none.
    """
    try:
        from re import _parser  # type: ignore[attr-defined]

        parsed = _parser.parse(pattern)
    # `re._parser` is private; without it the explorer only knows fewer words.
    except (ImportError, re.error, RecursionError, OverflowError):
        return []
    shapes = dict.fromkeys(_joined(parts) for parts in _sequences(parsed))
    return [shape for shape in shapes if any(shape)]


def _sequences(parsed: Any) -> Iterator[list[str | None]]:
    """The alternatives of a parsed pattern, each as a list of parts."""
    ways: list[list[str | None]] = [[]]
    for operation, argument in parsed:
        more = list(_parts(str(operation), argument))
        ways = [[*way, *parts] for way, parts in product(ways, more)][:_MOST]
    yield from ways


def _parts(operation: str, argument: Any) -> Iterator[list[str | None]]:
    if operation == "LITERAL":
        yield [chr(argument)]
    elif operation == "IN":
        choices: list[str | None] = [chr(member) for kind, member in argument if str(kind) == "LITERAL"]
        if len(choices) < len(argument):
            choices = [_one_of(argument)]
        yield from ([choice] for choice in choices[:_MOST_CHOICES])
    elif operation in ("ANY", "NOT_LITERAL"):
        yield [None]
    elif operation in ("SUBPATTERN", "ATOMIC_GROUP"):
        yield from _sequences(argument[-1] if operation == "SUBPATTERN" else argument)
    elif operation == "BRANCH":
        for alternative in argument[1]:
            yield from _sequences(alternative)
    elif operation in _REPEATS:
        least, _, repeated = argument
        for parts in _sequences(repeated):
            yield parts * min(max(least, 1), _MOST_REPEATED)
    else:  # an anchor or a lookaround, which matches no text of its own
        yield []


def _one_of(members: Any) -> str | None:
    """A character that stands for a set; None for a large set."""
    for operation, argument in members:
        match str(operation):
            case "LITERAL":
                continue
            case "CATEGORY":
                return _OF_CATEGORY.get(str(argument))
            case "RANGE" if argument == (ord("0"), ord("9")):
                return "1"
            case _:
                return None
    return None


def _joined(parts: Iterable[str | None]) -> Shape:
    """Parts with adjacent texts, and adjacent free parts, merged."""
    joined: list[str | None] = []
    for part in parts:
        before = joined[-1] if joined else ""
        if joined and part is None and before is None:
            continue
        if joined and part is not None and before is not None:
            joined[-1] = before + part
        else:
            joined.append(part)
    return tuple(joined)


def names_made(node: ast.expr, names: Iterable[str]) -> Iterator[str]:
    """The values with which `f"on_{kind}"`, or `"on_" + kind`, makes one of some names."""
    match node:
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), ast.FormattedValue()]):
            tail = ""
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(tail))]):
            head = ""
        case ast.JoinedStr(
            values=[ast.Constant(value=str(head)), ast.FormattedValue(), ast.Constant(value=str(tail))]
        ):
            pass
        case ast.BinOp(left=ast.Constant(value=str(head)), op=ast.Add()):
            tail = ""
        case _:
            return
    for name in names:
        if name.startswith(head) and name.endswith(tail) and len(name) > len(head) + len(tail):
            yield name[len(head) : len(name) - len(tail)]

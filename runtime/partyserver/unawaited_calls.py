"""Finds the line where a coroutine was probably made and not awaited."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType


@dataclass(frozen=True, slots=True)
class UnawaitedCall:
    """A call without an `await` or `return` before it.

    Attributes:
        line: the line that it begins in.
        last_line: the line that it ends in.
        receiver: the expression whose method is called; empty for a function.
    """

    line: int
    last_line: int
    receiver: str


def line_of_unawaited_call(code: CodeType, name: str, owner: str, running: int | None = None) -> int:
    """The line of a function, or of another one in its file, that calls something without an `await`.

    Args:
        code: the function's code.
        name: what is called, in either spelling.
        owner: a word that is likely in what it is called on, such as `storage`; it may be empty.
        running: the line that the function is in; None if it has ended.

    Returns:
        The line of such a call, where it is clear which one is meant; else `running`, or the first line.
    """
    calls = _calls(tuple(linecache.getlines(code.co_filename)), _plain(name))
    if running is not None and any(call.line <= running <= call.last_line for call in calls):
        return running
    last = max((line for _, _, line in code.co_lines() if line is not None), default=code.co_firstlineno)
    within = [call for call in calls if code.co_firstlineno <= call.line <= last]
    found = _the_one(within, owner) or _the_one(calls, owner)
    if found is not None:
        return found.line
    return code.co_firstlineno if running is None else running


def _the_one(calls: Sequence[UnawaitedCall], owner: str) -> UnawaitedCall | None:
    likely = [call for call in calls if owner and owner in call.receiver.lower()]
    if likely:
        return likely[0]
    return calls[0] if len(calls) == 1 else None


@lru_cache(maxsize=64)
def _calls(lines: tuple[str, ...], plain_name: str) -> tuple[UnawaitedCall, ...]:
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the file has changed, or is odd
        return ()
    found = (
        UnawaitedCall(call.lineno, call.end_lineno or call.lineno, receiver)
        for call in _without_await(tree)
        for called, receiver in [_called(call.func)]
        if _plain(called) == plain_name
    )
    return tuple(sorted(found, key=lambda call: call.line))


def _without_await(tree: ast.AST) -> Iterator[ast.Call]:
    waiting = [tree]  # no recursion: an expression may be nested deeper than Python calls
    while waiting:
        node = waiting.pop()
        handed_on = isinstance(node, ast.Await | ast.Return | ast.Lambda | ast.YieldFrom)
        for child in ast.iter_child_nodes(node):
            waiting.append(child)
            if isinstance(child, ast.Call) and not handed_on:
                yield child


def _called(function: ast.expr) -> tuple[str, str]:
    if isinstance(function, ast.Attribute):
        return function.attr, ast.unparse(function.value)
    return (function.id if isinstance(function, ast.Name) else ""), ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "")

"""What some expressions and patterns read of a mapping."""

from __future__ import annotations

import libcst as cst

from pkcodemods.connections.uses import VIEWS


def view_of(value: cst.BaseExpression) -> tuple[cst.BaseExpression, str | None]:
    """What `value` is a view of, and which: `conns` and `keys` for `conns.keys()`; else itself, and None."""
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Attribute) or value.args:
        return value, None
    what = value.func.attr.value
    return (value.func.value, what) if what in VIEWS else (value, None)


def takes_mapping(pattern: cst.MatchPattern) -> bool:
    """Whether a pattern asks for keys alone, or for nothing."""
    if isinstance(pattern, cst.MatchOr):
        return all(takes_mapping(element.pattern) for element in pattern.patterns)
    if isinstance(pattern, cst.MatchAs):
        return pattern.name is None and pattern.pattern is None
    return isinstance(pattern, cst.MatchMapping)


def is_identity(target: cst.ComparisonTarget) -> bool:
    return isinstance(target.operator, (cst.Is, cst.IsNot))


def constant_key(node: cst.Subscript) -> int | str | None:
    """The constant that a subscript is of."""
    index = node.slice[0].slice if len(node.slice) == 1 else None
    value = index.value if isinstance(index, cst.Index) else None
    if isinstance(value, cst.Integer):
        return int(value.value, 0)
    return str(value.evaluated_value) if isinstance(value, cst.SimpleString) else None

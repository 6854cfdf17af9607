"""Edits of expressions: what takes the place of a node, made from what its parts have become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import libcst as cst

from pkcodemods.source.parse_errors import UNPARSABLE

_NOTHING, _SPACE = cst.SimpleWhitespace(""), cst.SimpleWhitespace(" ")

_Node = TypeVar("_Node", bound=cst.CSTNode)

Edit = Callable[[Any], cst.CSTNode]
"""Called with the node whose parts are edited already; returns what takes its place."""


def expression(text: str) -> cst.BaseExpression:
    """An expression from source."""
    return cst.parse_expression(text)


def attribute(value: cst.BaseExpression, *path: str) -> cst.BaseExpression:
    """`value.a.b`."""
    for name in path:
        value = cst.Attribute(value, cst.Name(name))
    return value


def call(function: cst.BaseExpression | str, *arguments: cst.BaseExpression) -> cst.Call:
    """`function(a, b)`."""
    if isinstance(function, str):
        function = expression(function)
    return cst.Call(function, [cst.Arg(argument) for argument in arguments])


def replace_attribute(path: tuple[str, ...]) -> Edit:
    """`x.old` to `x.new`, `x.a.b` or `x`."""

    def edit(node: cst.Attribute) -> cst.BaseExpression:
        if not path:
            inner = node.value
            return inner.with_changes(lpar=[*node.lpar, *inner.lpar], rpar=[*inner.rpar, *node.rpar])
        value: cst.BaseExpression = node
        first, *rest = path
        value = node.with_changes(attr=cst.Name(first))
        if rest:
            value = attribute(node.with_changes(attr=cst.Name(first), lpar=[], rpar=[]), *rest)
            return value.with_changes(lpar=node.lpar, rpar=node.rpar)
        return value

    return edit


def replace_by(new: cst.BaseExpression) -> Edit:
    """A name to an expression, with the parentheses it had."""

    def edit(node: cst.BaseExpression) -> cst.BaseExpression:
        return new.with_changes(lpar=[*node.lpar, *new.lpar], rpar=[*new.rpar, *node.rpar])

    return edit


def wrap_in(function: str) -> Edit:
    """`x` to `function(x)`."""

    def edit(node: cst.BaseExpression) -> cst.BaseExpression:
        bare = node.with_changes(lpar=[], rpar=[]) if not isinstance(node, cst.GeneratorExp) else node
        return call(function, bare)

    return edit


def parenthesized(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression in parentheses, unless it is an atom."""
    atoms = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.List, cst.Dict, cst.Set, cst.ListComp)
    if node.lpar or isinstance(node, (*atoms, cst.SimpleString, cst.Integer, cst.DictComp, cst.SetComp)):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def kept_together(before: cst.BaseExpression, after: cst.BaseExpression) -> cst.BaseExpression:
    """What takes the place of an expression, in brackets if it lost those that held its lines together."""
    alone = standing_alone(after)
    return alone if alone is after or standing_alone(before) is before else after


def standing_alone(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression that stands in no brackets any more, in its own if they held its lines together."""
    code = cst.Module([]).code_for_node(node)
    if "\n" not in code:
        return node
    try:
        cst.parse_expression(code)
    except UNPARSABLE:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def on_one_line(node: _Node) -> _Node:
    """A copy of a node without the line ends between its tokens, and so without comments."""
    new = node.deep_clone().visit(_Joining())
    assert isinstance(new, type(node))
    return new


def is_same_code(node: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether two nodes are the same but for line ends and comments."""
    return on_one_line(node).deep_equals(on_one_line(other))


class _Joining(cst.CSTTransformer):
    """Takes line ends away, and where they were the only space, puts in what is usual."""

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        if isinstance(updated_node, cst.ParenthesizedWhitespace):
            return _SPACE
        tight = {
            name: _NOTHING
            for name in _TIGHT.get(type(updated_node), ())
            if isinstance(getattr(original_node, name), cst.ParenthesizedWhitespace)
        }
        return updated_node.with_changes(**tight) if tight else updated_node


_TIGHT: Mapping[type[cst.CSTNode], tuple[str, ...]] = {
    cst.Dot: ("whitespace_before", "whitespace_after"),
    cst.LeftParen: ("whitespace_after",),
    cst.RightParen: ("whitespace_before",),
    cst.LeftSquareBracket: ("whitespace_after",),
    cst.RightSquareBracket: ("whitespace_before",),
    cst.LeftCurlyBrace: ("whitespace_after",),
    cst.RightCurlyBrace: ("whitespace_before",),
    cst.Call: ("whitespace_after_func", "whitespace_before_args"),
    cst.Arg: ("whitespace_after_star", "whitespace_after_arg"),
    cst.Subscript: ("whitespace_after_value",),
    cst.Comma: ("whitespace_before",),
    cst.Annotation: ("whitespace_before_indicator",),
}
"""The spaces of nodes that are usually none."""

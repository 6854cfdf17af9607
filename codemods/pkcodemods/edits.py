"""Edits of expressions: what takes the place of a node, made from what its parts have become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

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

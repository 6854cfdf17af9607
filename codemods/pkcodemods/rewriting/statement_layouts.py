"""The layouts of statements, as Ruff formats them: in parentheses of their own where brackets do not do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from pkcodemods.rewriting.expression_layouts import (
    Parts,
    bracketed,
    expression_layout,
    is_fluent,
    listed,
    operands,
    text_of,
)
from pkcodemods.rewriting.layouts import Break, Group, IfBroken, Indent

_SOFT = Break()
_ATOMS = (cst.Name, cst.SimpleString, cst.FormattedString, cst.Integer, cst.Float)
_DISPLAYS = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp, cst.GeneratorExp)
_EMPTY = ("[]", "{}", "()")
_OPERATIONS = (cst.BinaryOperation, cst.BooleanOperation, cst.Comparison, cst.IfExp)


def layouts_of(node: cst.CSTNode) -> list[Parts]:
    """The layouts of a small statement, or of a compound one's first line: the first that fits is its own.

    Empty where it is none of those that are known.
    """
    for kinds, build in _BUILDERS:
        if isinstance(node, kinds):
            return build(node)
    return []


def _with_value(prefix: str, value: cst.BaseExpression, suffix: str = "") -> list[Parts]:
    """The layouts of an expression between texts, which may get parentheses, or lose those it has."""
    if len(value.lpar) == 1 and not isinstance(value, (cst.Tuple, cst.GeneratorExp, cst.Yield)):
        value = value.with_changes(lpar=[], rpar=[])
    if isinstance(value, cst.Tuple) and not value.lpar:
        return _bare_tuple(prefix, value, suffix)
    plain: Parts = (prefix, *expression_layout(value, inside=False), suffix)
    inner = expression_layout(value, inside=True)
    wrapped = Group((IfBroken("("), Indent((_SOFT, *inner)), _SOFT, IfBroken(")")))
    if _is_atomic(value):
        return [plain, (prefix, wrapped, suffix)]
    if isinstance(value, cst.ConcatenatedString):
        return [(prefix, wrapped, suffix)]
    operators = _Operators.of(value)
    if not operators.ranks and not is_fluent(_awaited(value)):
        return [plain]
    if operators.may_do_without:
        return [plain, (prefix, wrapped, suffix)]
    return [(prefix, wrapped, suffix)]


def _bare_tuple(prefix: str, value: cst.Tuple, suffix: str) -> list[Parts]:
    items = [expression_layout(element.value, inside=True) for element in value.elements]
    if len(items) < 2 or any(isinstance(element, cst.StarredElement) for element in value.elements):
        return []
    (group,) = listed(items, comma=True, magic=False)
    assert isinstance(group, Group)
    inner = Indent((_SOFT, *group.parts))
    return [(prefix, Group((IfBroken("("), inner, _SOFT, IfBroken(")"))), suffix)]


def _awaited(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.expression if isinstance(node, cst.Await) and not node.lpar else node


def _is_atomic(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute) and not node.lpar:
        node = node.value
    return isinstance(node, _ATOMS) and not node.lpar


@dataclass(slots=True)
class _Operators:
    """The operators of an expression that stand in no brackets.

    Attributes:
        ranks: their ranks, the loosest highest.
        first: what the expression begins with.
        last: what it ends with.
    """

    ranks: list[int] = field(default_factory=list)
    first: cst.BaseExpression | None = None
    last: cst.BaseExpression | None = None

    @classmethod
    def of(cls, node: cst.BaseExpression) -> _Operators:
        """Those of an expression."""
        found = cls()
        found._add(node)
        return found

    @property
    def may_do_without(self) -> bool:
        """Whether brackets at either end may break in place of parentheses round everything."""
        if self.ranks.count(max(self.ranks, default=0)) > 1 or not self.ranks:
            return False
        return _is_bracketed(self.first, at_end=False) or _is_bracketed(self.last, at_end=True)

    def _add(self, node: cst.BaseExpression) -> None:
        if node.lpar or not isinstance(node, (*_OPERATIONS, cst.UnaryOperation, cst.Await)):
            self.first = self.first or node
            self.last = node
            if is_fluent(node):
                self.ranks += [1, 1]
        elif isinstance(node, cst.IfExp):
            self.ranks += [9, 9]
            for part in (node.body, node.test, node.orelse):
                self._add(part)
        elif isinstance(node, (cst.UnaryOperation, cst.Await)):
            self.first = self.first or node
            self._add(node.expression)
        else:
            for operator, operand in operands(node):
                self.ranks += [_rank(node)] if operator else []
                self._add(operand)


def _rank(node: cst.BaseExpression) -> int:
    if isinstance(node, cst.BooleanOperation):
        return 8
    if isinstance(node, cst.Comparison):
        return 7
    assert isinstance(node, cst.BinaryOperation)
    tight = (cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo, cst.MatrixMultiply)
    return (
        3
        if isinstance(node.operator, tight)
        else 4
        if isinstance(node.operator, (cst.Add, cst.Subtract))
        else 5
    )


def _is_bracketed(node: cst.BaseExpression | None, *, at_end: bool) -> bool:
    if node is None:
        return False
    if isinstance(node, cst.Call) and not node.lpar:
        return at_end and bool(node.args)
    if isinstance(node, cst.Subscript) and not node.lpar:
        return at_end
    return bool(node.lpar) or (isinstance(node, _DISPLAYS) and text_of(node) not in _EMPTY)


# the statements


def _expression(node: cst.Expr) -> list[Parts]:
    is_plain = isinstance(node.value, (cst.Yield, cst.ConcatenatedString)) or _is_atomic(node.value)
    if is_plain:
        return []
    if isinstance(node.value, cst.BinaryOperation):
        return _with_value("", node.value)
    return [expression_layout(node.value, inside=False)]


def _assert(node: cst.Assert) -> list[Parts]:
    if node.msg is None:
        return _with_value("assert ", node.test)
    is_told = isinstance(node.msg, (cst.SimpleString, cst.FormattedString))
    return _with_value(f"assert {text_of(node.test)}, ", node.msg) if is_told else []


def _return(node: cst.Return) -> list[Parts]:
    return [] if node.value is None else _with_value("return ", node.value)


def _raise(node: cst.Raise) -> list[Parts]:
    return [] if node.exc is None or node.cause is not None else _with_value("raise ", node.exc)


def _assign(node: cst.Assign) -> list[Parts]:
    targets = "".join(f"{text_of(target.target)} = " for target in node.targets)
    value = node.value
    if isinstance(value, cst.Yield):
        return []
    layouts = _with_value(targets, value)
    if len(layouts) > 1 or not isinstance(_awaited(value), (cst.Call, cst.Attribute, cst.Subscript)):
        return layouts
    inner = Indent((_SOFT, *expression_layout(value.with_changes(lpar=[], rpar=[]), inside=True)))
    return [*layouts, (targets, Group((IfBroken("("), inner, _SOFT, IfBroken(")"))))]


def _annotated(node: cst.AnnAssign) -> list[Parts]:
    if node.value is None or _is_atomic(node.value) or text_of(node.value) in _EMPTY:
        return []
    return _with_value(f"{text_of(node.target)}: {text_of(node.annotation.annotation)} = ", node.value)


def _augmented(node: cst.AugAssign) -> list[Parts]:
    return _with_value(f"{text_of(node.target)} {text_of(node.operator).strip()} ", node.value)


def _condition(word: str) -> Callable[[Any], list[Parts]]:
    return lambda node: _with_value(f"{word} ", node.test, ":")


def _for(node: cst.For) -> list[Parts]:
    word = "async for" if node.asynchronous is not None else "for"
    return _with_value(f"{word} {text_of(node.target)} in ", node.iter, ":")


def _with(node: cst.With) -> list[Parts]:
    item = node.items[0]
    if len(node.items) > 1 or (item.asname is not None and isinstance(item.asname.name, cst.Tuple)):
        return []
    word = "async with" if node.asynchronous is not None else "with"
    name = f" as {text_of(item.asname.name)}" if item.asname is not None else ""
    return [(f"{word} ", *expression_layout(item.item, inside=False), f"{name}:")]


def _function(node: cst.FunctionDef) -> list[Parts]:
    if node.type_parameters is not None:
        return []
    word = "async def" if node.asynchronous is not None else "def"
    items, magic = _parameters(node.params)
    returns = f" -> {text_of(node.returns.annotation)}" if node.returns is not None else ""
    if not items:
        return []
    inner = listed(items, comma=True, magic=magic)
    return [(f"{word} {node.name.value}", bracketed("(", inner, ")"), f"{returns}:")]


def _parameters(parameters: cst.Parameters) -> tuple[list[Parts], bool]:
    """The parameters, and whether there is a comma behind the last."""
    star = [parameters.star_arg] if isinstance(parameters.star_arg, (cst.Param, cst.ParamStar)) else []
    slash = [parameters.posonly_ind] if isinstance(parameters.posonly_ind, cst.ParamSlash) else []
    if parameters.posonly_params and not slash:
        slash = [cst.ParamSlash()]
    if parameters.kwonly_params and not star:
        star = [cst.ParamStar()]
    last = [parameters.star_kwarg] if parameters.star_kwarg is not None else []
    every: Sequence[cst.Param | cst.ParamSlash | cst.ParamStar] = [
        *parameters.posonly_params,
        *slash,
        *parameters.params,
        *star,
        *parameters.kwonly_params,
        *last,
    ]
    items: list[Parts] = [(_parameter(each, parameters),) for each in every]
    return items, bool(every) and isinstance(every[-1].comma, cst.Comma)


def _parameter(node: cst.Param | cst.ParamSlash | cst.ParamStar, parameters: cst.Parameters) -> str:
    if isinstance(node, cst.ParamSlash):
        return "/"
    if isinstance(node, cst.ParamStar):
        return "*"
    star = "*" if node is parameters.star_arg else "**" if node is parameters.star_kwarg else ""
    bare = node.with_changes(
        star=star, comma=cst.MaybeSentinel.DEFAULT, whitespace_after_param=cst.SimpleWhitespace("")
    )
    return text_of(bare)


def _class(node: cst.ClassDef) -> list[Parts]:
    arguments = [*node.bases, *node.keywords]
    if node.type_parameters is not None or not arguments:
        return []
    call = cst.Call(node.name, arguments)
    return [("class ", *expression_layout(call, inside=False), ":")]


_BUILDERS: tuple[tuple[Any, Callable[[Any], list[Parts]]], ...] = (
    (cst.Expr, _expression),
    (cst.Assert, _assert),
    (cst.Return, _return),
    (cst.Raise, _raise),
    (cst.Assign, _assign),
    (cst.AnnAssign, _annotated),
    (cst.AugAssign, _augmented),
    (cst.If, _condition("if")),
    (cst.While, _condition("while")),
    (cst.For, _for),
    (cst.With, _with),
    (cst.FunctionDef, _function),
    (cst.ClassDef, _class),
)

"""The layouts of expressions, as Ruff formats them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from pkcodemods.rewriting.layouts import Break, Group, IfBroken, Indent, Layout
from pkcodemods.source import comments_of, descendants, on_one_line

Parts = tuple[Layout, ...]
_SOFT, _SPACE = Break(), Break(" ")
_CHAIN = (cst.Call, cst.Subscript)


def expression_layout(node: cst.BaseExpression, *, inside: bool) -> Parts:
    """The layout of an expression.

    Args:
        node: the expression.
        inside: whether brackets hold its lines together.
    """
    if inside and is_fluent(node):
        return (Group(_fluent(node)),)
    return _plain_layout(node, inside=inside)


def _plain_layout(node: cst.BaseExpression, *, inside: bool) -> Parts:
    if node.lpar and not isinstance(node, (cst.Tuple, cst.GeneratorExp)):
        bare = node.with_changes(lpar=node.lpar[1:], rpar=node.rpar[:-1])
        return (bracketed("(", expression_layout(bare, inside=True), ")"),)
    builder = next((build for kinds, build in _BUILDERS if isinstance(node, kinds)), None)
    return builder(node, inside) if builder is not None else (text_of(node),)


def bracketed(opening: str, inner: Parts, closing: str) -> Group:
    """Brackets around parts."""
    return Group((opening, Indent((_SOFT, *inner)), _SOFT, closing))


def listed(items: Sequence[Parts], *, comma: bool, magic: bool) -> Parts:
    """Parts between commas.

    Args:
        items: what stands between them.
        comma: whether the last gets one where each is on a line of its own.
        magic: whether it has one already, so that each gets a line of its own.
    """
    parts: list[Layout] = []
    for index, item in enumerate(items):
        parts += [",", _SPACE] if index else []
        parts += item
    parts += [IfBroken(",")] if comma else []
    return (Group(tuple(parts), forced=magic),)


def text_of(node: cst.CSTNode) -> str:
    """The source of a node on one line."""
    return cst.Module([]).code_for_node(on_one_line(node))


def _link(node: cst.Call | cst.Subscript | cst.Attribute, inside: bool) -> Parts:
    """A call, a subscript or an attribute, of what stands in front of it."""
    return (*_plain_layout(_owner(node), inside=inside), *_ending(node))


def _owner(node: cst.Call | cst.Subscript | cst.Attribute) -> cst.BaseExpression:
    return node.func if isinstance(node, cst.Call) else node.value


def _ending(node: cst.Call | cst.Subscript | cst.Attribute) -> Parts:
    """What stands behind the owner."""
    if isinstance(node, cst.Attribute):
        return (f".{node.attr.value}",)
    if isinstance(node, cst.Subscript):
        return _subscript(node)
    if not node.args:
        return ("()",)
    items = [_argument(argument) for argument in node.args]
    magic = isinstance(node.args[-1].comma, cst.Comma)
    return (bracketed("(", listed(items, comma=magic or len(items) > 1, magic=magic), ")"),)


def _argument(argument: cst.Arg) -> Parts:
    if isinstance(argument.value, cst.GeneratorExp) and not argument.value.lpar:
        return _comprehension(argument.value)
    name = f"{argument.keyword.value}=" if argument.keyword is not None else argument.star
    return (name, *expression_layout(argument.value, inside=True))


def is_fluent(node: cst.BaseExpression) -> bool:
    """Whether an expression is a chain of calls, whose lines may begin with the attributes' dots."""
    return not node.lpar and isinstance(node, (*_CHAIN, cst.Attribute)) and _links(node) > 1


def _links(node: cst.BaseExpression) -> int:
    """How many attributes of a chain are those of what a call or a subscript gives."""
    count = 0
    while not node.lpar and isinstance(node, (*_CHAIN, cst.Attribute)):
        if isinstance(node, cst.Attribute):
            node = node.value
            count += isinstance(node, _CHAIN) and not node.lpar
        else:
            node = node.func if isinstance(node, cst.Call) else node.value
    return count


def _fluent(node: cst.BaseExpression) -> Parts:
    """A chain with breaks in front of the attributes of what a call or a subscript gives."""
    if node.lpar or not isinstance(node, (cst.Call, cst.Subscript, cst.Attribute)):
        return _plain_layout(node, inside=True)
    owner = _owner(node)
    breaks = isinstance(node, cst.Attribute) and isinstance(owner, _CHAIN) and not owner.lpar
    return (*_fluent(owner), *((_SOFT,) if breaks else ()), *_ending(node))


def _subscript(node: cst.Subscript) -> Parts:
    items = [_slice(element) for element in node.slice]
    has_comma = isinstance(node.slice[-1].comma, cst.Comma)
    if len(items) > 1:
        return (bracketed("[", listed(items, comma=True, magic=has_comma), "]"),)
    return ("[", *items[0], ",]") if has_comma else (bracketed("[", items[0], "]"),)


def _slice(element: cst.SubscriptElement) -> Parts:
    if isinstance(element.slice, cst.Index) and element.slice.star is None:
        return expression_layout(element.slice.value, inside=True)
    return (text_of(element.slice),)


def _await(node: cst.Await, inside: bool) -> Parts:
    return ("await ", *expression_layout(node.expression, inside=inside))


def _display(opening: str, closing: str) -> Callable[[Any, bool], Parts]:
    def build(node: Any, inside: bool) -> Parts:
        elements: Sequence[cst.BaseElement | cst.BaseDictElement] = node.elements
        if not elements:
            return (opening + closing,)
        magic = isinstance(elements[-1].comma, cst.Comma)
        comma = magic or len(elements) > 1
        (group,) = listed([_element(element) for element in elements], comma=comma, magic=magic)
        assert isinstance(group, Group)
        inner = Indent((_SOFT, *group.parts))
        return (Group((opening, inner, _SOFT, closing), forced=magic),)

    return build


def _element(element: cst.BaseElement | cst.BaseDictElement) -> Parts:
    if isinstance(element, cst.DictElement):
        key = expression_layout(element.key, inside=True)
        return (*key, ": ", *expression_layout(element.value, inside=True))
    star = {cst.StarredElement: "*", cst.StarredDictElement: "**"}.get(type(element), "")
    return (star, *expression_layout(element.value, inside=True))


def _tuple(node: cst.Tuple, inside: bool) -> Parts:
    if not node.lpar:
        return (text_of(node),)
    if len(node.elements) == 1:
        return (bracketed("(", (*_element(node.elements[0]), ","), ")"),)
    return _display("(", ")")(node, inside)


def _comprehension_in(opening: str, closing: str) -> Callable[[Any, bool], Parts]:
    return lambda node, inside: (bracketed(opening, _comprehension(node), closing),)


def _comprehension(node: cst.BaseComp) -> Parts:
    if isinstance(node, cst.DictComp):
        parts: list[Layout] = [*expression_layout(node.key, inside=True), ": "]
        parts += expression_layout(node.value, inside=True)
    else:
        assert isinstance(node, cst.BaseSimpleComp)
        parts = list(expression_layout(node.elt, inside=True))
    clause: cst.CompFor | None = node.for_in
    while clause is not None:
        word = "async for" if clause.asynchronous is not None else "for"
        parts += [_SPACE, f"{word} {text_of(clause.target)} in "]
        parts += expression_layout(clause.iter, inside=True)
        for condition in clause.ifs:
            parts += [_SPACE, "if ", *expression_layout(condition.test, inside=True)]
        clause = clause.inner_for_in
    return (Group(tuple(parts)),)


def _binary(node: cst.BaseExpression, inside: bool) -> Parts:
    parts: list[Layout] = []
    for operator, operand in operands(node):
        if operator:
            parts += [_SPACE if inside else " ", f"{operator} "]
        parts += _operand(operand, inside)
    return (Group(tuple(parts)),) if inside else tuple(parts)


def _operand(node: cst.BaseExpression, inside: bool) -> Parts:
    return expression_layout(node, inside=inside)


def operands(node: cst.BaseExpression) -> list[tuple[str, cst.BaseExpression]]:
    """The operands of operators of one rank, each with the operator in front of it."""
    if isinstance(node, cst.Comparison):
        targets = [(text_of(target.operator).strip(), target.comparator) for target in node.comparisons]
        return [("", node.left), *targets]
    assert isinstance(node, (cst.BinaryOperation, cst.BooleanOperation))
    left = node.left
    is_same = isinstance(left, type(node)) and not left.lpar and _rank(left) == _rank(node)
    first = operands(left) if is_same else [("", left)]
    return [*first, (text_of(node.operator).strip(), node.right)]


def _rank(node: cst.BinaryOperation | cst.BooleanOperation) -> object:
    kinds: tuple[tuple[type[cst.CSTNode], ...], ...] = (
        (cst.Add, cst.Subtract),
        (cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo, cst.MatrixMultiply),
    )
    return next((kind for kind in kinds if isinstance(node.operator, kind)), type(node.operator))


def _conditional(node: cst.IfExp, inside: bool) -> Parts:
    space: Layout = _SPACE if inside else " "
    parts: list[Layout] = [*expression_layout(node.body, inside=inside), space, "if "]
    parts += [*expression_layout(node.test, inside=inside), space, "else "]
    other = node.orelse
    if isinstance(other, cst.IfExp) and not other.lpar:
        parts += _conditional(other, inside)
    else:
        parts += expression_layout(other, inside=inside)
    return (Group(tuple(parts)),) if inside else tuple(parts)


def _unary(node: cst.UnaryOperation, inside: bool) -> Parts:
    operator = "not " if isinstance(node.operator, cst.Not) else text_of(node.operator).strip()
    return (operator, *expression_layout(node.expression, inside=inside))


def _strings(node: cst.ConcatenatedString, inside: bool) -> Parts:
    right = node.right
    rest = _strings(right, inside) if isinstance(right, cst.ConcatenatedString) else (text_of(right),)
    parts: Parts = (text_of(node.left), _SPACE if inside else " ", *rest)
    return (Group(parts),) if inside else parts


def _lambda(node: cst.Lambda, inside: bool) -> Parts:
    head = text_of(node.with_changes(body=cst.Name("x"), lpar=[], rpar=[])).removesuffix("x").rstrip()
    return (f"{head} ", *expression_layout(node.body, inside=False))


_BUILDERS: tuple[tuple[Any, Callable[[Any, bool], Parts]], ...] = (
    ((cst.Call, cst.Attribute, cst.Subscript), _link),
    (cst.Await, _await),
    (cst.List, _display("[", "]")),
    ((cst.Set, cst.Dict), _display("{", "}")),
    (cst.Tuple, _tuple),
    (cst.ListComp, _comprehension_in("[", "]")),
    ((cst.SetComp, cst.DictComp), _comprehension_in("{", "}")),
    (cst.GeneratorExp, _comprehension_in("(", ")")),
    ((cst.BinaryOperation, cst.BooleanOperation, cst.Comparison), _binary),
    (cst.IfExp, _conditional),
    (cst.ConcatenatedString, _strings),
    (cst.Lambda, _lambda),
    (cst.UnaryOperation, _unary),
)


def is_one_line_text(node: cst.CSTNode) -> bool:
    """Whether a node has neither comments nor strings over several lines."""
    return not comments_of(node) and not any(
        isinstance(part, (cst.SimpleString, cst.FormattedStringText)) and "\n" in part.value
        for part in descendants(node)
    )

"""What each use of `room.connections` as a mapping is in the class form."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from pkcodemods.edits import Edit, attribute, call, expression, parenthesized
from pkcodemods.program import Program

PEER = "peer"
_TAKES_ITERABLE = frozenset(
    f"builtins.{name}"
    for name in (
        *("sorted", "list", "set", "tuple", "frozenset", "iter", "enumerate", "min", "max", "any"),
        *("all", "map", "filter", "zip", "sum", "reversed", "next"),
    )
)
_COMPREHENSIONS: dict[str, type[cst.ListComp | cst.SetComp]] = {
    "builtins.list": cst.ListComp,
    "builtins.set": cst.SetComp,
}

Receiver = Callable[[cst.CSTNode], cst.BaseExpression]
"""Finds the room in the edited node of a use."""


def connections_of(room: cst.BaseExpression) -> cst.Call:
    """`room.get_connections()`."""
    return call(attribute(room, "get_connections"))


def _loop(room: cst.BaseExpression, target: str = PEER) -> cst.CompFor:
    return cst.CompFor(cst.Name(target), connections_of(room), whitespace_before=cst.SimpleWhitespace(" "))


def ids_of(room: cst.BaseExpression, shape: type[cst.BaseExpression]) -> cst.BaseExpression:
    """`[peer.id for peer in room.get_connections()]`, or such a set or generator."""
    assert issubclass(shape, (cst.ListComp, cst.SetComp, cst.GeneratorExp))
    element = expression(f"{PEER}.id")
    if shape is cst.GeneratorExp:
        return cst.GeneratorExp(element, _loop(room), lpar=[], rpar=[])
    return shape(element, _loop(room))


def pairs_of(room: cst.BaseExpression) -> cst.BaseExpression:
    """`[(peer.id, peer) for peer in room.get_connections()]`."""
    return cst.ListComp(expression(f"({PEER}.id, {PEER})"), _loop(room))


def mapping_of(room: cst.BaseExpression) -> cst.DictComp:
    """`{peer.id: peer for peer in room.get_connections()}`."""
    return cst.DictComp(expression(f"{PEER}.id"), cst.Name(PEER), _loop(room))


class ConnectionUses:
    """Finds the edit for a use of the mapping, by where it stands."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def decide(self, node: cst.CSTNode, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        """The node around a use that is edited, with the edit; None if the use has no plain equivalent.

        Args:
            node: the expression that is the mapping.
            room: finds the room in the edited form of that expression.
        """
        parent = self._program.parents[node]
        if isinstance(parent, cst.Attribute):
            return self._method(parent, room)
        if isinstance(parent, cst.Subscript) and parent.value is node:
            return self._lookup(parent, room)
        if isinstance(parent, cst.ComparisonTarget):
            return self._membership(parent, lambda target: room(target.comparator))
        if isinstance(parent, cst.StarredDictElement):
            return node, lambda updated: mapping_of(room(updated))
        return self._walked(node, room, "keys") or self._truth(node, room)

    def _method(self, node: cst.Attribute, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        parent = self._program.parents[node]
        if not isinstance(parent, cst.Call) or parent.func is not node:
            return None
        inner: Receiver = lambda updated: room(updated.func.value)  # type: ignore[attr-defined]  # noqa: E731
        name = node.attr.value
        if name == "get":
            return self._get(parent, inner)
        if parent.args:
            return None
        if name == "copy":
            return parent, lambda updated: mapping_of(inner(updated))
        if name not in ("keys", "values", "items"):
            return None
        around = self._program.parents[parent]
        if isinstance(around, cst.ComparisonTarget) and name != "items":
            if name == "keys":
                return self._membership(around, lambda target: inner(target.comparator))
            return parent, lambda updated: connections_of(inner(updated))
        return self._walked(parent, inner, name) or self._truth(parent, inner)

    def _get(self, node: cst.Call, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        if not node.args or len(node.args) > 2 or any(a.keyword or a.star for a in node.args):
            return None
        default = node.args[1].value if len(node.args) == 2 else None
        if default is not None and not isinstance(
            default, (cst.Name, cst.SimpleString, cst.Integer, cst.List, cst.Dict, cst.Tuple)
        ):
            return None

        def edit(updated: cst.Call) -> cst.BaseExpression:
            found = updated.with_changes(
                func=attribute(room(updated), "get_connection"),
                args=[updated.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)],
                lpar=[],
                rpar=[],
            )
            if default is None or (isinstance(default, cst.Name) and default.value == "None"):
                return found.with_changes(lpar=updated.lpar, rpar=updated.rpar)
            either = cst.BooleanOperation(found, cst.Or(), updated.args[1].value)
            if updated.lpar or isinstance(self._program.parents[node], _BARE):
                return either.with_changes(lpar=updated.lpar, rpar=updated.rpar)
            return parenthesized(either)

        return node, edit

    def _lookup(self, node: cst.Subscript, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
            return None
        return node, lambda updated: updated.with_changes(value=mapping_of(room(updated.value)))

    def _membership(
        self, node: cst.ComparisonTarget, room: Callable[[cst.ComparisonTarget], cst.BaseExpression]
    ) -> tuple[cst.CSTNode, Edit] | None:
        comparison = self._program.parents[node]
        assert isinstance(comparison, cst.Comparison)
        if len(comparison.comparisons) != 1 or not isinstance(node.operator, (cst.In, cst.NotIn)):
            return None
        negated = isinstance(node.operator, cst.NotIn)

        def edit(updated: cst.Comparison) -> cst.BaseExpression:
            found = call(
                attribute(room(updated.comparisons[0]), "get_connection"),
                updated.left.with_changes(lpar=[], rpar=[])
                if not isinstance(updated.left, cst.Tuple)
                else updated.left,
            )
            operator = cst.Is() if negated else cst.IsNot()
            return updated.with_changes(
                left=found, comparisons=[cst.ComparisonTarget(operator, cst.Name("None"))]
            )

        return comparison, edit

    def _walked(self, node: cst.CSTNode, room: Receiver, what: str) -> tuple[cst.CSTNode, Edit] | None:
        """Where the ids, the connections or the pairs are gone over."""
        parent = self._program.parents[node]
        if isinstance(parent, (cst.For, cst.CompFor)) and parent.iter is node:
            return node, lambda updated: _sequence(room(updated), what)
        if isinstance(parent, cst.StarredElement):
            return node, lambda updated: _sequence(room(updated), what)
        if not isinstance(parent, cst.Arg):
            return None
        outer = self._program.parents[parent]
        assert isinstance(outer, cst.Call)
        name = self._program.qualified_name(outer.func)
        if parent.star == "*" and not parent.keyword:
            return node, lambda updated: _sequence(room(updated), what)
        if parent.star or parent.keyword:
            return None
        alone = len(outer.args) == 1
        if name == "builtins.len" and alone:
            return node, lambda updated: connections_of(room(updated))
        if name == "builtins.bool" and alone:
            return node, lambda updated: connections_of(room(updated))
        if name == "builtins.dict" and alone and what != "values":
            return outer, lambda updated: mapping_of(room(updated.args[0].value))
        is_join = isinstance(outer.func, cst.Attribute) and outer.func.attr.value == "join"
        if name not in _TAKES_ITERABLE and not (is_join and alone):
            return None
        if what == "values":
            if name == "builtins.list" and alone:
                return outer, lambda updated: connections_of(room(updated.args[0].value))
            return node, lambda updated: connections_of(room(updated))
        if what == "items":
            if name == "builtins.list" and alone:
                return outer, lambda updated: pairs_of(room(updated.args[0].value))
            return node, lambda updated: pairs_of(room(updated))
        if alone and name in _COMPREHENSIONS:
            shape = _COMPREHENSIONS[name]
            return outer, lambda updated: ids_of(room(updated.args[0].value), shape)
        if alone and name != "builtins.iter":
            return node, lambda updated: ids_of(room(updated), cst.GeneratorExp)
        return node, lambda updated: ids_of(room(updated), cst.ListComp)

    def _truth(self, node: cst.CSTNode, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        """Where only whether it is empty matters."""
        current = node
        parent = self._program.parents[node]
        while isinstance(parent, cst.BooleanOperation):
            current, parent = parent, self._program.parents[parent]
        tests = isinstance(parent, (cst.If, cst.While, cst.IfExp, cst.Assert, cst.CompIf)) and (
            parent.test is current
        )
        negated = isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Not)
        if tests or negated:
            return node, lambda updated: connections_of(room(updated))
        return None


_BARE = (cst.Arg, cst.Assign, cst.AnnAssign, cst.Return, cst.NamedExpr, cst.Expr, cst.If, cst.Element)


def _sequence(room: cst.BaseExpression, what: str) -> cst.BaseExpression:
    if what == "values":
        return connections_of(room)
    return pairs_of(room) if what == "items" else ids_of(room, cst.ListComp)

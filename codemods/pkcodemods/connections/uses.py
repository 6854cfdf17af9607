"""What each use of `room.connections` as a mapping is in the class form."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from pkcodemods.connections.for_each import for_each_callback
from pkcodemods.source import PEER, Edit, Program, attribute, call, constant_string, expression, parenthesized

_TAKES_ITERABLE = frozenset(
    f"builtins.{name}"
    for name in (
        *("sorted", "list", "set", "tuple", "frozenset", "iter", "enumerate", "min", "max", "any"),
        *("all", "map", "filter", "zip", "sum"),
    )
) | {"functools.reduce", "itertools.chain", "itertools.islice", "builtins.dict.fromkeys"}
VIEWS = ("keys", "values", "items")
_SETS = (cst.Set, cst.SetComp)
_SET_OPERATORS = (cst.BitAnd, cst.BitOr, cst.BitXor, cst.Subtract)
_SET_COMPARISONS = (
    cst.Equal,
    cst.NotEqual,
    cst.LessThan,
    cst.LessThanEqual,
    cst.GreaterThan,
    cst.GreaterThanEqual,
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
    """Finds the edit for a use of the mapping, by where it stands.

    Args:
        program: the modules.
        lookup: gives the name of the function that looks a connection up, which is then needed.
    """

    def __init__(self, program: Program, lookup: Callable[[], str]) -> None:
        self._program = program
        self._lookup_function = lookup

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
            return self._unpacked(node, parent, room)
        if isinstance(parent, cst.Arg) and self._is_update(parent):
            return node, lambda updated: mapping_of(room(updated))
        return self._walked(node, room, "keys") or self._truth(node, room)

    def _unpacked(
        self, node: cst.CSTNode, element: cst.StarredDictElement, room: Receiver
    ) -> tuple[cst.CSTNode, Edit]:
        """`{**connections, ...}`"""
        around = self._program.parents[element]
        if isinstance(around, cst.Dict) and len(around.elements) == 1:
            return around, lambda updated: mapping_of(room(updated.elements[0].value)).with_changes(
                lpar=updated.lpar, rpar=updated.rpar
            )
        return node, lambda updated: mapping_of(room(updated))

    def _is_update(self, argument: cst.Arg) -> bool:
        """`known.update(connections)`"""
        call = self._program.parents[argument]
        return (
            isinstance(call, cst.Call)
            and isinstance(call.func, cst.Attribute)
            and call.func.attr.value == "update"
            and not argument.star
            and argument.keyword is None
        )

    def _method(self, node: cst.Attribute, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        parent = self._program.parents[node]
        if node.attr.value == "size" and not self._program.is_stored(node):
            if self._program.scope_at(node.value).owner("len") is not None:
                return None
            return node, lambda updated: call("len", connections_of(room(updated.value)))
        if not isinstance(parent, cst.Call) or parent.func is not node:
            return None
        inner: Receiver = lambda updated: room(updated.func.value)  # type: ignore[attr-defined]  # noqa: E731
        name = node.attr.value
        if name == "get":
            return self._get(parent, inner)
        if name == "has":
            return self._has(parent, inner)
        if name == "forEach":
            return self._for_each(parent, inner)
        if parent.args:
            return None
        if name == "copy":
            return parent, lambda updated: mapping_of(inner(updated))
        if name not in VIEWS:
            return None
        return self.decide_view(parent, inner, name)

    def decide_view(self, node: cst.CSTNode, room: Receiver, what: str) -> tuple[cst.CSTNode, Edit] | None:
        """As `decide`, for an expression that is a view of the mapping.

        Args:
            node: the expression.
            room: finds the room in the edited form of that expression.
            what: `keys`, `values` or `items`.
        """
        around = self._program.parents[node]
        if isinstance(around, cst.ComparisonTarget) and what != "items":
            if what == "keys":
                return self._membership(around, lambda target: room(target.comparator))
            return node, lambda updated: connections_of(room(updated))
        if what == "keys" and self._meets_set(node):
            return node, lambda updated: ids_of(room(updated), cst.SetComp)
        return self._walked(node, room, what) or self._truth(node, room)

    def _meets_set(self, node: cst.CSTNode) -> bool:
        """Whether keys are compared or combined with what is certainly a set."""
        parent = self._program.parents[node]
        if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, _SET_OPERATORS):
            return self._is_set(parent.right if parent.left is node else parent.left)
        if isinstance(parent, cst.Comparison) and len(parent.comparisons) == 1:
            target = parent.comparisons[0]
            return isinstance(target.operator, _SET_COMPARISONS) and self._is_set(target.comparator)
        return False

    def _is_set(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Call):
            return self._program.qualified_name(node.func) in ("builtins.set", "builtins.frozenset")
        return isinstance(node, _SETS)

    def _has(self, node: cst.Call, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        """`connections.has(id)`"""
        if len(node.args) != 1 or node.args[0].keyword or node.args[0].star:
            return None

        def edit(updated: cst.Call) -> cst.BaseExpression:
            found = call(attribute(room(updated), "get_connection"), updated.args[0].value)
            is_there = cst.Comparison(found, [cst.ComparisonTarget(cst.IsNot(), cst.Name("None"))])
            if updated.lpar or isinstance(self._program.parents[node], _BARE):
                return is_there.with_changes(lpar=updated.lpar, rpar=updated.rpar)
            return parenthesized(is_there)

        return node, edit

    def _for_each(self, node: cst.Call, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        """`connections.forEach(function)` as a loop that calls the function."""
        expression_statement = self._program.parents[node]
        line = self._program.parents[expression_statement]
        if (
            len(node.args) != 1
            or node.args[0].keyword
            or node.args[0].star
            or not isinstance(expression_statement, cst.Expr)
            or not isinstance(line, cst.SimpleStatementLine)
            or len(line.body) != 1
        ):
            return None
        callback = for_each_callback(self._program, node.args[0].value)
        if callback is None:
            return None
        name, body_of = callback

        def edit(updated: cst.SimpleStatementLine) -> cst.For:
            statement = updated.body[0]
            assert isinstance(statement, cst.Expr)
            assert isinstance(statement.value, cst.Call)
            done = body_of(statement.value.args[0].value)
            body = updated.with_changes(body=[cst.Expr(done)], leading_lines=[])
            return cst.For(
                cst.Name(name),
                connections_of(room(statement.value)),
                cst.IndentedBlock([body]),
                leading_lines=updated.leading_lines,
            )

        return line, edit

    def _get(self, node: cst.Call, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        if not node.args or len(node.args) > 2 or any(a.star for a in node.args) or node.args[0].keyword:
            return None
        if any(a.keyword is not None and a.keyword.value != "default" for a in node.args[1:]):
            return None
        default = node.args[1].value if len(node.args) == 2 else None
        if default is not None and not isinstance(
            default, (cst.Name, cst.SimpleString, cst.Integer, cst.List, cst.Dict, cst.Tuple)
        ):
            return None

        def edit(updated: cst.Call) -> cst.BaseExpression:
            found = updated.with_changes(
                func=attribute(room(updated), "get_connection"),
                args=[
                    updated.args[0].with_changes(
                        comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace("")
                    )
                ],
                whitespace_before_args=cst.SimpleWhitespace(""),
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
        if self._program.is_stored(node) or node.slice[0].slice.star is not None:
            return None
        if self._program.scope_at(node).module().owner("KeyError") is not None:
            return node, lambda updated: updated.with_changes(value=mapping_of(room(updated.value)))

        def edit(updated: cst.Subscript) -> cst.BaseExpression:
            index = updated.slice[0].slice
            assert isinstance(index, cst.Index)
            found = call(self._lookup_function(), room(updated.value), index.value)
            return found.with_changes(lpar=updated.lpar, rpar=updated.rpar)

        return node, edit

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
        """Where code iterates over the ids, the connections or the pairs."""
        parent = self._program.parents[node]
        if isinstance(parent, (cst.For, cst.CompFor)) and parent.iter is node:
            return node, lambda updated: sequence_of(room(updated), what)
        if isinstance(parent, cst.StarredElement):
            around = self._program.parents[parent]
            if isinstance(around, cst.List) and len(around.elements) == 1:
                return around, lambda updated: sequence_of(room(updated.elements[0].value), what)
            return node, lambda updated: sequence_of(room(updated), what)
        if (
            isinstance(parent, cst.Assign)
            and any(isinstance(target.target, (cst.Tuple, cst.List)) for target in parent.targets)
            and all(isinstance(target.target, (cst.Tuple, cst.List)) for target in parent.targets)
        ):
            return node, lambda updated: sequence_of(room(updated), what)
        return self._argument(node, parent, room, what) if isinstance(parent, cst.Arg) else None

    def _argument(
        self, node: cst.CSTNode, parent: cst.Arg, room: Receiver, what: str
    ) -> tuple[cst.CSTNode, Edit] | None:
        """Where a function iterates over them."""
        outer = self._program.parents[parent]
        assert isinstance(outer, cst.Call)
        name = self._program.qualified_name(outer.func)
        first = outer.args[0] is parent
        if parent.star == "*" and not parent.keyword:
            return node, lambda updated: sequence_of(room(updated), what)
        if parent.star or parent.keyword:
            return None
        alone = len(outer.args) == 1
        if name in ("builtins.len", "builtins.bool") and alone:
            return node, lambda updated: connections_of(room(updated))
        if name == "builtins.dict" and alone and what != "values":
            return outer, lambda updated: mapping_of(room(updated.args[0].value))
        if name == "builtins.dict" and first and what != "values":
            return node, lambda updated: mapping_of(room(updated))
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


def sequence_of(room: cst.BaseExpression, what: str) -> cst.BaseExpression:
    """The connections, their ids or both, as a list."""
    if what == "values":
        return connections_of(room)
    return pairs_of(room) if what == "items" else ids_of(room, cst.ListComp)


def names_connections(program: Program, node: cst.CSTNode) -> bool:
    """Whether an expression is `getattr(x, "connections")`."""
    return (
        isinstance(node, cst.Call)
        and len(node.args) == 2
        and program.qualified_name(node.func) == "builtins.getattr"
        and constant_string(program, node.args[1].value) == "connections"
    )

"""`type(connection) is PartyKitConnection`: which class an object is of, which differs between the forms.

In the object form what a handler gets is of a class of its own, with the names of both forms; so such a
comparison may be false, and becomes true in the class form, and the class's name is another one. Where only
the name may matter, the object becomes a view; where classes may be compared, the party keeps its object.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from pkcodemods.api import NONE, PLAIN, SHIMS, TYPES, ClassObject, Imported, Kind, Other, Value, kinds_in
from pkcodemods.deciding.type_positions import is_type_position
from pkcodemods.deciding.views import Views
from pkcodemods.findings import problem
from pkcodemods.inference import Inference, reachable_kinds
from pkcodemods.plans import UsePlan
from pkcodemods.source import Edit, constant_string

_TYPE = "builtins.type"
_CHECKS = ("builtins.isinstance", "builtins.issubclass")
_OF_MAPPING = frozenset(
    {
        Kind.CONNECTIONS,
        Kind.CONNECTION_KEYS,
        Kind.CONNECTION_VALUES,
        Kind.CONNECTION_ITEMS,
        Kind.SNAPSHOT,
    }
)
"""What is decided with the uses of the mapping of connections."""
_SAME = (cst.Is, cst.IsNot, cst.Equal, cst.NotEqual)
_WITHIN = (cst.In, cst.NotIn)


class ClassTests:
    """Decides for the places in one module that ask for an object's class."""

    def __init__(self, inference: Inference, plan: UsePlan, views: Views) -> None:
        self._inference = inference
        self._program = inference.program
        self._plan = plan
        self._views = views
        self._compared: list[tuple[cst.BaseExpression, frozenset[Kind]]] = []

    def decide(self, node: cst.CSTNode) -> None:
        """Plan what is to be done where a node asks for a class, or compares with one."""
        subject = asked_for_class(self._inference, node)
        if subject is not None:
            self._asked(node, subject)
        elif isinstance(node, cst.Arg):
            self._handed_on(node)
        elif isinstance(node, cst.Comparison) and (is_left := room_test(self._inference, node)) is not None:
            self._plan.edits[node] = _isinstance(is_left=is_left)
        elif isinstance(node, cst.MatchValue) and (kind := self._kind(node.value)) is not None:
            self._plan.problems.append(problem("PK119", node, kind=kind.value))

    def finish(self, *, has_views: bool) -> None:
        """Where some objects become views, make views of all whose classes are compared: they differ.

        Args:
            has_views: whether handlers get views.
        """
        for subject, kinds in self._compared:
            if kinds and (has_views or any(SHIMS[kind] in self._plan.shims for kind in kinds)):
                self._views.let_be_view(subject, kinds, "PK206", word="type()")

    def _asked(self, node: cst.CSTNode, subject: cst.BaseExpression) -> None:
        value = self._inference.value(subject)
        kinds = kinds_in(value) - _OF_MAPPING
        if not (kinds or self._may_be_any(value)):
            return
        if self._is_settled(node):
            self._compared.append((subject, kinds & SHIMS.keys()))
            self._compared += self._checked_with(node)
            return
        compared = self._named and (kinds or not value <= _FOREIGN or Kind.ROOM in self._named)
        if (compared and not self._shows(node)) or kinds - SHIMS.keys():
            self._refuse(node, kinds or self._named)
        elif kinds and not self._is_compared(node):
            self._views.let_be_view(subject, kinds, "PK206", word="type()")

    def _checked_with(self, node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, frozenset[Kind]]]:
        """The `x` of `isinstance(x, type(y))`."""
        argument = self._program.parents[node]
        call = self._program.parents[argument] if isinstance(argument, cst.Arg) else None
        if isinstance(call, cst.Call) and self._program.qualified_name(call.func) == _CHECKS[0]:
            checked = call.args[0].value
            yield checked, kinds_in(self._inference.value(checked)) & SHIMS.keys()

    def _handed_on(self, node: cst.Arg) -> None:
        """`map(type, ...)`: the function itself goes somewhere."""
        call = self._program.parents[node]
        if not isinstance(call, cst.Call) or Imported(_TYPE) not in self._inference.value(node.value):
            return
        if self._program.qualified_name(call.func) in _CHECKS:
            return
        given = frozenset[Kind]().union(
            *(
                reachable_kinds(self._inference, self._inference.value(argument.value))
                for argument in call.args
            )
        )
        if given - _OF_MAPPING:
            self._refuse(node, given - _OF_MAPPING)

    def _refuse(self, node: cst.CSTNode, kinds: frozenset[Kind]) -> None:
        self._plan.problems.append(problem("PK119", node, kind=min(kind.value for kind in kinds)))

    def _may_be_any(self, value: Value) -> bool:
        leaked = Other.STDLIB in value and reachable_kinds(self._inference, frozenset(self._inference.leaked))
        return not value or bool(value & _UNCLEAR) or bool(leaked)

    def _is_settled(self, node: cst.CSTNode) -> bool:
        """Whether the class of the object goes where it means the same in both forms."""
        around = self._program.parents[node]
        if isinstance(around, cst.Arg):
            call = self._program.parents[around]
            return isinstance(call, cst.Call) and self._program.qualified_name(call.func) in _CHECKS
        if isinstance(around, cst.Call):  # it is called
            return around.func is node
        comparison = self._comparison(node)
        if comparison is None:
            return isinstance(around, cst.Expr)
        if room_test(self._inference, comparison) is not None:
            return True
        sides = [comparison.left, *(target.comparator for target in comparison.comparisons)]
        return all(side is node or self._is_no_old_class(side) for side in sides)

    def _is_compared(self, node: cst.CSTNode) -> bool:
        return self._comparison(node) is not None

    def _comparison(self, node: cst.CSTNode) -> cst.Comparison | None:
        around = self._program.parents[node]
        around = self._program.parents[around] if isinstance(around, cst.ComparisonTarget) else around
        return around if isinstance(around, cst.Comparison) else None

    def _shows(self, node: cst.CSTNode) -> bool:
        """Whether only the name of the class is asked for."""
        around = self._program.parents[node]
        if isinstance(around, cst.Attribute):
            return around.attr.value in ("__name__", "__qualname__", "__module__", "__doc__")
        return isinstance(around, cst.FormattedStringExpression)

    def _is_no_old_class(self, side: cst.BaseExpression) -> bool:
        """Whether what a class is compared with is certainly no class of the object form."""
        if asked_for_class(self._inference, side) is not None:
            return True
        parts = [side]
        if isinstance(side, (cst.Tuple, cst.List, cst.Set)):
            parts = [element.value for element in side.elements]
        return all(self._is_other(self._inference.value(part)) for part in parts)

    def _is_other(self, value: Value) -> bool:
        is_legacy = self._inference.annotations.is_legacy
        return bool(value) and all(
            isinstance(atom, ClassObject)
            or atom in NONE | PLAIN
            or (isinstance(atom, Imported) and not is_legacy(atom.name))
            for atom in value
        )

    @cached_property
    def _named(self) -> frozenset[Kind]:
        """The kinds of the classes of the object form that are anywhere more than types."""
        return frozenset(
            kind
            for node in self._program.nodes()
            if isinstance(node, (cst.Name, cst.Attribute))
            if (kind := self._kind(node)) is not None
            if not self._is_mere_type(node)
        )

    def _is_mere_type(self, node: cst.CSTNode) -> bool:
        """Whether a class is named where nothing can compare it with another."""
        if is_type_position(self._program, node) or self._program.is_stored(node):
            return True
        around = [self._program.parents.get(node), *self._program.ancestors(self._program.parents[node])]
        if isinstance(around[0], (cst.Attribute, cst.ImportAlias, cst.ImportFrom, cst.MatchClass)):
            return True
        outside = (
            part for part in around if not isinstance(part, (cst.Tuple, cst.Element, cst.BinaryOperation))
        )
        argument = next(outside)
        call = self._program.parents[argument] if isinstance(argument, cst.Arg) else None
        return (isinstance(call, cst.Call) and self._program.qualified_name(call.func) in _CHECKS) or (
            isinstance(argument, cst.ComparisonTarget | cst.Comparison) and self._is_room_test(argument)
        )

    def _is_room_test(self, part: cst.CSTNode) -> bool:
        comparison = self._program.parents[part] if isinstance(part, cst.ComparisonTarget) else part
        return isinstance(comparison, cst.Comparison) and room_test(self._inference, comparison) is not None

    def _kind(self, node: cst.CSTNode) -> Kind | None:
        """What an expression is the class of, in the object form."""
        name = self._inference.annotations.legacy_name(node)
        return TYPES[name][1] if name in TYPES else None


_FOREIGN: Value = frozenset({Other.FOREIGN})
_UNCLEAR: Value = frozenset({Other.UNKNOWN, Other.FOREIGN})


def asked_for_class(inference: Inference, node: cst.CSTNode) -> cst.BaseExpression | None:
    """The `x` of `type(x)`, `x.__class__` and `getattr(x, "__class__")`."""
    if isinstance(node, cst.Attribute) and node.attr.value == "__class__":
        return node.value
    if not isinstance(node, cst.Call) or not 1 <= len(node.args) <= 2:
        return None
    if any(argument.star or argument.keyword for argument in node.args):
        return None
    name = inference.program.qualified_name(node.func)
    if len(node.args) == 2:
        word = constant_string(inference.program, node.args[1].value)
        return node.args[0].value if (name, word) == ("builtins.getattr", "__class__") else None
    is_type = name == _TYPE or (name is None and Imported(_TYPE) in inference.value(node.func))
    return node.args[0].value if is_type else None


def room_test(inference: Inference, node: cst.Comparison) -> bool | None:
    """Whether `type(x) is PartyKitRoom` or `type(x) in (PartyKitRoom, ...)` has the object on its left; None
    for every other comparison. As a view a room is of another class, so that becomes `isinstance(...)`.

    Args:
        inference: what is where.
        node: any comparison.
    """
    if len(node.comparisons) != 1 or "#" in cst.Module([]).code_for_node(node):
        return None  # a comment would have no place
    (target,) = node.comparisons
    if isinstance(target.operator, _WITHIN):
        return _is_room_among(inference, node.left, target.comparator) or None
    if not isinstance(target.operator, _SAME):
        return None
    if _is_room(inference, target.comparator):
        return True if asked_for_class(inference, node.left) is not None else None
    is_reversed = _is_room(inference, node.left)
    return False if is_reversed and asked_for_class(inference, target.comparator) is not None else None


def _is_room_among(inference: Inference, asked: cst.BaseExpression, classes: cst.BaseExpression) -> bool:
    """Whether the class of what is certainly a room is looked for among classes of the object form."""
    subject = asked_for_class(inference, asked)
    if subject is None or not isinstance(classes, cst.Tuple):
        return False
    named = [element.value for element in classes.elements]
    return inference.value(subject) == {Kind.ROOM} and all(
        inference.annotations.legacy_name(each) in TYPES for each in named
    )


def _is_room(inference: Inference, node: cst.BaseExpression) -> bool:
    name = inference.annotations.legacy_name(node)
    return name in TYPES and TYPES[name][1] is Kind.ROOM


def _isinstance(*, is_left: bool) -> Edit:
    """`isinstance(x, Room)` in place of `type(x) is Room`, `Room is type(x)` or `type(x) in (Room, ...)`."""

    def edit(updated: cst.Comparison) -> cst.BaseExpression:
        (target,) = updated.comparisons
        asked, classes = (updated.left, target.comparator)[:: 1 if is_left else -1]
        subject = asked.args[0].value if isinstance(asked, cst.Call) else asked.value  # type: ignore[attr-defined]
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        call = cst.Call(cst.Name("isinstance"), [cst.Arg(subject, comma=comma), cst.Arg(classes)])
        if isinstance(target.operator, (cst.IsNot, cst.NotEqual, cst.NotIn)):
            return cst.UnaryOperation(cst.Not(), call, lpar=updated.lpar, rpar=updated.rpar)
        return call.with_changes(lpar=updated.lpar, rpar=updated.rpar)

    return edit

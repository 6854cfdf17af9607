"""Finds where objects of the platform go to code that was not given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.api import OLD_NAMES, SHIMS, Atom, Imported, Kind, Other, Value, kinds_in, only
from pkcodemods.connections import view_of
from pkcodemods.deciding.attribute_names import AttributeNames
from pkcodemods.deciding.class_tests import asked_for_class
from pkcodemods.deciding.format_strings import FormatStrings
from pkcodemods.deciding.views import Views
from pkcodemods.findings import problem
from pkcodemods.inference import Inference, reachable_kinds
from pkcodemods.plans import UsePlan
from pkcodemods.source import Binding, Program, SourceModule

_OUR_OWN = ("partyserver.", "pkcompat.", "starlette.", "pkcodemods.")
_WITH_OLD_NAMES = frozenset({*SHIMS, Kind.CONNECTIONS, Kind.PARTIES, Kind.PARTY_STUBS, Kind.ROOM_CONTEXT})
"""The kinds that have old names, or attributes or results with old names."""
_OF_CONNECTIONS = frozenset({Kind.CONNECTION_VALUES, Kind.CONNECTION_ITEMS})
_GETTERS = frozenset({"operator.attrgetter", "operator.itemgetter", "operator.methodcaller"})
_OLD_FIELD = re.compile(rf"\.(?:{'|'.join(OLD_NAMES)}|__class__)\b")


class EscapeFinder:
    """Finds such places in one module, and plans views with the old names there."""

    def __init__(
        self,
        program: Program,
        inference: Inference,
        plan: UsePlan,
        views: Views,
        pinned: set[Binding],
    ) -> None:
        self._program = program
        self._inference = inference
        self._plan = plan
        self._views = views
        self._formats = FormatStrings(program, inference, plan, pinned)
        self._names = AttributeNames(program, inference, plan)

    def called_back_mappings(self, module: SourceModule) -> set[cst.CSTNode]:
        """The uses of `room.connections` whose connections go to functions of others.

        `sorted(room.connections.values(), key=attrgetter("socket.id"))` reads old names, which the
        connections of the old mapping have.
        """
        found: set[cst.CSTNode] = set()
        for node in module.nodes:
            name = self._program.qualified_name(node.func) if isinstance(node, cst.Call) else None
            if isinstance(node, cst.Call) and name in stdlib.CALLS_BACK:
                functions = list(filter(self._calls_foreign, _functions_at(node, stdlib.CALLS_BACK[name])))
                if functions and all(map(self._is_of_others, functions)):
                    found.update(filter(None, map(self._live_mapping, node.args)))
        return found

    def _is_of_others(self, function: cst.BaseExpression) -> bool:
        """Whether a function that is called back is surely none of the program, which uses new names."""
        getter = isinstance(function, cst.Call) and self._program.qualified_name(function.func) in _GETTERS
        return getter or all(
            atom is Other.FOREIGN or isinstance(atom, Imported) for atom in self._inference.value(function)
        )

    def _live_mapping(self, argument: cst.Arg) -> cst.Attribute | None:
        """`room.connections` in an argument `room.connections.values()`."""
        mapping, what = view_of(argument.value)
        is_values = what in ("values", "items") and not argument.star and argument.keyword is None
        if not is_values or not isinstance(mapping, cst.Attribute):
            return None
        return mapping if only(self._inference.value(mapping.value), Kind.ROOM) else None

    def find(self, module: SourceModule, viewed: Collection[cst.CSTNode]) -> None:
        """Plan the views of a module.

        Args:
            module: the module.
            viewed: the uses of `room.connections` that stay the old mapping for functions of others.
        """
        for node in module.nodes:
            if isinstance(node, cst.Call):
                self._call(node, viewed)
            elif isinstance(node, cst.Assign):
                for target in node.targets:
                    self._assignment(target.target, node.value)

    def _call(self, node: cst.Call, viewed: Collection[cst.CSTNode]) -> None:
        name = self._program.qualified_name(node.func)
        if name in stdlib.BY_NAME:
            assert name is not None
            if not self._names.decide(node, name):
                self._by_name(node)
            return
        if asked_for_class(self._inference, node) is not None:
            return
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in ("format", "format_map"):
            self._format(node, node.func)
        callees = self._inference.value(node.func)
        if callees and not any(self._is_foreign(atom, node) for atom in callees):
            if name in stdlib.CALLS_BACK:
                self._callback(node, stdlib.CALLS_BACK[name], viewed)
            return
        for argument in node.args:
            self._argument(node, argument)

    def _argument(self, node: cst.Call, argument: cst.Arg) -> None:
        value = self._inference.value(argument.value)
        if self._shimmed(value):
            self._hand_over(argument.value, value, "PK201", node.func)
            return
        for kind in sorted(self._reachable(value), key=lambda kind: kind.value):
            callee = cst.Module([]).code_for_node(node.func)
            self._plan.problems.append(problem("PK111", argument.value, kind=kind.value, callee=callee))
            return

    def _reachable(self, value: Value) -> set[Kind]:
        """The kinds with old names of their own that a value holds."""
        return {kind for kind in reachable_kinds(self._inference, value) if kind in _WITH_OLD_NAMES}

    def _callback(self, node: cst.Call, position: int | None, viewed: Collection[cst.CSTNode]) -> None:
        """`map(other.function, room.connections.values())`.

        Args:
            node: the call.
            position: where the function stands, if it can do so without a keyword.
            viewed: as for `find`.
        """
        for function in filter(self._calls_foreign, _functions_at(node, position)):
            callee = cst.Module([]).code_for_node(function)
            for argument in node.args:
                if self._live_mapping(argument) in viewed:
                    continue
                value = self._inference.value(argument.value)
                kinds = self._reachable(value) | ({Kind.CONNECTION} if value & _OF_CONNECTIONS else set())
                for kind in sorted(kinds, key=lambda kind: kind.value)[:1]:
                    problems = self._plan.problems
                    problems.append(problem("PK111", argument.value, kind=kind.value, callee=callee))

    def _calls_foreign(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Call) and self._program.qualified_name(node.func) in _GETTERS:
            names = [name for argument in node.args for name in _names_in(argument.value)]
            return any(name is None or name in OLD_NAMES for name in names)
        return any(
            atom is Other.UNKNOWN
            or atom is Other.FOREIGN
            or (isinstance(atom, Imported) and self._is_foreign(atom))
            for atom in self._inference.value(node)
        )

    def _is_foreign(self, atom: Atom, call: cst.Call | None = None) -> bool:
        if isinstance(atom, Imported):
            return not (
                (stdlib.is_standard(atom.name) and atom.name not in stdlib.INTROSPECTION)
                or atom.name.startswith(_OUR_OWN)
                or self._inference.annotations.is_legacy(atom.name)
            )
        if atom is Other.STDLIB:  # a callable that came out of it may be anybody's
            return call is not None and not isinstance(call.func, cst.Attribute)
        return atom in (Other.FOREIGN, Other.UNKNOWN)

    def _shimmed(self, value: Value) -> set[Kind]:
        return {kind for kind in kinds_in(value) if kind in SHIMS or kind is Kind.CONNECTIONS}

    def _hand_over(
        self, node: cst.BaseExpression, value: Value, code: str, callee: cst.CSTNode | None
    ) -> None:
        kinds = self._shimmed(value) - {
            Kind.CONNECTIONS
        }  # that is decided with the other uses of the mapping
        if not kinds:
            return
        texts = {"kind": min(kind.value for kind in kinds)}
        if callee is not None:
            texts["callee"] = cst.Module([]).code_for_node(callee)
        self._views.let_be_view(node, kinds, code, **texts)

    def _format(self, node: cst.Call, function: cst.Attribute) -> None:
        """`"{room.connections}".format(room=room)` looks names up when it runs."""
        text = function.value
        if isinstance(text, cst.SimpleString) and not _OLD_FIELD.search(text.value):
            return
        if self._formats_objects(node) and self._formats.decide(node):
            return
        for argument in node.args:
            self._argument(node, argument)

    def _formats_objects(self, node: cst.Call) -> bool:
        """Whether a call is handed something that has old names, or holds it."""
        return any(reachable_kinds(self._inference, self._inference.value(a.value)) for a in node.args)

    def _by_name(self, node: cst.Call) -> None:
        """`getattr(room, name)`: the old names must be there."""
        if len(node.args) < 2:
            return
        value = self._inference.value(node.args[0].value)
        self._hand_over(node.args[0].value, value, "PK201", node.func)

    def _assignment(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if not isinstance(target, (cst.Attribute, cst.Subscript)):
            return
        owners = self._inference.value(target.value)
        if not any(self._is_foreign(atom) for atom in owners):
            return
        given = self._inference.value(value)
        if self._shimmed(given):
            self._hand_over(value, given, "PK205", None)


def _functions_at(node: cst.Call, position: int | None) -> Iterator[cst.BaseExpression]:
    """What may be the function that is called with elements of another argument."""
    place: int | None = 0  # unknown behind a `*`
    for argument in node.args:
        place = None if argument.star == "*" else place
        if argument.star:
            yield argument.value
        elif argument.keyword is not None:
            if argument.keyword.value == "key":
                yield argument.value
        elif position is not None and place in (None, position):
            yield argument.value
        place = None if place is None else place + 1


def _names_in(node: cst.BaseExpression) -> list[str | None]:
    """The names in what `operator.attrgetter` and its like are given; None stands for what is not known."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        text = node.evaluated_value
        return [*text.split(".")] if isinstance(text, str) else []
    return [] if isinstance(node, cst.Integer) else [None]

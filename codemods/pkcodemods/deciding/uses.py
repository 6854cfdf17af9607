"""Deciding what becomes of every use of the old API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import libcst as cst

from pkcodemods.api import NONE, OLD_NAMES, SHIMS, UNKNOWN, Kind, Other, Rule, Value, kinds_in, member
from pkcodemods.connections import ConnectionDecider
from pkcodemods.deciding.argument_uses import ArgumentUses
from pkcodemods.deciding.class_tests import ClassTests
from pkcodemods.deciding.escapes import EscapeFinder
from pkcodemods.deciding.option_uses import OptionUses
from pkcodemods.deciding.shown_code import ShownCode
from pkcodemods.deciding.views import Views
from pkcodemods.findings import problem
from pkcodemods.inference import Inference, functions_only, reachable_kinds
from pkcodemods.plans import HandlerPlan, HelperPlan, Move, UsePlan
from pkcodemods.source import (
    Binding,
    Program,
    SourceModule,
    attribute,
    fitting_string,
    quotes_around,
    replace_attribute,
    replace_by,
)

_SAME_NAME_OTHER_ARGUMENTS = {"list", "fetch", "socket"}
_MAPPING_METHODS = frozenset(dir(Mapping))


class UseDecider:
    """Decides for the uses of the old API in one module."""

    def __init__(
        self,
        program: Program,
        inference: Inference,
        module: SourceModule,
        handlers: list[HandlerPlan],
        helpers: list[HelperPlan],
        pinned: set[Binding],
        shown: ShownCode,
    ) -> None:
        self._pinned = pinned
        self._shown = shown
        self._program = program
        self._inference = inference
        self._module = module
        self._handlers = handlers
        self._plan = UsePlan()
        self._views = Views(self._plan)
        self._gone_rooms = self._rooms_that_go(handlers, helpers)
        options = OptionUses(program, inference, self._plan, self._views)
        self._arguments = ArgumentUses(program, inference, self._plan, self._views)
        self._has_parties = any(
            isinstance(node, cst.Attribute) and node.attr.value == "parties" for node in module.nodes
        )
        self._special: dict[Rule, Callable[[cst.Attribute, Kind], None]] = {
            Rule.CONNECTIONS: lambda node, kind: None,  # decided before
            Rule.READ_ATTACHMENT: self._read_attachment,
            Rule.WRITE_ATTACHMENT: self._write_attachment,
            Rule.LIST_OPTIONS: options.list_options,
            Rule.FETCH_OPTIONS: options.fetch_options,
            Rule.CONNECT: lambda node, kind: self._views.let_be_view(
                node.value, kind, "PK206", word="connect()"
            ),
        }

    def decide(self) -> UsePlan:
        """Decide for every use in the module."""
        for binding in self._gone_rooms:
            for load in binding.loads:
                self._plan.edits[load] = replace_by(attribute(cst.Name("self"), "room"))
        escapes = EscapeFinder(self._program, self._inference, self._plan, self._views, self._pinned)
        kept = escapes.called_back_mappings(self._module)
        connections = ConnectionDecider(
            self._program, self._inference, self._module, self._plan, self._gone_rooms, kept
        )
        undecided = connections.decide()
        classes = ClassTests(self._inference, self._plan, self._views)
        for node in self._module.nodes:
            note = self._shown.note(node, has_handlers=bool(self._handlers))
            self._plan.problems += [note] if note is not None else []
            classes.decide(node)
            if isinstance(node, cst.Attribute):
                self._attribute(node)
            elif isinstance(node, cst.MatchKeywordElement) and node.key.value in OLD_NAMES:
                self._pattern(node)
        for node in undecided:
            room = node.value if isinstance(node, cst.Attribute) else node.args[0].value
            self._views.let_be_view(room, Kind.ROOM, "PK202")
        escapes.find(self._module, kept.intersection(undecided))
        classes.finish(has_views=any(handler.views for handler in self._handlers))
        return self._plan

    def _rooms_that_go(self, handlers: list[HandlerPlan], helpers: list[HelperPlan]) -> set[Binding]:
        """The parameters that go, because `self.room` takes their place."""
        rooms = [self._program.binding(plan.parameter.name) for plan in helpers if not plan.room_alias]
        bindings = {binding for binding in rooms if binding is not None}
        for plan in handlers:
            parameter = plan.room_parameter
            if parameter is None or plan.room_alias or plan.move is Move.DELEGATE:
                continue
            binding = self._program.binding(parameter.name)
            if binding is not None and self._program.module_of(parameter) is self._module:
                bindings.add(binding)
        return bindings

    def _attribute(self, node: cst.Attribute) -> None:
        name = node.attr.value
        value = self._inference.value(node.value)
        if name in self._arguments.names:
            for kind in kinds_in(value):
                self._arguments.decide(node, kind)
        if Kind.PARTIES in value and member(Kind.PARTIES, name) is None:
            self._party_by_name(node, value)
        elif name in OLD_NAMES or name in _SAME_NAME_OTHER_ARGUMENTS:
            self._old_name(node, name, value)

    def _old_name(self, node: cst.Attribute, name: str, value: Value) -> None:
        if node in self._plan.edits:
            return
        kinds = {kind for kind in kinds_in(value) if member(kind, name) is not None}
        if not kinds:
            self._unknown_value(node, name, value)
            return
        meanings = {(found.path, found.rule) for found in (member(kind, name) for kind in kinds) if found}
        path, rule = next(iter(meanings))
        if meanings == {((name,), None)}:
            return
        kind = min(kinds, key=lambda kind: kind.value)
        if len(meanings) > 1 or value - kinds - NONE:
            self._unclear(node, kinds)
        elif self._program.is_stored(node):
            self._views.let_be_view(node.value, kinds, "PK206", word=name)
        elif rule is not None:
            self._special[rule](node, kind)
        else:
            self._plan.edits[node] = replace_attribute(path)

    def _unknown_value(self, node: cst.Attribute, name: str, value: Value) -> None:
        """An old name of a value that may be anything: a parameter of a function that nothing here calls, or
        what the standard library returns."""
        kinds = OLD_NAMES.get(name, frozenset()) & SHIMS.keys()
        if not self._has_parties:
            kinds -= {Kind.STUB, Kind.STUB_SOCKET}
        leaked = Other.STDLIB in value and kinds & self._leaked
        if not kinds or not (not value or value & UNKNOWN or leaked):
            return
        if value or self._handlers:
            self._unclear(node, kinds)

    @cached_property
    def _leaked(self) -> frozenset[Kind]:
        """The kinds that the standard library may return."""
        return reachable_kinds(self._inference, frozenset(self._inference.leaked))

    def _unclear(self, node: cst.Attribute, kinds: Iterable[Kind]) -> None:
        """A party's module reads it from the view; a module of mere helpers keeps the old names."""
        texts = {"attribute": node.attr.value, "kind": min(kind.value for kind in kinds)}
        if self._handlers:
            self._views.let_be_view(node.value, kinds, "PK208", **texts)
        else:
            self._plan.problems.append(problem("PK108", node, **texts))

    def _pattern(self, node: cst.MatchKeywordElement) -> None:
        """`case PartyKitRoom(internalID=name)`"""
        around = self._program.parents[node]
        assert isinstance(around, cst.MatchClass)
        kinds = kinds_in(self._inference.annotations.value(around.cls))
        members = {member(kind, node.key.value) for kind in kinds}
        found = members.pop() if len(members) == 1 else None
        if found is None or found.rule is not None or len(found.path) != 1:
            kind = min((kind.value for kind in kinds), default="value")
            self._plan.problems.append(problem("PK112", node, word=f"{kind} in a pattern"))
            return
        name = cst.Name(found.path[0])
        self._plan.edits[node] = lambda updated: updated.with_changes(key=name)

    def _party_by_name(self, node: cst.Attribute, value: Value) -> None:
        """`parties.chat` as `parties["chat"]`."""
        name = node.attr.value
        if name in _MAPPING_METHODS or name.startswith("_"):
            return
        key = fitting_string(name, quotes_around(self._program, node))
        if value - NONE != {Kind.PARTIES} or self._program.is_stored(node) or key is None:
            self._plan.problems.append(problem("PK112", node, word=Kind.PARTIES.value))
            return
        self._plan.edits[node] = lambda updated: cst.Subscript(
            updated.value,
            [cst.SubscriptElement(cst.Index(key))],
            lpar=updated.lpar,
            rpar=updated.rpar,
        )

    def _read_attachment(self, node: cst.Attribute, kind: Kind) -> None:
        parent = self._program.parents[node]
        if isinstance(parent, cst.Call) and parent.func is node and not parent.args:
            self._plan.edits[parent] = lambda updated: replace_attribute(("state",))(
                updated.func.with_changes(
                    lpar=[*updated.lpar, *updated.func.lpar], rpar=[*updated.func.rpar, *updated.rpar]
                )
            )
        else:
            self._views.let_be_view(node.value, kind, "PK206", word=node.attr.value)

    def _write_attachment(self, node: cst.Attribute, kind: Kind) -> None:
        parent = self._program.parents[node]
        if isinstance(parent, cst.Call) and parent.func is node and len(parent.args) == 1:
            argument = parent.args[0]
            used = self._program.parents[parent]
            is_data = not functions_only(self._inference.value(argument.value))
            if is_data and argument.keyword is None and isinstance(used, (cst.Expr, cst.Lambda)):
                self._plan.edits[node] = replace_attribute(("set_state",))
                return
        self._views.let_be_view(node.value, kind, "PK206", word=node.attr.value)

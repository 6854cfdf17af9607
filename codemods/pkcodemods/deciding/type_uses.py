"""Deciding what becomes of the types of `partykit.server`: in code, string annotations and type comments."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from pkcodemods.api import PLATFORM_NAMES, SERVER_TYPE, TYPES
from pkcodemods.deciding.new_names import PartyserverNames, import_binding, is_for_typing
from pkcodemods.deciding.type_positions import is_type_position
from pkcodemods.findings import problem
from pkcodemods.inference import AnnotationReader
from pkcodemods.plans import PartyPlan, UsePlan
from pkcodemods.source import (
    Program,
    Role,
    Scope,
    SourceModule,
    descendants,
    dotted_name,
    expression,
    fitting_string,
    parse_text,
    quotes_around,
    replace_by,
)

_OWN_NAMES = ("__name__", "__qualname__")


class TypeUses:
    """Decides for the types in one module.

    Args:
        program: the modules.
        module: the module.
        annotations: reads names off annotations.
        names: what the module calls the classes of `partyserver`.
        plan: takes the edits.
        parties: the module's parties; if all become classes, so does the type of the object.
        leaving: lines that go.
    """

    def __init__(
        self,
        program: Program,
        module: SourceModule,
        annotations: AnnotationReader,
        names: PartyserverNames,
        plan: UsePlan,
        parties: Sequence[PartyPlan],
        leaving: Collection[cst.CSTNode] = (),
    ) -> None:
        self._program = program
        self._module = module
        self._annotations = annotations
        self._names = names
        self._plan = plan
        self._own: set[cst.CSTNode | None] = {
            line
            for party in parties
            if party.becomes_class
            for line in (party.party.assignment, *party.party.lines)
        } | {*leaving}
        self._all_become_classes = all(party.becomes_class for party in parties)

    def decide(self) -> None:
        """Plan the edits."""
        values = [node for node in self._module.nodes if self._is_object_type_as_value(node)]
        self._plan.problems += [problem("PK207", node) for node in values]
        self._all_become_classes &= not values  # the object's type is still in use
        for node in self._module.nodes:
            if isinstance(node, (cst.Name, cst.Attribute)):
                self._expression(node)
        strings = dict(self._module.builder.annotation_strings)
        for node in self._module.nodes:
            if not isinstance(node, cst.SimpleString) or node in strings:
                continue
            if is_type_position(self._program, node):
                strings[node] = self._program.scope_at(node)
        for string, scope in strings.items():
            self._string(string, scope)

    def _expression(self, node: cst.Name | cst.Attribute) -> None:
        legacy = self._annotations.legacy_name(node)
        if legacy == SERVER_TYPE:
            self._object_type(node)
        if legacy not in TYPES or self._is_store(node):
            return
        parent = self._program.parents.get(node)
        if isinstance(parent, cst.Attribute) and parent.attr.value in _OWN_NAMES:
            text = fitting_string(PLATFORM_NAMES[TYPES[legacy]], quotes_around(self._program, parent))
            if text is not None:  # else the old import stays, and is reported
                self._plan.edits[parent] = replace_by(text)
            return
        binding = import_binding(self._program, node)
        typing = False
        if binding is not None:
            store = binding.stores[0]
            typing = all(is_for_typing(self._program, store.node) for store in binding.stores)
            aliased = isinstance(store.node, cst.ImportAlias) and store.node.asname is not None
            if aliased and isinstance(node, cst.Name):
                return  # the alias stays
        local = self._names.local(TYPES[legacy][0], typing=typing)
        if not isinstance(node, cst.Name) or node.value != local:
            self._plan.edits[node] = replace_by(cst.Name(local))

    def _object_type(self, node: cst.Name | cst.Attribute) -> None:
        """The type of the object becomes that of the class."""
        if self._all_become_classes and not self._is_store(node) and not self._is_of_party(node):
            self._plan.edits[node] = replace_by(expression(self._class_type()))

    def _is_object_type_as_value(self, node: cst.CSTNode) -> bool:
        """Whether the type of the object is more than a type: called, or a base."""
        return (
            self._all_become_classes
            and isinstance(node, (cst.Name, cst.Attribute))
            and self._annotations.legacy_name(node) == SERVER_TYPE
            and not self._is_store(node)
            and not self._is_of_party(node)
            and not is_type_position(self._program, node)
        )

    def _is_of_party(self, node: cst.CSTNode) -> bool:
        """Whether an expression goes with the object of a party."""
        return any(around in self._own for around in self._program.ancestors(node))

    def _class_type(self) -> str:
        return f"type[{self._names.local('PartyServer')}]"

    def _is_store(self, node: cst.CSTNode) -> bool:
        binding = self._program.binding(node)
        return binding is not None and any(store.name is node for store in binding.stores)

    def _string(self, string: cst.SimpleString, scope: Scope) -> None:
        text = string.raw_value
        inside = parse_text(text)
        if inside is None:
            return
        new = self.rename_in(inside, scope)
        if new is not None:
            quoted = f"{string.prefix}{string.quote}{new}{string.quote}"
            self._plan.edits[string] = lambda updated: updated.with_changes(value=quoted)

    def rename_in(self, types: cst.BaseExpression, scope: Scope) -> str | None:
        """The source of an expression of types with the new names; None if there are no old ones."""
        renames: dict[cst.CSTNode, str] = {}
        for node in descendants(types):
            dotted = _dotted(node)
            legacy = self._annotations.legacy_name_in_string(dotted, scope) if dotted else None
            if legacy == SERVER_TYPE and self._all_become_classes:
                renames[node] = self._class_type()
            if legacy not in TYPES:
                continue
            new = TYPES[legacy][0]
            owner = scope.owner(dotted.partition(".")[0])
            store = owner.bindings[dotted.partition(".")[0]].stores[0] if owner is not None else None
            aliased = (
                store is not None
                and store.role is Role.IMPORT
                and isinstance(store.node, cst.ImportAlias)
                and store.node.asname is not None
                and "." not in dotted
            )
            if not aliased:
                typing = store is not None and is_for_typing(self._program, store.node)
                renames[node] = self._names.local(new, typing=typing)
        if not renames:
            return None

        class Rename(cst.CSTTransformer):
            def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
                new_name = renames.get(original_node)
                return updated_node if new_name is None else cst.parse_expression(new_name)

        return cst.Module([]).code_for_node(types.visit(Rename()))  # type: ignore[arg-type]


def _dotted(node: cst.CSTNode) -> str:
    return dotted_name(node) or ""

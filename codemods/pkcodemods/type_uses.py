"""Deciding what becomes of the types of `partykit.server`: in code, string annotations and type comments."""

from __future__ import annotations

import libcst as cst

from pkcodemods.annotations import AnnotationReader
from pkcodemods.child_nodes import descendants
from pkcodemods.edits import replace_by
from pkcodemods.partyserver_names import PartyserverNames, import_binding, is_for_typing
from pkcodemods.plans import UsePlan
from pkcodemods.program import Program, SourceModule, dotted_name
from pkcodemods.scopes import Role, Scope
from pkcodemods.vocabulary import TYPES


class TypeUses:
    """Decides for the types in one module."""

    def __init__(
        self,
        program: Program,
        module: SourceModule,
        annotations: AnnotationReader,
        names: PartyserverNames,
        plan: UsePlan,
    ) -> None:
        self._program = program
        self._module = module
        self._annotations = annotations
        self._names = names
        self._plan = plan

    def decide(self) -> None:
        """Plan the edits."""
        for node in self._module.nodes:
            if isinstance(node, (cst.Name, cst.Attribute)):
                self._expression(node)
        for string, scope in self._module.builder.annotation_strings:
            self._string(string, scope)

    def _expression(self, node: cst.Name | cst.Attribute) -> None:
        legacy = self._annotations.legacy_name(node)
        if legacy not in TYPES or self._is_store(node):
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

    def _is_store(self, node: cst.CSTNode) -> bool:
        binding = self._program.binding(node)
        return binding is not None and any(store.name is node for store in binding.stores)

    def _string(self, string: cst.SimpleString, scope: Scope) -> None:
        text = string.raw_value
        try:
            expression = cst.parse_expression(text)
        except cst.ParserSyntaxError:
            return
        new = self.rename_in(expression, scope)
        if new is not None:
            quoted = f"{string.prefix}{string.quote}{new}{string.quote}"
            self._plan.edits[string] = lambda updated: updated.with_changes(value=quoted)

    def rename_in(self, expression: cst.BaseExpression, scope: Scope) -> str | None:
        """The source of an expression of types with the new names; None if there are no old ones."""
        renames: dict[cst.CSTNode, str] = {}
        for node in descendants(expression):
            dotted = _dotted(node)
            new = self._annotations.named_in_string(dotted, scope) if dotted else None
            if new is None:
                continue
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
                renames[node] = self._names.local(new[0], typing=typing)
        if not renames:
            return None

        class Rename(cst.CSTTransformer):
            def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
                new_name = renames.get(original_node)
                return updated_node if new_name is None else cst.Name(new_name)

        return cst.Module([]).code_for_node(expression.visit(Rename()))  # type: ignore[arg-type]


def _dotted(node: cst.CSTNode) -> str:
    return dotted_name(node) or ""

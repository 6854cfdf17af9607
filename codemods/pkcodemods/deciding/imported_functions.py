"""Functions of other modules that a party's methods call: what they are called here, and their imports."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import libcst as cst

from pkcodemods.parties import Entry, Party
from pkcodemods.plans import HandlerPlan
from pkcodemods.source import (
    AddedImport,
    Binding,
    Edit,
    ModuleNames,
    ModulePaths,
    Program,
    Role,
    SourceModule,
    attribute,
)


class ImportedFunctions:
    """Finds names for the handlers that a module's parties take from objects of other modules."""

    def __init__(self, program: Program, module: SourceModule, names: ModuleNames) -> None:
        self._program = program
        self._module = module
        self._names = names
        self._paths = ModulePaths(program, module)
        self._imports: dict[Binding, AddedImport] = {}

    def expression(self, party: Party, entry: Entry) -> cst.BaseExpression | None:
        """How the module calls a handler of another one; None if it cannot."""
        source = self._program.module_of(entry.element)
        binding = self._program.binding(entry.value)
        if source.name is None or self._program.module_named(source.name) is not source:
            return None  # it stays as it is
        if binding is None or not isinstance(entry.value, cst.Name) or binding.scope is not source.scope:
            return None
        store = binding.sole_store()
        if store is None or store.role not in (Role.FUNCTION, Role.IMPORT):
            return None
        owner = self._owner(party, source)
        if owner is not None:
            return attribute(owner, binding.name)
        known = self._imports.get(binding)
        if known is None:
            path = self._paths.text_for(source.name)
            if path is None:
                return None
            local = self._names.take(binding.name, f"{source.name.rpartition('.')[2]}_{binding.name}")
            known = self._imports[binding] = AddedImport(path, binding.name, local)
        return cst.Name(known.local)

    def _owner(self, party: Party, source: SourceModule) -> cst.BaseExpression | None:
        """The module as it is called where its object is read: `handlers` of `handlers.COMMON`."""
        for node, binding in party.taken.items():
            is_here = self._program.module_of(node) is self._module
            if is_here and binding.scope is source.scope and isinstance(node, cst.Attribute):
                return node.value
        return None

    def needed(self, handlers: Iterable[HandlerPlan]) -> list[AddedImport]:
        """The imports that the calls of some handlers need."""
        called = {handler.call.value for handler in handlers if isinstance(handler.call, cst.Name)}
        return [each for each in self._imports.values() if each.local in called]

    def instead_of(
        self, taken: Collection[cst.CSTNode], needed: list[AddedImport], pinned: Collection[Binding]
    ) -> tuple[dict[cst.CSTNode, Edit], list[AddedImport]]:
        """The imports of objects that are read no more, with functions in their places.

        Args:
            taken: the reads of the objects.
            needed: the imports of functions.
            pinned: names that must stay.

        Returns:
            What takes the place of which alias, and the imports that are left to be made.
        """
        edits: dict[cst.CSTNode, Edit] = {}
        left = list(needed)
        for binding in {self._program.binding(node) for node in taken} - {None}:
            assert binding is not None
            store = binding.sole_store()
            if store is None or store.role is not Role.IMPORT or binding in pinned:
                continue
            if not set(binding.loads) <= set(taken):
                continue
            source = self._program.module_named(self._program.import_name(store).rpartition(".")[0])
            own = [
                b for b, each in self._imports.items() if each in left and source and b.scope is source.scope
            ]
            if own:
                first = self._imports[own[0]]
                left.remove(first)
                edits[store.node] = _renamed(first)
        return edits, left


def _renamed(added: AddedImport) -> Edit:
    assert added.name is not None
    name, local = cst.Name(added.name), cst.AsName(cst.Name(added.local))
    return lambda alias: alias.with_changes(name=name, asname=None if added.local == added.name else local)

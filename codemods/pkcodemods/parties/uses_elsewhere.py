"""What the modules of a program use of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.parties.export_reads import is_object_read
from pkcodemods.source import Binding, Program, Role, SourceModule, Store, named_in_strings


@dataclass(frozen=True, slots=True)
class OutsideRead:
    """A read of a name from another module than the one that defines it.

    Attributes:
        module: the module that reads.
        node: the name or attribute that reads.
        imports: the imports that bring the name there, the reader's own first; none for `module.name`.
        needs_object: whether it reads the name as an object, for which a class would not do.
    """

    module: SourceModule
    node: cst.CSTNode
    imports: tuple[Store, ...]
    needs_object: bool


@dataclass(slots=True)
class OutsideUses:
    """The bindings of a program's modules that others use.

    Attributes:
        pinned: the bindings that must stay bound.
        reads: for each binding, where other modules read it.
    """

    pinned: set[Binding] = field(default_factory=set)
    reads: dict[Binding, list[OutsideRead]] = field(default_factory=lambda: defaultdict(list))


def outside_uses(program: Program) -> OutsideUses:
    """Find what the modules of a program use of each other."""
    uses = OutsideUses()
    for module in program.modules:
        for node in module.nodes:
            if isinstance(node, cst.ImportFrom):
                _imported(program, module, node, uses)
            elif isinstance(node, (cst.Attribute, cst.Name)):
                _named(program, module, node, uses)
        _pin(uses, named_in_strings(program, module))
    return uses


def _pin(uses: OutsideUses, taken: Iterable[tuple[SourceModule, str | None]]) -> None:
    """Let names of modules stay bound, or all that are theirs where it is not known which is taken."""
    for source, name in taken:
        bindings = source.scope.bindings
        if name is None:
            uses.pinned.update(filter(_is_own, bindings.values()))
        elif name in bindings:
            uses.pinned.add(bindings[name])


def _imported(program: Program, module: SourceModule, node: cst.ImportFrom, uses: OutsideUses) -> None:
    if isinstance(node.names, cst.ImportStar):
        source = program.module_named(program.canonical(module.imported_module(node), module))
        if source is not None:
            read = {part.value for part in module.nodes if isinstance(part, cst.Name)}
            uses.pinned |= {
                exported
                for name, exported in source.scope.bindings.items()
                if not name.startswith("_") and (name in read or _is_own(exported))
            }
        return
    for alias in node.names:
        bound = alias.asname.name if alias.asname is not None else alias.name
        binding = program.binding(bound)
        store = next((s for s in binding.stores if s.node is alias), None) if binding is not None else None
        if binding is None or store is None:
            continue
        chain = _chain(program, store)
        if not node.relative:  # which may mean a module of that name elsewhere
            name = f"{module.imported_module(node)}.{alias.evaluated_name}"
            _pin(uses, ((source, taken) for source, taken in program.meant(name, module) if taken))
        if not chain:
            continue
        *between, target = chain
        stores = (store, *(found for b in between if (found := program.import_of(b)) is not None))
        uses.pinned.update(chain)
        for load in binding.loads:
            needs = is_object_read(program, load)
            uses.reads[target].append(OutsideRead(module, load, stores, needs))


def _chain(program: Program, store: Store) -> list[Binding]:
    """The bindings that an import goes through, up to the one that defines the name."""
    chain: list[Binding] = []
    current: Store | None = store
    while current is not None:
        binding = program.imported_binding(current)
        if binding is None or binding in chain:
            break
        chain.append(binding)
        current = program.import_of(binding)
    return chain


def _named(program: Program, module: SourceModule, node: cst.Attribute | cst.Name, uses: OutsideUses) -> None:
    """`module.name`, and a module that is handed on, all of whose names may be used then."""
    name = program.qualified_name(node)
    if name is None:
        return
    owner, _, attribute = name.rpartition(".")
    between = program.module_named(owner)
    if between is not None and between is not module and attribute in between.scope.bindings:
        uses.pinned.add(between.scope.bindings[attribute])  # an import, perhaps, of what that resolves to
    name = program.resolved(name)
    owner, _, attribute = name.rpartition(".")
    source = program.module_named(owner)
    if source is not None and source is not module and attribute in source.scope.bindings:
        is_import = isinstance(node, cst.Name) and program.binding(node) is not None
        if not is_import:
            binding = source.scope.bindings[attribute]
            uses.pinned.add(binding)
            read = OutsideRead(module, node, (), is_object_read(program, node))
            uses.reads[binding].append(read)
        return
    handed_on = program.module_named(name)
    if handed_on is None or handed_on is module or _is_store(program, node):
        return
    if not isinstance(program.parents[node], (cst.Attribute, cst.ImportAlias, cst.AsName)):
        uses.pinned.update(filter(_is_own, handed_on.scope.bindings.values()))


def _is_own(binding: Binding) -> bool:
    """Whether a name is more than what an import brings."""
    return any(store.role is not Role.IMPORT for store in binding.stores)


def _is_store(program: Program, node: cst.CSTNode) -> bool:
    binding = program.binding(node)
    return binding is not None and any(
        store.name is node and store.role is Role.IMPORT for store in binding.stores
    )

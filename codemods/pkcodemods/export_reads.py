"""Where code reads an export, and whether it reads it as an object."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import libcst as cst

from pkcodemods.party import Party
from pkcodemods.program import Program
from pkcodemods.result import Form
from pkcodemods.scopes import Binding, Role

_TAKES_CLASSES = ("partyserver.", "pkcompat.")


def object_reads(program: Program, party: Party, taken: Collection[cst.CSTNode] = ()) -> list[cst.CSTNode]:
    """The reads of a party's export that need the object: a class would not do.

    Args:
        program: the modules.
        party: the party.
        taken: reads that only give parties their handlers, and go.
    """
    names = [*party.bindings, *party.aliases]
    seen = set(names)
    reads = [read for binding in names for read in _object_reads(program, binding, seen)]
    return [read for read in reads if read not in taken]


def called_handlers(
    program: Program, party: Party, reads: Iterable[cst.CSTNode]
) -> dict[cst.CSTNode, cst.Name] | None:
    """What takes the places of `default["onMessage"]` where that is called; None if there are other reads.

    Args:
        program: the modules.
        party: the party.
        reads: where its export is read as an object.
    """
    functions = {entry.key: entry.value for entry in party.entries}
    found: dict[cst.CSTNode, cst.Name] = {}
    for read in reads:
        part, key = _part_read(program, party, read)
        call = program.parents.get(part) if part is not None else None
        function = functions.get(key) if key is not None else None
        if part is None or not isinstance(call, cst.Call) or call.func is not part:
            return None
        if not isinstance(function, cst.Name) or not _means_the_same(program, function, part):
            return None
        found[part] = function
    return found


def _part_read(
    program: Program, party: Party, read: cst.CSTNode
) -> tuple[cst.BaseExpression | None, str | None]:
    """The expression that takes a handler out of the object, and its key: `read["key"]`, `read.get(key)`."""
    part = program.parents[read]
    if isinstance(part, cst.Subscript) and part.value is read and len(part.slice) == 1:
        index = part.slice[0].slice
        return part, _text(index.value) if isinstance(index, cst.Index) else None
    if not isinstance(part, cst.Attribute) or part.value is not read:
        return None, None
    if party.form is Form.NAMESPACE:
        return part, part.attr.value
    got = program.parents[part]
    if part.attr.value == "get" and isinstance(got, cst.Call) and got.func is part and len(got.args) == 1:
        return got, _text(got.args[0].value)
    return None, None


def _text(node: cst.BaseExpression) -> str | None:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None


def _means_the_same(program: Program, name: cst.Name, place: cst.CSTNode) -> bool:
    """Whether a name of a function of the module, defined once, means that at a place, too."""
    binding = program.binding(name)
    store = binding.sole_store() if binding is not None else None
    return (
        binding is not None
        and store is not None
        and store.role is Role.FUNCTION
        and program.parents[store.node] is program.module_of(place).tree
        and program.scope_at(place).owner(name.value) is binding.scope
    )


def _object_reads(program: Program, binding: Binding, seen: set[Binding]) -> list[cst.CSTNode]:
    reads: list[cst.CSTNode] = []
    for load in binding.loads:
        aliases = aliases_of(program, load)
        new = [alias for alias in aliases if alias not in seen]
        seen.update(new)
        is_read = [bool(_object_reads(program, alias, seen)) for alias in new]
        if any(is_read) or (not aliases and not takes_class(program, load)):
            reads.append(load)
    return reads


def is_object_read(program: Program, node: cst.CSTNode) -> bool:
    """Whether a single read needs the object."""
    aliases = aliases_of(program, node)
    if aliases:
        return any(_object_reads(program, alias, {*aliases}) for alias in aliases)
    return not isinstance(program.parents[node], cst.Del) and not takes_class(program, node)


def aliases_of(program: Program, load: cst.CSTNode) -> list[Binding]:
    """The other names that a plain assignment gives the export; none if it also puts it elsewhere."""
    parent = program.parents[load]
    targets: list[cst.CSTNode] = []
    if isinstance(parent, cst.AnnAssign) and parent.value is load:
        targets = [parent.target]
    elif isinstance(parent, cst.Assign) and parent.value is load:
        targets = [target.target for target in parent.targets]
    found = [program.binding(target) for target in targets]
    return [binding for binding in found if binding is not None] if None not in found else []


def takes_class(program: Program, load: cst.CSTNode) -> bool:
    """Whether a read hands the export to something that takes a class as well."""
    for around in program.ancestors(load):
        if isinstance(around, cst.Call):
            name = program.qualified_name(around.func)
            if name is not None and name.startswith(_TAKES_CLASSES):
                return True
        if isinstance(around, cst.BaseStatement):
            return False
    return False

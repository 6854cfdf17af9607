"""Where code reads an export, and whether it reads it as an object."""

from __future__ import annotations

import libcst as cst

from pkcodemods.party import Party
from pkcodemods.program import Program
from pkcodemods.scopes import Binding

_TAKES_CLASSES = ("partyserver.", "pkcompat.")


def object_reads(program: Program, party: Party) -> list[cst.CSTNode]:
    """The reads of a party's export that need the object: a class would not do."""
    names = [*party.bindings, *party.aliases]
    seen = set(names)
    return [read for binding in names for read in _object_reads(program, binding, seen)]


def _object_reads(program: Program, binding: Binding, seen: set[Binding]) -> list[cst.CSTNode]:
    reads: list[cst.CSTNode] = []
    for load in binding.loads:
        alias = _alias(program, load)
        if alias is not None:
            if alias not in seen:
                seen.add(alias)
                if _object_reads(program, alias, seen):
                    reads.append(load)
        elif not _takes_class(program, load):
            reads.append(load)
    return reads


def is_object_read(program: Program, node: cst.CSTNode) -> bool:
    """Whether a single read needs the object."""
    alias = _alias(program, node)
    if alias is not None:
        return bool(_object_reads(program, alias, {alias}))
    return not isinstance(program.parents[node], cst.Del) and not _takes_class(program, node)


def _alias(program: Program, load: cst.CSTNode) -> Binding | None:
    """The other name that a plain assignment gives the export."""
    parent = program.parents[load]
    if isinstance(parent, cst.AnnAssign) and parent.value is load:
        return program.binding(parent.target)
    if isinstance(parent, cst.Assign) and parent.value is load and len(parent.targets) == 1:
        return program.binding(parent.targets[0].target)
    return None


def _takes_class(program: Program, load: cst.CSTNode) -> bool:
    """Whether a read hands the export to something that takes a class as well."""
    for around in program.ancestors(load):
        if isinstance(around, cst.Call):
            name = program.qualified_name(around.func)
            if name is not None and name.startswith(_TAKES_CLASSES):
                return True
        if isinstance(around, cst.BaseStatement):
            return False
    return False

"""Where code reads an export, and whether it reads it as an object."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from pkcodemods.party import Party
from pkcodemods.program import Program
from pkcodemods.scopes import Binding

_TAKES_CLASSES = ("partyserver.", "pkcompat.")


@dataclass(frozen=True, slots=True)
class ExportReads:
    """The reads of an export.

    Attributes:
        as_object: those that need the object.
        last: the last statement of the module that reads it so while the module is imported; None if
            functions alone do.
    """

    as_object: list[cst.CSTNode]
    last: cst.CSTNode | None


def reads_of(program: Program, party: Party) -> ExportReads:
    """Sort the reads of a party's export."""
    if party.binding is None:
        return ExportReads([], None)
    reads = _object_reads(program, party, party.binding, set())
    body: list[cst.CSTNode] = list(party.module.tree.body)
    tops = []
    for read in reads:
        around = list(program.ancestors(read))
        if not any(isinstance(node, (cst.FunctionDef, cst.Lambda)) for node in around):
            tops.append(next((node for node in around if node in body), body[-1]))
    return ExportReads(reads, max(tops, key=body.index) if tops else None)


def _object_reads(program: Program, party: Party, binding: Binding, seen: set[Binding]) -> list[cst.CSTNode]:
    if binding in seen:
        return []
    seen.add(binding)
    reads: list[cst.CSTNode] = []
    for load in binding.loads:
        alias = _alias(program, load)
        if alias is not None:
            if _object_reads(program, party, alias, seen):
                reads.append(load)
        elif not _takes_class(program, load):
            reads.append(load)
    return reads


def _alias(program: Program, load: cst.CSTNode) -> Binding | None:
    """The other name that a plain assignment gives the export."""
    parent = program.parents[load]
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

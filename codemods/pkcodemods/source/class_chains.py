"""The classes of a program and their bases: in which order attributes are looked up."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from pkcodemods.source.program import Program
from pkcodemods.source.scopes import Binding, Role

HARMLESS_BASES = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"}
    | {"typing_extensions.Generic", "typing_extensions.Protocol"}
)
"""Bases from outside of a program that bring no handlers."""


def definition_of(program: Program, node: cst.CSTNode) -> Binding | None:
    """The binding that defines what `name`, `module.name` or `name[T]` names, in whichever module."""
    if isinstance(node, cst.Subscript):
        node = node.value
    binding = program.definition(node)
    if binding is None and isinstance(node, cst.Attribute):
        owner, _, name = (program.qualified_name(node) or "").rpartition(".")
        module = program.module_named(owner)
        binding = module.scope.bindings.get(name) if module is not None else None
        if binding is not None and (store := binding.sole_store()) is not None:
            return program.definition(store.name) if store.role is Role.IMPORT else binding
    return binding


def defined_class(program: Program, node: cst.CSTNode) -> cst.ClassDef | None:
    """The class of the program that an expression names."""
    binding = definition_of(program, node)
    store = binding.sole_store() if binding is not None else None
    if store is None or store.role is not Role.CLASS:
        return None
    assert isinstance(store.node, cst.ClassDef)
    return store.node


def bases_of(program: Program, node: cst.ClassDef) -> list[cst.ClassDef]:
    """The bases of a class that are classes of the program."""
    found = (defined_class(program, base.value) for base in node.bases)
    return [base for base in found if base is not None and base is not node]


def foreign_base(program: Program, node: cst.ClassDef) -> cst.BaseExpression | None:
    """The first base of a class that is neither of the program nor known to bring no handlers."""
    for base in node.bases:
        value = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        if base.star or (
            defined_class(program, value) is None and program.qualified_name(value) not in HARMLESS_BASES
        ):
            return base.value
    return None


def has_usual_metaclass(program: Program, node: cst.ClassDef) -> bool:
    """Whether a class has no keywords but `metaclass=ABCMeta`."""
    return all(
        keyword.keyword is not None
        and keyword.keyword.value == "metaclass"
        and program.qualified_name(keyword.value) == "abc.ABCMeta"
        for keyword in node.keywords
    )


def is_protocol(program: Program, node: cst.ClassDef) -> bool:
    """Whether a class is a `Protocol`, whose bases may only be protocols."""
    for base in node.bases:
        value = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        if (program.qualified_name(value) or "").endswith(".Protocol"):
            return True
    return False


def lookup_order(program: Program, node: cst.ClassDef) -> list[cst.ClassDef]:
    """A class of the program and those of its bases that are, too, as Python looks attributes up (C3)."""
    return _lookup_order(program, node, ())


def _lookup_order(
    program: Program, node: cst.ClassDef, heirs: tuple[cst.ClassDef, ...]
) -> list[cst.ClassDef]:
    bases = [base for base in bases_of(program, node) if base not in heirs]
    orders = [_lookup_order(program, base, (*heirs, node)) for base in bases]
    return [node, *_merged([*orders, bases])]


def _merged(orders: Sequence[Sequence[cst.ClassDef]]) -> list[cst.ClassDef]:
    result: list[cst.ClassDef] = []
    waiting = [list(order) for order in orders if order]
    while waiting:
        heads = [order[0] for order in waiting]
        behind = {item for order in waiting for item in order[1:]}
        chosen = next((head for head in heads if head not in behind), heads[0])
        result.append(chosen)
        waiting = [rest for order in waiting if (rest := [item for item in order if item is not chosen])]
    return result

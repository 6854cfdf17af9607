"""Finds parties in the class form, in a source that is not imported."""

from __future__ import annotations

import ast

_BASE = "PartyServer"


def class_parties(source: bytes) -> list[str]:
    """The names of the classes that derive from `PartyServer`, in source order, but for those from which
    another of them derives. A source that cannot be read has none."""
    if _BASE.encode() not in source:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    bases: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            named = {_name(base) for base in node.bases}
            if _BASE in named or named & bases.keys():
                bases[node.name] = named
    derived = set().union(*bases.values())
    return [name for name in bases if name not in derived]


def _name(base: ast.expr) -> str:
    if isinstance(base, ast.Subscript):
        base = base.value
    if isinstance(base, ast.Attribute):
        return base.attr
    return base.id if isinstance(base, ast.Name) else ""

"""Deciding whether a class of handlers can become the party itself."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from pkcodemods.child_nodes import descendants
from pkcodemods.findings import Problem, problem
from pkcodemods.function_traits import introspection, uses_name
from pkcodemods.inference import Inference
from pkcodemods.kinds import ClassObject, Instance
from pkcodemods.party import Entry, Party
from pkcodemods.program import Program
from pkcodemods.scopes import Role

_HARMLESS = ("__repr__", "__str__", "__format__")
TAKEN = ("room", "options", "on_start", "get_connection_tags")


def objection_to(program: Program, inference: Inference, party: Party) -> Problem | None:
    """Why the handler class of a party cannot become the party, if so.

    One object serves all rooms, an instance of the class form serves one: a class that keeps something on
    `self` would no longer share it.
    """
    node = party.handler_class
    assert node is not None
    assert isinstance(party.value, cst.Call)
    what = (
        _objection_to_class(program, party, node)
        or _objection_to_methods(program, party, node)
        or _objection_to_uses(program, inference, party, node)
    )
    return None if what is None else problem("PK109", node, name=node.name.value, what=what)


def _objection_to_class(program: Program, party: Party, node: cst.ClassDef) -> str | None:
    assert isinstance(party.value, cst.Call)
    bases = [base for base in node.bases if program.qualified_name(base.value) != "builtins.object"]
    if bases or node.keywords:
        return "it has a base class of its own"
    if node.decorators:
        return "it has a decorator"
    if party.value.args:
        return "it is made with arguments"
    if program.parents[node] is not party.module.tree or not isinstance(node.body, cst.IndentedBlock):
        return "it is not a plain class of the module"
    binding = party.module.scope.bindings[node.name.value]
    if len(binding.stores) != 1 or binding.loads != [party.value.func]:
        return "it is used in other places too"
    names = program.scope_of(node).bindings
    for name in TAKEN:
        if name in names:
            return f"its `{name}` would be taken for PartyServer's"
    if "__init__" in names or "__new__" in names:
        return "its constructor runs once for all rooms, that of a PartyServer once a room"
    for name, member in names.items():
        is_special = name.startswith("__") and name.endswith("__") and name not in _HARMLESS
        if is_special and any(store.role is Role.FUNCTION for store in member.stores):
            return f"its `{name}` would change what a PartyServer does"
    looked_up = introspection(program, node)
    if looked_up is not None:
        return f"`{looked_up}` would find another class than it does"
    return None


def _objection_to_methods(program: Program, party: Party, node: cst.ClassDef) -> str | None:
    entries = {entry.key: entry for entry in party.entries}
    for statement in node.body.body:
        if not isinstance(statement, cst.FunctionDef):
            continue
        first = next(iter((*statement.params.posonly_params, *statement.params.params)), None)
        entry = entries.get(statement.name.value)
        if is_static_method(program, statement):
            if entry is not None and uses_name(program, statement, "self"):
                return f"`{entry.key}` has a `self` of its own"
            continue
        if entry is not None and (statement.decorators or first is None or first.name.value != "self"):
            return f"`{entry.key}` is no plain method"
        if entry is not None and isinstance(statement.params.star_arg, cst.Param):
            return f"`{entry.key}` takes all that the object form offers"
        if first is None:
            continue
        what = _objection_to_self(program, first, entry, entries.keys())
        if what is not None:
            return what
    return None


def is_static_method(program: Program, function: cst.FunctionDef) -> bool:
    """Whether a method is a `@staticmethod`, under no other decorator."""
    return len(function.decorators) == 1 and (
        program.qualified_name(function.decorators[0].decorator) == "builtins.staticmethod"
    )


def _objection_to_self(
    program: Program, first: cst.Param, entry: Entry | None, keys: Collection[str]
) -> str | None:
    binding = program.binding(first.name)
    if binding is None or len(binding.stores) != 1:
        return "it binds `self` anew"
    if entry is not None and entry.handler.static and binding.loads:
        return f"`{entry.key}` uses `self`, and knows no room in the class form"
    for load in binding.loads:
        parent = program.parents[load]
        if not isinstance(parent, cst.Attribute):
            return "it hands `self` on"
        if parent.attr.value in keys:
            return f"`{parent.attr.value}` is called by other code too"
        if program.is_stored(parent):
            return f"`self.{parent.attr.value}` is shared by all rooms, and would be each room's own"
    return None


def _objection_to_uses(
    program: Program, inference: Inference, party: Party, node: cst.ClassDef
) -> str | None:
    keys = {entry.key for entry in party.entries}
    for module in program.modules:
        for use in descendants(module.tree):
            if not isinstance(use, cst.Attribute) or use.attr.value not in keys:
                continue
            if {Instance(node), ClassObject(node)} & inference.value(use.value):
                return f"`{use.attr.value}` is called by other code too"
    return None

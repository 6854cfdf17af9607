"""`self.getConnectionTags = f`: tags that an instance gets while it is built; the platform refuses it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods.api import TAGS_SPELLINGS
from pkcodemods.parties.party import Party
from pkcodemods.source import Program, constant_string, descendants, may_be_called

_MAKING = ("__new__", "__init__", "__post_init__")


def tags_given(program: Program, party: Party) -> Iterator[tuple[cst.CSTNode, str]]:
    """Where a party that is an instance gets connection tags before it is served, with the attribute's name.

    Args:
        program: the modules.
        party: the party; its class's chain is known.
    """
    for method in _run_while_made(program, party):
        yield from _tags_set(program, method, _first_parameter(method))
    names = {binding.name for binding in (*party.bindings, party.binding) if binding is not None}
    for statement in party.module.tree.body:
        if isinstance(statement, cst.SimpleStatementLine):
            for name in names:
                yield from _tags_set(program, statement, name)


def _run_while_made(program: Program, party: Party) -> list[cst.FunctionDef]:
    """The methods that run while an instance is made: its constructors, and what they call on `self`."""
    found: list[cst.FunctionDef] = []
    waiting = list(_MAKING)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in party.chain:
            binding = program.scope_of(node).bindings.get(name)
            for store in binding.stores if binding is not None else ():
                if isinstance(store.node, cst.FunctionDef):
                    found.append(store.node)
                    waiting += _called_on(store.node, _first_parameter(store.node))
    return found


def _first_parameter(method: cst.FunctionDef) -> str:
    parameters = (*method.params.posonly_params, *method.params.params)
    return parameters[0].name.value if parameters else ""


def _called_on(method: cst.FunctionDef, owner: str) -> Iterator[str]:
    """The methods of an object that a method calls."""
    for node in descendants(method):
        if (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and _is(node.func.value, owner)
        ):
            yield node.func.attr.value


def _tags_set(program: Program, code: cst.CSTNode, owner: str) -> Iterator[tuple[cst.CSTNode, str]]:
    """Where code gives an object of that name a function for its tags."""
    for node in descendants(code):
        if isinstance(node, cst.Attribute) and node.attr.value in TAGS_SPELLINGS and _is(node.value, owner):
            value = _assigned(program, node)
            if value is not None and may_be_called(program, value):
                yield node, node.attr.value
        elif isinstance(node, cst.Call) and program.qualified_name(node.func) == "builtins.setattr":
            key = constant_string(program, node.args[1].value) if len(node.args) == 3 else None
            is_given = key in TAGS_SPELLINGS and _is(node.args[0].value, owner)
            if is_given and may_be_called(program, node.args[2].value):
                yield node, str(key)


def _assigned(program: Program, target: cst.CSTNode) -> cst.BaseExpression | None:
    """What an attribute is assigned, by itself."""
    around = program.parents[target]
    statement = program.parents[around] if isinstance(around, cst.AssignTarget) else around
    is_assigned = isinstance(statement, (cst.Assign, cst.AnnAssign)) and target is not statement.value
    return statement.value if is_assigned else None  # type: ignore[attr-defined]


def _is(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name

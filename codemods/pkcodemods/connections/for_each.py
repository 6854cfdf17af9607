"""The callback of `connections.forEach(...)`, as the body of a loop."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from pkcodemods.parties import own_signature
from pkcodemods.source import Program, Role, Scope, ScopeType, call, descendants, expression, free_name

Body = Callable[[cst.BaseExpression], cst.BaseExpression]
"""Builds the loop's body from the edited callback."""

_OFFERED = ("{}", "{}.id")
_LATER = (cst.Lambda, cst.GeneratorExp, cst.ListComp, cst.SetComp, cst.DictComp)


def for_each_callback(program: Program, callback: cst.BaseExpression) -> tuple[str, Body] | None:
    """The loop's name for a connection, and its body; None if it has no plain equivalent.

    As in JavaScript a callback may take fewer arguments than the connection, its id and the mapping.

    Args:
        program: the modules.
        callback: the argument of `forEach`.
    """
    scope = program.scope_at(callback).function()
    if scope.type is not ScopeType.FUNCTION:
        return None
    if isinstance(callback, cst.Lambda):
        return _of_lambda(program, callback, scope)
    function = _function(program, callback)
    taken = _taken(function) if function is not None and function.asynchronous is None else None
    name = free_name(scope)
    if taken is None or name is None:
        return None
    given = [expression(text.format(name)) for text in _OFFERED[:taken]]
    return name, lambda updated: call(updated, *given)


def _of_lambda(program: Program, callback: cst.Lambda, scope: Scope) -> tuple[str, Body] | None:
    parameters = own_signature(callback).positional
    taken = _taken(callback)
    if taken is None or any(isinstance(node, _LATER) for node in descendants(callback.body)):
        return None
    if any(parameter.default is not None for parameter in parameters):
        return None
    own = {binding for parameter in parameters if (binding := program.binding(parameter.name)) is not None}
    if taken == 2 and any(b.loads for b in own if b.name == parameters[1].name.value):
        return None
    name = parameters[0].name.value if taken else free_name(scope)
    if name is None or (taken and _is_used(name, scope, callback)):
        return None
    return name, lambda updated: updated.body


def _is_used(name: str, scope: Scope, callback: cst.Lambda) -> bool:
    """Whether a function knows a name already, outside of a lambda; inner scopes may have their own."""
    own = [inner for inner in scope.inside() if inner is not scope]
    readers = [inner for inner in scope.inside() if inner.node is not callback and name in inner.names]
    if name == "self" and scope.owner(name) is not None:
        return True  # the room may become `self.room`
    return name in scope.bindings or any(inner.owner(name) not in own for inner in readers)


def _function(program: Program, callback: cst.BaseExpression) -> cst.FunctionDef | None:
    """The function of the program that a name means."""
    binding = program.binding(callback) if isinstance(callback, cst.Name) else None
    store = binding.sole_store() if binding is not None else None
    if store is None or store.role is not Role.FUNCTION or not isinstance(store.node, cst.FunctionDef):
        return None
    return None if store.node.decorators else store.node


def _taken(function: cst.FunctionDef | cst.Lambda) -> int | None:
    """How many arguments a callback is given; None if that is more than there is in a loop."""
    signature = own_signature(function)
    if signature.takes_all or signature.keywords or len(signature.positional) > len(_OFFERED):
        return None
    return len(signature.positional)

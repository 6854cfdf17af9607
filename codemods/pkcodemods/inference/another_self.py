"""Methods within which `self` is another one here and there, so that `self.room` is not the room there."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods.api import OF_CONNECTIONS
from pkcodemods.inference.solver import Inference
from pkcodemods.source import Binding, Program, ScopeType


def reads_room_under_another_self(
    inference: Inference, method: cst.FunctionDef | cst.Lambda, room: Binding
) -> bool:
    """Whether a method reads its room, or an alias of the room's connections, where `self` is not its own.

    Args:
        inference: what is where.
        method: the method, whose first parameter is `self`.
        room: its name for the room.
    """
    return any(
        read is room or inference.binding_value(read) & OF_CONNECTIONS
        for read in _read_under_another_self(inference.program, method)
    )


def is_declared_within(room: Binding) -> bool:
    """Whether a function within the one whose parameter it is says `nonlocal room`."""
    return any(scope.elsewhere.get(room.name) is ScopeType.FUNCTION for scope in room.scope.inside())


def _read_under_another_self(program: Program, method: cst.CSTNode) -> Iterator[Binding]:
    """What is read in methods of classes within it, in `lambda self: ...`, in comprehensions over others."""
    scope = program.scope_of(method)
    for inner in scope.inside():
        if inner.owner("self") is scope:
            continue
        for name in inner.names:
            owner = inner.owner(name)
            if owner is not None:
                yield owner.bindings[name]

"""`peer = room.connections[id]`, which raises `KeyError` where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import libcst as cst

from pkcodemods.child_nodes import descendants
from pkcodemods.edits import attribute
from pkcodemods.program import Program
from pkcodemods.scopes import Binding

_SIMPLE_KEYS = (cst.Name, cst.SimpleString, cst.Attribute)
_TRIES = (cst.Try, cst.TryStar, cst.With)
_LEAVES = (cst.Return, cst.Raise, cst.Continue)
_LOOPS = (cst.For, cst.While)


class ConnectionLookups:
    """Finds the lookups that can become `get_connection()` and a check."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The line `peer = room.connections[id]` that a use of the mapping is in.

        Its name is bound to None before the `KeyError`: only where nobody can see that.
        """
        subscript = self._program.parents[node]
        if not isinstance(subscript, cst.Subscript) or subscript.value is not node:
            return None
        assign = self._program.parents[subscript]
        if not isinstance(assign, cst.Assign) or len(assign.targets) != 1 or len(subscript.slice) != 1:
            return None
        target, index = assign.targets[0].target, subscript.slice[0].slice
        line = self._program.parents[assign]
        if not isinstance(target, cst.Name) or not isinstance(index, cst.Index):
            return None
        if not isinstance(index.value, _SIMPLE_KEYS):
            return None
        if isinstance(index.value, cst.Name) and index.value.value == target.value:
            return None
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        if not isinstance(self._program.parents[line], cst.IndentedBlock):
            return None
        if self._program.scope_at(target).owner("KeyError") is not None:
            return None
        return line if self._is_unseen(target, line) else None

    def _is_unseen(self, target: cst.Name, line: cst.CSTNode) -> bool:
        """Whether nothing reads the name after the lookup failed."""
        binding = self._program.binding(target)
        if binding is None or binding.scope is not self._program.scope_at(target):
            return False
        if any(self._program.scope_at(load).function() is not binding.scope for load in binding.loads):
            return False
        loop: cst.CSTNode | None = None
        for around in self._program.ancestors(line):
            if isinstance(around, (cst.FunctionDef, cst.Lambda)):
                return True
            if isinstance(around, _LOOPS) and loop is None:
                loop = around
            if isinstance(around, _TRIES) and not self._stays_in(binding, around, loop):
                return False
        return False

    def _stays_in(self, binding: Binding, around: cst.CSTNode, loop: cst.CSTNode | None) -> bool:
        """Whether the name is only read where the statement that may catch the error was not left by one."""
        assert isinstance(around, _TRIES)
        if _within(binding.loads, around.body):
            return True
        if isinstance(around, cst.With) or around.finalbody is not None or len(binding.values) != 1:
            return False
        endings = [_last(handler.body) for handler in around.handlers]
        if not all(isinstance(ending, _LEAVES) for ending in endings):
            return False
        if any(not _disjoint(binding.loads, handler) for handler in around.handlers):
            return False
        if any(isinstance(ending, cst.Continue) for ending in endings):
            inner = next((a for a in self._program.ancestors(around) if isinstance(a, _LOOPS)), None)
            return inner is not None and _within(binding.loads, inner.body)
        return loop is None


def _last(body: cst.BaseSuite) -> cst.CSTNode | None:
    """The last simple statement of a block."""
    last: cst.CSTNode | None = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        return last.body[-1]
    return last


def _within(loads: Iterable[cst.CSTNode], node: cst.CSTNode) -> bool:
    return set(loads) <= set(descendants(node))


def _disjoint(loads: Iterable[cst.CSTNode], node: cst.CSTNode) -> bool:
    return not set(loads) & set(descendants(node))


def lookup_and_check(
    updated: cst.SimpleStatementLine, room: Callable[[cst.CSTNode], cst.BaseExpression]
) -> cst.CSTNode:
    """`peer = room.get_connection(id)`, and `KeyError` if there is none.

    Args:
        updated: the line, its parts edited already.
        room: finds the room in what was the mapping.
    """
    statement = updated.body[0]
    assert isinstance(statement, cst.Assign)
    found, target = statement.value, statement.targets[0].target
    assert isinstance(found, cst.Subscript)
    assert isinstance(target, cst.Name)
    key = found.slice[0].slice
    assert isinstance(key, cst.Index)
    lookup = cst.Call(attribute(room(found.value), "get_connection"), [cst.Arg(key.value)])
    error = cst.Call(cst.Name("KeyError"), [cst.Arg(key.value.deep_clone())])
    check = cst.If(
        cst.Comparison(cst.Name(target.value), [cst.ComparisonTarget(cst.Is(), cst.Name("None"))]),
        cst.IndentedBlock([cst.SimpleStatementLine([cst.Raise(error)])]),
    )
    return cst.FlattenSentinel(  # type: ignore[return-value]
        [updated.with_changes(body=[statement.with_changes(value=lookup)]), check]
    )

"""`peer = room.connections[id]`, which raises `KeyError` where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import libcst as cst

from pkcodemods.source import (
    Binding,
    Program,
    Scope,
    ScopeType,
    attribute,
    comments_in,
    descendants,
    free_name,
    is_same_code,
    on_one_line,
)

_SIMPLE_KEYS = (cst.Name, cst.SimpleString, cst.Attribute)
_TRIES = (cst.Try, cst.TryStar, cst.With)
_LEAVES = (cst.Return, cst.Raise, cst.Continue)
_LOOPS = (cst.For, cst.While)
_FOUND = ("found", "found_connection")
LOOKUP_NAMES = ("_connection_of", "_find_connection")
"""What the function may be called that looks a connection up within an expression."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A lookup of an id that a test has just found.

    Attributes:
        subscript: the lookup.
        test: `id in mapping`.
        name: what it is called, so that it need not be looked up again; empty if it has no name.
        assignment: the line that gives it that name, and is not needed then.
    """

    subscript: cst.Subscript
    test: cst.Comparison
    name: str
    assignment: cst.SimpleStatementLine | None = None

    @property
    def mapping(self) -> cst.BaseExpression:
        """The mapping in the test."""
        return self.test.comparisons[0].comparator


class ConnectionLookups:
    """Finds the lookups that can become `get_connection()` and a check."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def _lookup(self, node: cst.CSTNode) -> tuple[cst.Subscript, cst.BaseExpression] | None:
        """The subscript of a mapping, and its key, where that may as well be evaluated twice."""
        subscript = self._program.parents[node]
        if not isinstance(subscript, cst.Subscript) or subscript.value is not node:
            return None
        index = subscript.slice[0].slice
        if len(subscript.slice) != 1 or not isinstance(index, cst.Index):
            return None
        return (subscript, index.value) if isinstance(index.value, _SIMPLE_KEYS) else None

    def statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The line `peer = room.connections[id]` that a use of the mapping is in.

        The new line binds its name to None before the `KeyError`, which no code must see.
        """
        lookup = self._lookup(node)
        if lookup is None:
            return None
        subscript, key = lookup
        assign = self._program.parents[subscript]
        if not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
            return None
        target, line = assign.targets[0].target, self._program.parents[assign]
        if not isinstance(target, cst.Name) or (isinstance(key, cst.Name) and key.value == target.value):
            return None
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        if not isinstance(self._program.parents[line], cst.IndentedBlock):
            return None
        if self._program.scope_at(target).owner("KeyError") is not None:
            return None
        return line if self._is_unseen(target, line) else None

    def guarded(self, node: cst.CSTNode) -> Guarded | None:
        """The lookup that a use of the mapping is in, where the id has just been found to be there:
        `if id in room.connections: room.connections[id].send(x)`."""
        lookup = self._lookup(node)
        if lookup is None:
            return None
        subscript, key = lookup
        current: cst.CSTNode = subscript
        for around in self._program.ancestors(subscript):
            if isinstance(around, cst.IfExp):
                is_there = around.body is current and _finds(around.test, subscript, key)
                return self._named(subscript, around.test) if is_there else None
            if isinstance(around, cst.IndentedBlock):
                branch = self._program.parents[around]
                if (
                    not isinstance(branch, cst.If)
                    or branch.body is not around
                    or around.body[0] is not current
                ):
                    return None
                return self._named(subscript, branch.test) if _finds(branch.test, subscript, key) else None
            if not _goes_first(current, around):
                return None
            current = around
        return None

    def _named(self, subscript: cst.Subscript, test: cst.BaseExpression) -> Guarded:
        """A guarded lookup, with the name that is kept for it: that which it is assigned to, if nothing else
        is, and only the branch reads it."""
        assert isinstance(test, cst.Comparison)
        scope = self._program.scope_at(subscript)
        if scope.type is not ScopeType.FUNCTION or self._program.scope_at(test) is not scope:
            return Guarded(subscript, test, "")
        assign = self._program.parents[subscript]
        line = self._program.parents[assign]
        if (
            isinstance(assign, cst.Assign)
            and len(assign.targets) == 1
            and isinstance(line, cst.SimpleStatementLine)
            and len(line.body) == 1
        ):
            target = assign.targets[0].target
            if isinstance(target, cst.Name) and self._is_of_branch(target, line, scope):
                return Guarded(subscript, test, target.value, line)
        name = free_name(scope, wishes=_FOUND)
        return Guarded(subscript, test, name or "")

    def _is_of_branch(self, target: cst.Name, line: cst.SimpleStatementLine, scope: Scope) -> bool:
        """Whether a line can go that binds a name for the rest of its branch."""
        block = self._program.parents[line]
        binding = self._program.binding(target)
        assert isinstance(block, cst.IndentedBlock)
        return (
            len(block.body) > 1
            and binding is not None
            and binding.scope is scope
            and len(binding.stores) == 1
            and _within(binding.loads, block)
            and all(self._program.scope_at(load) is scope for load in binding.loads)
            and not comments_in(line)
        )

    def called(self, node: cst.CSTNode) -> tuple[cst.SimpleStatementLine, str] | None:
        """The line `room.connections[id].send(x)` that a use of the mapping is in, with a name for what is
        looked up."""
        lookup = self._lookup(node)
        if lookup is None or lookup[0].lpar:
            return None
        subscript, _ = lookup
        current: cst.CSTNode = subscript
        for around in self._program.ancestors(subscript):
            if isinstance(around, cst.SimpleStatementLine):
                return self._expanded(around, subscript)
            if isinstance(around, cst.Assign) or not _goes_first(current, around):
                return None
            current = around
        return None

    def _expanded(
        self, line: cst.SimpleStatementLine, subscript: cst.Subscript
    ) -> tuple[cst.SimpleStatementLine, str] | None:
        scope = self._program.scope_at(subscript)
        name = free_name(scope, wishes=_FOUND)
        plain = len(line.body) == 1 and isinstance(self._program.parents[line], cst.IndentedBlock)
        if name is None or not plain or scope.type is not ScopeType.FUNCTION:
            return None
        return None if scope.owner("KeyError") is not None else (line, name)

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


def _goes_first(node: cst.CSTNode, around: cst.CSTNode) -> bool:
    """Whether evaluating a statement or an expression begins with a part of it."""
    if isinstance(around, cst.Attribute):
        return around.value is node
    if isinstance(around, cst.Call):
        return around.func is node
    if isinstance(around, cst.Assign):
        return around.value is node and all(isinstance(t.target, cst.Name) for t in around.targets)
    return isinstance(around, (cst.Await, cst.Expr)) or (
        isinstance(around, cst.SimpleStatementLine) and around.body[0] is node
    )


def _finds(test: cst.BaseExpression, subscript: cst.Subscript, key: cst.BaseExpression) -> bool:
    """Whether a test is `key in mapping` of a lookup's mapping and key."""
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return False
    target = test.comparisons[0]
    return (
        isinstance(target.operator, cst.In)
        and is_same_code(test.left, key)
        and is_same_code(target.comparator, subscript.value)
    )


def get_connection(
    updated: cst.Subscript, room: Callable[[cst.CSTNode], cst.BaseExpression]
) -> cst.BaseExpression:
    """`room.get_connection(id)` for `room.connections[id]`."""
    key = updated.slice[0].slice
    assert isinstance(key, cst.Index)
    function = attribute(room(updated.value), "get_connection")
    return cst.Call(function, [cst.Arg(key.value)], lpar=updated.lpar, rpar=updated.rpar)


def with_name(found: cst.Comparison, name: str) -> cst.Comparison:
    """`(name := room.get_connection(id)) is not None`.

    Args:
        found: the same without the name.
        name: the name.
    """
    named = cst.NamedExpr(cst.Name(name), found.left, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return found.with_changes(left=named)


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
    lookup = get_connection(found, room)
    line = updated.with_changes(body=[statement.with_changes(value=lookup)])
    return cst.FlattenSentinel([line, _check(target.value, key.value)])  # type: ignore[return-value]


def lookup_check_and_call(
    updated: cst.SimpleStatementLine, name: str, room: Callable[[cst.CSTNode], cst.BaseExpression]
) -> cst.CSTNode:
    """`found = room.get_connection(id)`, `KeyError` if there is none, and what is done with it.

    Args:
        updated: the line, its parts edited already.
        name: a free name.
        room: finds the room in what was the mapping.
    """
    found = _looked_up(updated)
    key = found.slice[0].slice
    assert isinstance(key, cst.Index)
    lookup = get_connection(found, room)
    assign = cst.SimpleStatementLine(
        [cst.Assign([cst.AssignTarget(cst.Name(name))], lookup)], leading_lines=updated.leading_lines
    )
    done = updated.deep_replace(found, cst.Name(name))
    assert isinstance(done, cst.SimpleStatementLine)
    return cst.FlattenSentinel(  # type: ignore[return-value]
        [assign, _check(name, key.value), done.with_changes(leading_lines=[])]
    )


def _looked_up(line: cst.SimpleStatementLine) -> cst.Subscript:
    """The subscript that such a line begins with."""
    statement = line.body[0]
    assert isinstance(statement, cst.Expr)
    current: cst.CSTNode = statement.value
    while not isinstance(current, cst.Subscript):
        if isinstance(current, cst.Await):
            current = current.expression
        else:
            current = current.func if isinstance(current, cst.Call) else current.value  # type: ignore[attr-defined]
    return current


def _check(name: str, key: cst.BaseExpression) -> cst.If:
    """`if name is None: raise KeyError(key)`"""
    error = cst.Call(cst.Name("KeyError"), [cst.Arg(on_one_line(key))])
    return cst.If(
        cst.Comparison(cst.Name(name), [cst.ComparisonTarget(cst.Is(), cst.Name("None"))]),
        cst.IndentedBlock([cst.SimpleStatementLine([cst.Raise(error)])]),
    )


def lookup_function(name: str, types: tuple[str, str] | None) -> cst.FunctionDef:
    """A function that gives a room's connection of an id, or raises `KeyError`.

    Args:
        name: its name.
        types: what `Room` and `Connection` are called, if it is to have annotations.
    """
    signature = "room, connection_id" if types is None else f"room: {types[0]}, connection_id: str"
    returns = "" if types is None else f" -> {types[1]}"
    made = cst.parse_statement(
        f"def {name}({signature}){returns}:\n"
        "    connection = room.get_connection(connection_id)\n"
        "    if connection is None:\n"
        "        raise KeyError(connection_id)\n"
        "    return connection\n"
    )
    assert isinstance(made, cst.FunctionDef)
    return made

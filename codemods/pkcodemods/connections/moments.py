"""When an expression runs: as its function reaches it, or later, in a function or generator within."""

from __future__ import annotations

import libcst as cst

from pkcodemods.connections.held_fields import Moment
from pkcodemods.source import Program

AT_ONCE = frozenset(
    f"builtins.{name}"
    for name in (
        *("len", "list", "set", "frozenset", "tuple", "dict", "sorted", "any", "all", "min", "max", "bool"),
        *("sum", "iter", "enumerate", "zip", "map", "filter", "reversed"),
    )
)
"""They start iterating over their argument when they are called."""


def is_run_there(program: Program, node: cst.CSTNode, moment: Moment) -> bool:
    """Whether a node runs as its function reaches it, not in a nested function or generator."""
    current = node
    for around in program.ancestors(node):
        if around is moment.function:
            return True
        if isinstance(around, cst.FunctionDef):
            return False
        if isinstance(around, (cst.Lambda, cst.GeneratorExp)):
            first = isinstance(around, cst.GeneratorExp) and _is_first_iter(program, around, node)
            if not first and not _is_given_at_once(program, around):
                return False
        current = around
    return isinstance(current, cst.Module)


def _is_first_iter(program: Program, generator: cst.GeneratorExp, node: cst.CSTNode) -> bool:
    return any(around is generator.for_in.iter for around in (node, *program.ancestors(node)))


def _is_given_at_once(program: Program, node: cst.CSTNode) -> bool:
    """Whether a lambda or a generator is an argument of what is done with it when it returns."""
    argument = program.parents[node]
    call = program.parents[argument]
    if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
        return False
    name = program.qualified_name(call.func) or ""
    lazy = ("iter", "enumerate", "zip", "map", "filter", "reversed")
    is_builtin = name in AT_ONCE and name.removeprefix("builtins.") not in lazy
    return is_builtin or (isinstance(call.func, cst.Attribute) and call.func.attr.value == "join")

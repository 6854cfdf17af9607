"""Which functions a function uses: those that it names, or reaches through what it names."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from pkcodemods.api import Function
from pkcodemods.inference.solver import Inference
from pkcodemods.source import Program, descendants


def used_functions(inference: Inference, function: cst.CSTNode) -> set[cst.CSTNode]:
    """The functions of the program that an expression in a function may evaluate to."""
    used: set[cst.CSTNode] = set()
    for node in descendants(function):
        if is_read(inference.program, node):
            for atom in inference.value(node):
                if isinstance(atom, Function):
                    used |= {atom.node, atom.called}
    return used


def reached_functions(inference: Inference, functions: Iterable[cst.CSTNode]) -> set[cst.CSTNode]:
    """Functions, what they use, what that uses, and so on."""
    seen = set(functions)
    waiting = [*seen]
    while waiting:
        new = used_functions(inference, waiting.pop()) - seen
        seen |= new
        waiting += new
    return seen


def is_read(program: Program, node: cst.CSTNode) -> bool:
    """Whether a node is an expression that names something, and no part of `global` or an import."""
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return False
    return not isinstance(program.parents.get(node), (type(None), cst.ImportFrom, cst.ImportAlias))

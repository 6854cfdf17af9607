"""What a function does that matters when it is moved into a class."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.source.nodes import child_nodes, descendants
from pkcodemods.source.program import Program

CLASS_CELL = ("super", "__class__")
"""The names by which a method finds the class that it stands in."""
_CONSTANTS = (cst.Integer, cst.Float, cst.SimpleString, cst.Imaginary, cst.Ellipsis, cst.ConcatenatedString)
_LITERALS = (cst.List, cst.Tuple, cst.Dict, cst.Set, cst.UnaryOperation, cst.Element, cst.DictElement)


def uses_name(program: Program, function: cst.CSTNode, name: str) -> bool:
    """Whether a name occurs anywhere in a function, in whatever meaning."""
    return any(name in scope.names or name in scope.bindings for scope in program.scope_of(function).inside())


def is_mangled_in_class(function: cst.CSTNode) -> bool:
    """Whether a name in it would become another inside of a class: `__secret`."""
    return any(
        isinstance(node, cst.Name) and node.value.startswith("__") and not node.value.endswith("__")
        for node in descendants(function)
    )


def introspection(program: Program, function: cst.CSTNode) -> str | None:
    """The function that looks names up while it runs, if this one calls one; or `super`, `__class__`."""
    return next((name.value for name in introspecting_names(program, function)), None)


def introspecting_names(program: Program, function: cst.CSTNode) -> Iterator[cst.Name]:
    """The names of such functions in a function or class, where they are read."""
    for node in descendants(function):
        if isinstance(node, cst.Name) and _looks_up(program, node, function):
            yield node


def _looks_up(program: Program, node: cst.Name, function: cst.CSTNode) -> bool:
    if (
        node.value in CLASS_CELL
        and not _is_attribute(program, node)
        and not _in_inner_class(program, node, function)
    ):
        return True
    is_unbound = program.binding(node) is None and node in program.parents  # not in `global x`
    return is_unbound and program.unbound_name(node) in stdlib.INTROSPECTION


def _is_attribute(program: Program, node: cst.Name) -> bool:
    """Whether a name is what stands behind a dot."""
    around = program.parents.get(node)
    return isinstance(around, cst.Attribute) and around.attr is node


def _in_inner_class(program: Program, node: cst.CSTNode, function: cst.CSTNode) -> bool:
    """Whether a node stands in a class inside of a function, whose `super` it means."""
    for around in program.ancestors(node):
        if around is function:
            return False
        if isinstance(around, cst.ClassDef):
            return True
    return False


def runs_later_the_same(program: Program, node: cst.CSTNode) -> bool:
    """Whether an expression at module level gives the same if it is evaluated further down."""
    for part in descendants(node):
        if isinstance(part, cst.Name):
            binding = program.binding(part)
            if binding is not None and binding.sole_store() is None:
                return False
        elif not isinstance(part, (*_CONSTANTS, *_LITERALS, cst.Attribute)):
            return False
    return True


def names_read(node: cst.CSTNode) -> set[str]:
    """The names that an expression reads."""
    return {part.value for part in descendants(node) if isinstance(part, cst.Name)}


def gives_something(function: cst.FunctionDef) -> bool:
    """Whether calling a function may give anything but None: it returns a value, yields, or is async."""
    if function.asynchronous is not None:
        return True
    waiting: list[cst.CSTNode] = [function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Yield) or (isinstance(node, cst.Return) and not _is_none(node.value)):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            waiting += child_nodes(node)
    return False


def _is_none(value: cst.BaseExpression | None) -> bool:
    return value is None or (isinstance(value, cst.Name) and value.value == "None")

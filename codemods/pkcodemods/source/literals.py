"""What literals say, and names that are bound to one."""

from __future__ import annotations

import libcst as cst

from pkcodemods.source.program import Program
from pkcodemods.source.scopes import Binding

_KINDS: tuple[tuple[tuple[type[cst.CSTNode], ...], str], ...] = (
    ((cst.SimpleString, cst.ConcatenatedString, cst.FormattedString), "a string"),
    ((cst.Integer, cst.Float, cst.Imaginary), "a number"),
    ((cst.Dict, cst.DictComp), "a dict"),
    ((cst.List, cst.ListComp), "a list"),
    ((cst.Set, cst.SetComp), "a set"),
    ((cst.Tuple,), "a tuple"),
)
_BOOLS = ("True", "False")


def described_literal(program: Program, value: cst.CSTNode | None) -> str | None:
    """What an expression is that gives a value of a built-in type, as in `a string`; None for any other.

    Args:
        program: knows the names.
        value: the expression; a name counts as what it is bound to, where that is one literal.
    """
    value = _bound(program, value) if isinstance(value, cst.Name) else value
    if isinstance(value, cst.Name):
        return "a bool" if value.value in _BOOLS else None
    return next((description for kinds, description in _KINDS if isinstance(value, kinds)), None)


def may_be_called(program: Program, value: cst.CSTNode | None) -> bool:
    """Whether an expression may give something that can be called: it is neither None nor a literal.

    Args:
        program: knows the names.
        value: the expression.
    """
    value = _bound(program, value) if isinstance(value, cst.Name) else value
    is_none = isinstance(value, cst.Name) and value.value == "None"
    return not is_none and described_literal(program, value) is None


def bound_to_callable(program: Program, binding: Binding) -> cst.CSTNode | None:
    """What binds a name last, if that may be something that can be called.

    Args:
        program: knows the names.
        binding: the name.
    """
    node = binding.values[-1].node if binding.values else None
    is_assigned = isinstance(node, (cst.Assign, cst.AnnAssign))
    return None if is_assigned and not may_be_called(program, node.value) else node  # type: ignore[union-attr]


def constant_string(program: Program, value: cst.CSTNode | None) -> str | None:
    """The string that an expression is whenever it runs: written out, or a name for one; None for any other.

    Args:
        program: knows the names.
        value: the expression.
    """
    value = _bound(program, value) if isinstance(value, cst.Name) else value
    text = value.evaluated_value if isinstance(value, (cst.SimpleString, cst.ConcatenatedString)) else None
    return text if isinstance(text, str) else None


def _bound(program: Program, name: cst.Name) -> cst.CSTNode | None:
    """What a name is bound to by its only assignment; the name itself where that is unknown."""
    binding = program.binding(name)
    store = binding.sole_store() if binding is not None else None
    if store is None or not isinstance(store.node, (cst.Assign, cst.AnnAssign)):
        return name
    if isinstance(store.node, cst.Assign) and any(
        not isinstance(target.target, cst.Name) for target in store.node.targets
    ):
        return name
    return store.node.value

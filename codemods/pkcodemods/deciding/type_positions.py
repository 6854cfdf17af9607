"""Where a string or a name stands for a type outside of annotations: `cast("X", y)`, `Dict[str, "X"]`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.source import Program

_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "collections.", "types.")
_GENERIC_BUILTINS = {f"builtins.{name}" for name in ("list", "dict", "tuple", "set", "frozenset", "type")}
_FIRST_IS_TYPE = {"typing.cast", "typing.assert_type", "typing_extensions.assert_type"}
_REST_ARE_TYPES = {"typing.TypeVar", "typing_extensions.TypeVar", "typing.NewType"}
_VALUES = {"Literal"}


def is_type_position(program: Program, node: cst.CSTNode) -> bool:
    """Whether an expression outside of annotations is certainly a type."""
    child, parent = node, program.parents.get(node)
    while parent is not None:
        if isinstance(parent, (cst.Annotation, cst.TypeAlias, cst.TypeVar)):
            return True
        if isinstance(parent, cst.Subscript):
            if child is parent.value:
                return False
            name = program.qualified_name(parent.value) or ""
            last = name.rpartition(".")[2]
            if last in _VALUES or (last == "Annotated" and child is not parent.slice[0]):
                return False
            return name.startswith(_TYPING) or name in _GENERIC_BUILTINS
        if isinstance(parent, cst.Arg):
            return _is_type_argument(program, parent)
        if isinstance(parent, cst.AnnAssign):
            annotation = program.qualified_name(parent.annotation.annotation) or ""
            return child is parent.value and annotation.endswith(".TypeAlias")
        if not isinstance(parent, (*_ON_THE_WAY, cst.BinaryOperation)):
            return False
        child, parent = parent, program.parents.get(parent)
    return False


_ON_THE_WAY = (cst.Index, cst.SubscriptElement, cst.List, cst.Tuple, cst.Element, cst.Attribute)


def _is_type_argument(program: Program, argument: cst.Arg) -> bool:
    call = program.parents[argument]
    if not isinstance(call, cst.Call):
        return False
    name = program.qualified_name(call.func)
    if name in _FIRST_IS_TYPE:
        place = 0 if name == "typing.cast" else 1
        return len(call.args) > place and argument is call.args[place]
    return name in _REST_ARE_TYPES and argument is not call.args[0]

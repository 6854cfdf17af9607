"""Where a test says that a name is no mapping: `if isinstance(target, PartyKitConnection):`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import TYPES
from pkcodemods.inference import AnnotationReader
from pkcodemods.source import Program, constant_string

_MAPPINGS = ("collections.abc.Mapping", "typing.Mapping")
_OTHERS = frozenset(
    f"builtins.{name}" for name in ("str", "bytes", "int", "float", "bool", "list", "tuple", "set")
)
_ATTRIBUTES = {"keys": True, "values": True, "items": True, "send": False, "close": False, "id": False}
"""Whether a mapping has an attribute of that name."""
_LEAVING = (cst.Return, cst.Raise, cst.Continue, cst.Break)


def says_of_mapping(program: Program, annotations: AnnotationReader, call: cst.CSTNode) -> bool | None:
    """What a test of a name's type says of the mapping of connections; None where that is not known.

    Args:
        program: the modules.
        annotations: knows the types of the object form.
        call: `isinstance(name, ...)`, `hasattr(name, "send")`, or anything else.
    """
    if not isinstance(call, cst.Call) or len(call.args) != 2:
        return None
    name, asked = program.qualified_name(call.func), call.args[1].value
    if name == "builtins.hasattr":
        return _ATTRIBUTES.get(constant_string(program, asked) or "")
    if name != "builtins.isinstance":
        return None
    types = [element.value for element in asked.elements] if isinstance(asked, cst.Tuple) else [asked]
    if any(program.qualified_name(each) in _MAPPINGS for each in types):
        return True
    is_known = all(
        annotations.legacy_name(each) in TYPES or program.qualified_name(each) in _OTHERS for each in types
    )
    return False if is_known else None


def is_never_mapping(program: Program, annotations: AnnotationReader, load: cst.CSTNode) -> bool:
    """Whether a name is read only where a test has said that it is not the mapping of connections.

    Args:
        program: the modules.
        annotations: knows the types of the object form.
        load: the read of the name, which is bound once.
    """

    def says(test: cst.CSTNode) -> bool | None:
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            said = says(test.expression)
            return None if said is None else not said
        same = isinstance(test, cst.Call) and test.args and program.binding(test.args[0].value) is binding
        return says_of_mapping(program, annotations, test) if same else None

    binding = program.binding(load)
    child = load
    for around in program.ancestors(load):
        if binding is None or isinstance(around, (cst.FunctionDef, cst.Lambda)):
            return False
        if isinstance(around, (cst.If, cst.IfExp)) and child is not around.test:
            said = says(around.test)
            if said is not None and said is not (child is around.body):
                return True
        if isinstance(around, cst.IndentedBlock):
            before = around.body[: list(around.body).index(child)]  # type: ignore[arg-type]
            if any(isinstance(each, cst.If) and says(each.test) and _leaves(each) for each in before):
                return True
        child = around
    return False


def _leaves(statement: cst.If) -> bool:
    """Whether nothing goes on behind an `if` whose test is true."""
    last = statement.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) and last.body else last
    return isinstance(small, _LEAVING)

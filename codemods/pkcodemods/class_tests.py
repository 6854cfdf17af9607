"""`type(connection) is PartyKitConnection`: which class an object is of, which differs between the forms.

In the object form a connection is of a class of its own with the names of both forms, so this is false; in
the class form it would be true. A room is of the very class in either.
"""

from __future__ import annotations

import libcst as cst

from pkcodemods.child_nodes import descendants
from pkcodemods.findings import Problem, problem
from pkcodemods.inference import Inference
from pkcodemods.kinds import UNKNOWN, Kind, kinds_in
from pkcodemods.vocabulary import TYPES


def class_test(inference: Inference, node: cst.Comparison) -> Problem | None:
    """The finding of a comparison of an object's class with one of the object form, if it is such.

    Args:
        inference: what is where.
        node: the comparison.
    """
    sides = [node.left, *(target.comparator for target in node.comparisons)]
    asked = [subject for side in sides if (subject := _asked_for_class(inference, side)) is not None]
    told = {kind for side in sides for part in (side, *descendants(side)) if (kind := _kind(inference, part))}
    for subject in asked:
        value = inference.value(subject)
        if told - {Kind.ROOM} and (not value or value & UNKNOWN or kinds_in(value) - {Kind.ROOM}):
            return problem("PK119", node, kind=min(kind.value for kind in told - {Kind.ROOM}))
    return None


def _asked_for_class(inference: Inference, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The `x` of `type(x)` and `x.__class__`."""
    if isinstance(node, cst.Attribute) and node.attr.value == "__class__":
        return node.value
    if isinstance(node, cst.Call) and len(node.args) == 1:
        is_type = inference.program.qualified_name(node.func) == "builtins.type"
        return node.args[0].value if is_type else None
    return None


def _kind(inference: Inference, node: cst.CSTNode) -> Kind | None:
    """What an expression is the class of, in the object form."""
    name = inference.annotations.legacy_name(node)
    return TYPES[name][1] if name in TYPES else None

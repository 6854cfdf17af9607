"""Where a mapping, or a view of it, is only read and goes no further: loops, tests, comparisons."""

from __future__ import annotations

import libcst as cst

from pkcodemods.connections.held_fields import MAPPING, Held
from pkcodemods.connections.mapping_reads import is_identity, takes_mapping

_EQUALITY = (cst.Equal, cst.NotEqual)


def is_terminal(node: cst.CSTNode, parent: cst.CSTNode, held: Held) -> bool:
    """Whether an expression is walked, tested or asked for an id where it stands."""
    if isinstance(parent, cst.CompFor) and parent.asynchronous is None:
        return parent.iter is node
    if isinstance(parent, cst.For) and parent.asynchronous is None:
        return parent.iter is node
    if isinstance(parent, (cst.StarredElement, cst.From)):
        return True
    if isinstance(parent, cst.StarredDictElement):
        return held.what == MAPPING
    if isinstance(parent, cst.ComparisonTarget):
        return isinstance(parent.operator, (cst.In, cst.NotIn)) or _meets_set(parent, held)
    if isinstance(parent, cst.Comparison):
        return _is_none_test(parent) or _meets_set(parent, held)
    if isinstance(parent, cst.BinaryOperation):
        return _meets_set(parent, held)
    if isinstance(parent, cst.UnaryOperation):
        return isinstance(parent.operator, cst.Not)
    if isinstance(parent, cst.Match):
        return held.what == MAPPING and all(takes_mapping(case.pattern) for case in parent.cases)
    return isinstance(parent, (cst.If, cst.While, cst.Assert, cst.CompIf))


def _meets_set(node: cst.CSTNode, held: Held) -> bool:
    """Keys of a snapshot are a set as well, and the snapshot equals what the mapping equals."""
    if held.what == MAPPING:
        targets = node.comparisons if isinstance(node, cst.Comparison) else [node]
        return len(targets) == 1 and isinstance(getattr(targets[0], "operator", None), _EQUALITY)
    return held.what == "keys" and not (
        isinstance(node, cst.Comparison) and any(is_identity(c) for c in node.comparisons)
    )


def _is_none_test(node: cst.Comparison) -> bool:
    target = node.comparisons[0]
    return (
        len(node.comparisons) == 1
        and is_identity(target)
        and isinstance(target.comparator, cst.Name)
        and target.comparator.value == "None"
    )

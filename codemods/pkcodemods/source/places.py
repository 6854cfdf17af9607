"""Lines and columns of nodes, in the source as it was.

LibCST finds positions by writing the whole module again, which takes about as long as all the rest. Findings
are few: the compiler knows where a module's own statements begin, and LibCST is asked about those alone that
hold a finding.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from pkcodemods.source.nodes import descendants
from pkcodemods.source.python_trees import python_tree

Place = tuple[int, int]
"""A line and a column, each from 1."""


def positions(tree: cst.Module, source: str, wanted: Collection[cst.CSTNode]) -> Mapping[cst.CSTNode, Place]:
    """Where nodes begin.

    Args:
        tree: the module that they are of.
        source: its source.
        wanted: the nodes; those that are not of the module are left out.
    """
    if not wanted:
        return {}
    lines = first_lines(tree, source)
    if lines is None:
        return _positions(tree, wanted)
    found: dict[cst.CSTNode, Place] = {tree: (1, 1)} if tree in wanted else {}
    for statement, line in zip(tree.body, lines, strict=True):
        inside = [node for node in descendants(statement) if node in wanted]
        if not inside:
            continue
        alone = tree.with_changes(body=[statement], header=[], footer=[])
        own = _positions(alone, [*inside, _anchor(statement)])
        offset = line - own[_anchor(statement)][0]
        found.update((node, (own[node][0] + offset, own[node][1])) for node in inside)
    return found


def _positions(module: cst.Module, wanted: Collection[cst.CSTNode]) -> dict[cst.CSTNode, Place]:
    resolved = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    return {
        node: (resolved[node].start.line, resolved[node].start.column + 1)
        for node in wanted
        if node in resolved
    }


def _anchor(statement: cst.CSTNode) -> cst.CSTNode:
    """The node of a statement whose line the compiler knows."""
    return statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement


def first_lines(tree: cst.Module, source: str) -> list[int] | None:
    """The lines in which the module's own statements begin; None where the compiler rejects the source."""
    try:
        body = python_tree(source).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    counts = [len(s.body) if isinstance(s, cst.SimpleStatementLine) else 1 for s in tree.body]
    if sum(counts) != len(body):
        return None
    lines, index = [], 0
    for count in counts:
        lines.append(body[index].lineno)
        index += count
    return lines

"""The names that a tree refers to, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Collection

import libcst as cst

from pkcodemods.source.modules import dotted_name
from pkcodemods.source.nodes import child_nodes

_WORD = re.compile(r"[^\W\d]\w*")
_TYPE_COMMENT = re.compile(r"#\s*type:")


def referenced_names(
    tree: cst.Module, *, without: Collection[cst.CSTNode] = (), commented: cst.Module | None = None
) -> frozenset[str]:
    """Every name that is read or bound outside of import statements, also in string annotations and type
    comments: too many rather than too few.

    Args:
        tree: the module.
        without: statements that do not count.
        commented: the tree whose type comments count, where there are some.
    """
    found: set[str] = set()
    stack: list[tuple[cst.CSTNode, bool]] = [(tree, False)]
    while stack:
        node, in_annotation = stack.pop()
        if isinstance(node, (cst.Import, cst.ImportFrom)) or node in without:
            continue
        if isinstance(node, cst.Name):
            found.add(node.value)
        elif isinstance(node, cst.SimpleString) and in_annotation:
            found.update(_WORD.findall(node.value))
        elif isinstance(node, cst.Attribute):
            stack.append((node.value, in_annotation))
            continue
        elif isinstance(node, (cst.Annotation, cst.SubscriptElement, cst.TypeAlias)) or _names_type(node):
            in_annotation = True
        elif isinstance(node, cst.Arg):
            stack.append((node.value, in_annotation))
            continue
        stack.extend((child, in_annotation) for child in child_nodes(node))
    if commented is not None:
        found.update(_in_type_comments(commented))
    return frozenset(found)


def _names_type(node: cst.CSTNode) -> bool:
    """Whether a call may have a type in a string: `cast("X", y)`."""
    return isinstance(node, cst.Call) and (dotted_name(node.func) or "").endswith(
        ("cast", "TypeVar", "NewType", "assert_type")
    )


def _in_type_comments(tree: cst.Module) -> set[str]:
    found: set[str] = set()
    for line in tree.code.splitlines():
        match = _TYPE_COMMENT.search(line)
        if match is not None:
            found.update(_WORD.findall(line[match.end() :]))
    return found

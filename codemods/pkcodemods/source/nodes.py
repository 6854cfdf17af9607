"""The parts of a libcst node that hold code, without whitespace and punctuation."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import libcst as cst

_FORMATTING = (
    "whitespace",
    "lpar",
    "rpar",
    "lbracket",
    "rbracket",
    "lbrace",
    "rbrace",
    "leading_lines",
    "lines_after",
    "header",
    "footer",
    "comma",
    "semicolon",
    "trailing_whitespace",
    "indent",
    "equal",
    "colon",
    "dot",
)
_code_fields: dict[type[cst.CSTNode], tuple[str, ...]] = {}


class _IsNode(dict[type, bool]):
    """Whether a type is one of libcst's nodes; `isinstance` of their abstract base takes much longer."""

    def __missing__(self, kind: type) -> bool:
        answer = self[kind] = issubclass(kind, cst.CSTNode)
        return answer


_is_node = _IsNode()
_fields: dict[type[cst.CSTNode], tuple[str, ...]] = {}


def child_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The children of a node that are code, in the order of its fields.

    `CSTNode.children` visits every space and comma, which is most of the nodes of a file.
    """
    node_type = type(node)
    names = _code_fields.get(node_type)
    if names is None:
        names = _code_fields[node_type] = tuple(
            field.name
            for field in dataclasses.fields(node)
            if not field.name.startswith(_FORMATTING) and not field.name.endswith("whitespace")
        )
    return _nodes_in(node, names)


def _nodes_in(node: cst.CSTNode, names: tuple[str, ...]) -> Iterator[cst.CSTNode]:
    """The nodes that are in some fields of a node."""
    for name in names:
        value = getattr(node, name)
        kind = type(value)
        if kind is tuple or kind is list:
            for item in value:
                if _is_node[type(item)]:
                    yield item
        elif _is_node[kind]:
            yield value


def has_comment(node: cst.CSTNode) -> bool:
    """Whether there is a comment anywhere in a node. A visitor takes much longer to find out."""
    stack = [node]
    while stack:
        current = stack.pop()
        node_type = type(current)
        if node_type is cst.Comment:
            return True
        names = _fields.get(node_type)
        if names is None:
            names = _fields[node_type] = tuple(field.name for field in dataclasses.fields(current))
        stack.extend(_nodes_in(current, names))
    return False


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all the code in it, each parent before its children."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(child_nodes(current))))

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
    for name in names:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (list, tuple)):
            for item in value:
                if isinstance(item, cst.CSTNode):
                    yield item


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all the code in it, each parent before its children."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(child_nodes(current))))

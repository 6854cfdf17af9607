"""The comments of an object's entries, and of its export as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.source.nodes import has_comment
from pkcodemods.source.pragmas import formatting
from pkcodemods.source.type_comments import without_type


@dataclass(slots=True)
class ObjectComments:
    """The comments inside of an export.

    Attributes:
        entries: for each element of the object its comments, in order.
        rest: those that belong to no element.
        end: those that turn a formatter on again behind the last element.
    """

    entries: dict[cst.CSTNode, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)

    def add_line(self, line: cst.SimpleStatementLine, values: Mapping[cst.CSTNode, cst.CSTNode]) -> None:
        """Take up the comments of a line that goes, those right above it included.

        Args:
            line: the line.
            values: the elements of the object that stand in it, with their values.
        """
        value = getattr(line.body[0], "value", None)
        inner = comments_of_object(value) if isinstance(value, (cst.Dict, cst.Call)) else ObjectComments()
        found = {element: inner.entries.get(element, []) for element in values}
        known = [text for texts in found.values() for text in texts]
        for each in values.values():
            if not isinstance(each, (cst.Name, cst.Attribute)):  # they go with its code
                known += comments_in(each)
        lost = missing(comments_in(line), known)
        for element, texts in found.items():
            own = self.entries.setdefault(element, [])
            own += [*lost, *texts] if len(found) == 1 else texts
        self.rest += lost if len(found) != 1 else []


def comments_in(node: cst.CSTNode) -> list[str]:
    """Every comment in a node, in order."""
    if not has_comment(node):
        return []
    found: list[str] = []

    class Comments(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 - libcst's name
            found.append(node.value)

    node.visit(Comments())
    return found


def missing(before: list[str], after: list[str]) -> list[str]:
    """The comments of one list that are not in another."""
    left = list(after)
    missing = []
    for comment in before:
        if comment in left:
            left.remove(comment)
        else:
            missing.append(comment)
    return missing


def all_comments(nodes: Iterable[cst.CSTNode]) -> list[str]:
    """Every comment in some nodes, in order."""
    return [comment for node in nodes for comment in comments_in(node)]


def comment_lines(comments: list[str]) -> list[cst.EmptyLine]:
    """A line for each comment that is to stand by itself.

    The type of a type comment that lost its place is dropped; the text behind the type stays.
    """
    texts = (without_type(comment) for comment in comments)
    return [cst.EmptyLine(comment=cst.Comment(comment)) for comment in texts if comment]


def lost_lines(before: cst.CSTNode, after: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments of a node that are not in what takes its place, a line each."""
    return comment_lines(missing(comments_in(before), comments_in(after)))


def comments_of_object(value: cst.BaseExpression) -> ObjectComments:
    """Sort the comments of a dict or call to its elements: those above an element, and at its line's end."""
    found = ObjectComments()
    if isinstance(value, cst.Dict):
        elements: list[cst.CSTNode] = list(value.elements)
        opening: cst.BaseParenthesizableWhitespace = value.lbrace.whitespace_after
        closing: cst.BaseParenthesizableWhitespace = value.rbrace.whitespace_before
    elif isinstance(value, cst.Call):
        elements = list(value.args)
        opening, closing = value.whitespace_before_args, cst.SimpleWhitespace("")
    else:
        found.rest = comments_in(value)
        return found
    trailing, above = _split(opening)
    found.rest += trailing
    for element in elements:
        comments = found.entries[element] = above
        comments += _inside(element)
        comma = getattr(element, "comma", None)
        after: cst.BaseParenthesizableWhitespace
        if isinstance(comma, cst.Comma):
            comments += comments_in(comma.whitespace_before)
            after = comma.whitespace_after
        else:
            after = getattr(element, "whitespace_after_arg", cst.SimpleWhitespace(""))
        trailing, above = _split(after)
        comments += trailing
    found.rest += above
    trailing, above = _split(closing)
    if elements:
        found.entries[elements[-1]] += trailing
    else:
        found.rest += trailing
    found.rest += above
    if elements:  # what is off before the first element is so for its method
        found.entries[elements[0]][:0] = [text for text in found.rest if formatting(text) is False]
        found.end = [text for text in found.rest if formatting(text)]
        found.rest = [text for text in found.rest if formatting(text) is None]
    return found


def _inside(element: cst.CSTNode) -> list[str]:
    """The comments between the parts of an element, and in a value that is a mere name."""
    value = getattr(element, "value", None)
    inside = comments_in(element.with_changes(comma=cst.MaybeSentinel.DEFAULT))
    if isinstance(element, cst.Arg):
        inside = comments_in(
            element.with_changes(
                comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace("")
            )
        )
    if value is not None and not isinstance(value, (cst.Name, cst.Attribute)):  # it goes with its code
        for comment in comments_in(value):
            inside.remove(comment)
    return inside


def _split(whitespace: cst.BaseParenthesizableWhitespace) -> tuple[list[str], list[str]]:
    """The comment that ends the line, and those on lines of their own."""
    if not isinstance(whitespace, cst.ParenthesizedWhitespace):
        return [], []
    first = whitespace.first_line.comment
    own = [line.comment.value for line in whitespace.empty_lines if line.comment is not None]
    return ([first.value] if first is not None else []), own

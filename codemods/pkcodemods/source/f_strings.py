"""Edits inside of f-strings, whose text is bound by the f-string's own braces and quotes.

Before Python 3.12 an f-string is one token, as any string is: what stands in its expressions has none of its
quotes, no backslash, no comment, and line ends only within three quotes.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

import libcst as cst

from pkcodemods.source.program import Program

_QUOTES = ('"', "'", '"""', "'''")
_TOKENS = {
    '"': re.compile(r'"[^\n"\\]*(?:\\.[^\n"\\]*)*"', re.DOTALL),
    "'": re.compile(r"'[^\n'\\]*(?:\\.[^\n'\\]*)*'", re.DOTALL),
    '"""': re.compile(r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""', re.DOTALL),
    "'''": re.compile(r"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''", re.DOTALL),
}
"""Strings without their prefixes, delimited by quotes alone, as Python 3.11 and older see them."""


def spelled_out(
    original: cst.FormattedStringExpression,
    updated: cst.FormattedStringExpression,
    container: cst.FormattedString,
) -> cst.CSTNode:
    """`f"{room.id=}"` still shows the old text.

    Args:
        original: the expression in the source.
        updated: what became of it.
        container: the f-string that it stands in.
    """
    assert original.equal is not None
    module = cst.Module([])
    text = "".join(
        module.code_for_node(part)
        for part in (original.whitespace_before_expression, original.expression, original.equal)
    )
    plain = updated.conversion is None and updated.format_spec is None
    return cst.FlattenSentinel(  # type: ignore[return-value]
        [
            _shown(text, container),
            with_room_for_brace(
                updated.with_changes(
                    equal=None,
                    conversion="r" if plain else updated.conversion,
                    whitespace_before_expression=cst.SimpleWhitespace(""),
                )
            ),
        ]
    )


def with_room_for_brace(node: cst.FormattedStringExpression) -> cst.FormattedStringExpression:
    """`{ {a: b} }`: two braces in a row would be a brace of the text."""
    code = cst.Module([]).code_for_node(node.expression)
    if code.startswith("{") and not cst.Module([]).code_for_node(node.whitespace_before_expression):
        return node.with_changes(whitespace_before_expression=cst.SimpleWhitespace(" "))
    return node


def _shown(text: str, container: cst.FormattedString) -> cst.BaseFormattedStringContent:
    """A text as a part of an f-string; one that would not mean itself there is an expression: since Python
    3.12, which alone shows such texts, that may be in any quotes."""
    is_raw = "r" in container.prefix.lower()
    ends = len(container.end) == 1 and "\n" in text
    if container.end in text or ends or ("\\" in text and not is_raw):
        return cst.FormattedStringExpression(cst.SimpleString(repr(text)))
    return cst.FormattedStringText(text.replace("{", "{{").replace("}", "}}"))


def quotes_around(program: Program, node: cst.CSTNode) -> list[str]:
    """The quotes of the f-strings that a node stands in."""
    return [around.end for around in program.ancestors(node) if isinstance(around, cst.FormattedString)]


def fitting_string(text: str, around: Sequence[str]) -> cst.SimpleString | None:
    """A plain text as a string that may stand within f-strings; None if none may.

    Args:
        text: letters, digits and the like.
        around: the quotes of the f-strings.
    """
    fitting = (f"{quote}{text}{quote}" for quote in _QUOTES if _fits(f"{quote}{text}{quote}", around))
    return next((cst.SimpleString(code) for code in fitting), None)


def _fits(code: str, around: Iterable[str]) -> bool:
    return not any(quote in code for quote in around)


def with_fitting_quotes(node: cst.FormattedString, known: Container[cst.CSTNode]) -> cst.FormattedString:
    """An f-string that stands in no other, whose new strings do not end it or one within.

    Args:
        node: the f-string.
        known: the nodes that stood in the source; their quotes stay.
    """
    changed = node.visit(_FittingQuotes(known))
    assert isinstance(changed, cst.FormattedString)
    return changed


class _FittingQuotes(cst.CSTTransformer):
    def __init__(self, known: Container[cst.CSTNode]) -> None:
        super().__init__()
        self._known = known
        self._around: list[str] = []

    def visit_FormattedString(self, node: cst.FormattedString) -> None:  # noqa: N802 - libcst's name
        self._around.append(node.end)

    def leave_FormattedString(  # noqa: N802 - libcst's name
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.FormattedString:
        self._around.pop()
        return updated_node

    def leave_SimpleString(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        if original_node in self._known or original_node.prefix or _fits(original_node.value, self._around):
            return updated_node
        return fitting_string(original_node.raw_value, self._around) or updated_node


def is_for_any_python(tree: cst.Module) -> bool:
    """Whether the f-strings of a module are such that Python 3.11 can read them, too."""
    strings = _FStrings()
    tree.visit(strings)
    return all(_is_for_any_python(node) for node in strings.found)


class _FStrings(cst.CSTVisitor):
    """Finds the f-strings that stand in no other."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.FormattedString] = []

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:  # noqa: N802 - libcst's name
        self.found.append(node)
        return False


def _is_for_any_python(node: cst.FormattedString) -> bool:
    code = cst.Module([]).code_for_node
    text = code(node.with_changes(lpar=[], rpar=[])).removeprefix(node.start.rstrip("'\""))
    if _TOKENS[node.end].fullmatch(text) is None:
        return False
    for part in _expressions(node.parts):
        inner = _FStrings()
        part.expression.visit(inner)
        written = part.with_changes(format_spec=None)
        if "\\" in code(written) or _has_comment(written) or not all(map(_is_for_any_python, inner.found)):
            return False
    return True


def _expressions(
    parts: Sequence[cst.BaseFormattedStringContent],
) -> Iterable[cst.FormattedStringExpression]:
    """The expressions of an f-string, those in the formats of others too."""
    for part in parts:
        if isinstance(part, cst.FormattedStringExpression):
            yield part
            yield from _expressions(part.format_spec or ())


def _has_comment(node: cst.CSTNode) -> bool:
    comments: list[cst.Comment] = []

    class Comments(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 - libcst's name
            comments.append(node)

    node.visit(Comments())
    return bool(comments)

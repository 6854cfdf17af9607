"""Parsing a source, with errors that name line and reason."""

from __future__ import annotations

import re
import unicodedata

import libcst as cst

from pkcodemods.errors import TOO_DEEP, SourceError
from pkcodemods.source.keyword_spaces import with_keyword_spaces
from pkcodemods.source.nesting import is_deeply_nested, slow_pattern
from pkcodemods.source.parse_errors import UNPARSABLE, explained
from pkcodemods.source.places import first_lines
from pkcodemods.source.python_trees import are_alike, compiler_error, python_tree

_LITERALS_TO_CHECK = re.compile(r"[0-9_]{4301}|\\[uUNx]")
_IN_NO_PYTHON = ("integer string conversion", "(unicode error)", "(value error)")
_INDENT_WITH_FORM_FEED = re.compile(r"^[ \t]*\f[ \t\f]*", re.MULTILINE)
_BEHIND_CONVERSION = re.compile(r"![sra][ \t]*#[^\r\n]*")


def parse(source: str) -> cst.Module:
    """The tree of a source; with more spaces around keywords if LibCST demands them.

    Raises:
        SourceError: it is no Python.
    """
    _check_for_every_python(source)
    if (line := slow_pattern(source)) is not None:
        raise SourceError(TOO_DEEP, line)
    try:
        tree = _parsed(source)
        if (refused := compiler_error(source)) is not None:
            raise SourceError(f"{refused.msg}", refused.lineno or 1, refused.offset or 1)
        _check_conversions(tree, source)
        if "\f" in source:
            tree = _with_form_feeds(tree, source)
        tree = _with_comment_at_first_definition(tree)
        return tree if source.isascii() else _with_normal_names(tree)
    except UNPARSABLE as error:
        raise explained(source, error) from error


def _parsed(source: str) -> cst.Module:
    try:
        return cst.parse_module(source)
    except cst.CSTValidationError:
        if (spaced := with_keyword_spaces(source)) == source:
            raise
        return cst.parse_module(spaced)
    except cst.ParserSyntaxError:
        if "\f" not in source or not are_alike(source, plain := _with_plain_indents(source)):
            raise
        return cst.parse_module(plain)


def _with_plain_indents(source: str) -> str:
    """The source without form feeds in its indentations, which begin anew behind them.

    LibCST counts them as a column where a block begins. Lines within a string change, too: one has to look.
    """
    return _INDENT_WITH_FORM_FEED.sub(lambda match: match[0].rpartition("\f")[2], source)


def _check_for_every_python(source: str) -> None:
    """LibCST takes what no Python reads: null bytes, decimal numbers of more digits than `int` takes, escapes
    that name no character.

    It is not asked whether this Python parses a source: a newer one may, as with `f"{a` whose field ends on
    the next line (PEP 701).
    """
    if (null := source.find("\0")) >= 0:
        line = len(re.findall(r"\r\n|\r|\n", source[:null])) + 1
        raise SourceError("source code string cannot contain null bytes", line)
    if _LITERALS_TO_CHECK.search(source) is None:
        return
    try:
        python_tree(source)
    except SyntaxError as error:
        if any(words in error.msg for words in _IN_NO_PYTHON):
            raise SourceError(f"{error.msg}", error.lineno or 1, error.offset or 1) from error
    except (ValueError, MemoryError, RecursionError):
        pass


def parse_text(text: str) -> cst.BaseExpression | None:
    """The expression in a string or comment, such as a type; None if there is none, or one nested too deeply.

    A module's nesting is looked at before it is parsed, but what is in strings and comments is not.
    """
    if is_deeply_nested(text):
        return None
    try:
        return cst.parse_expression(text)
    except UNPARSABLE:
        return None


def _check_conversions(tree: cst.Module, source: str) -> None:
    """LibCST drops a comment between a conversion and the end of its field, as in `{room.id!s  # why`."""
    found = list(_BEHIND_CONVERSION.finditer(source))
    code = tree.code if found else ""
    for match in found:
        if match[0] not in code:
            line = source.count("\n", 0, match.start()) + 1
            raise SourceError("a comment behind a conversion in an f-string would be lost", line)


def _with_normal_names(tree: cst.Module) -> cst.Module:
    """The tree with its names as Python reads them: a full-width `room` is `room` (NFKC; PEP 3131)."""
    new = tree.visit(_NormalNames())
    assert isinstance(new, cst.Module)
    return new


class _NormalNames(cst.CSTTransformer):
    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        normal = unicodedata.normalize("NFKC", updated_node.value)
        return updated_node if normal == updated_node.value else updated_node.with_changes(value=normal)


def _with_form_feeds(tree: cst.Module, source: str) -> cst.Module:
    """The tree with the form feeds that stand right in front of its statements, on lines of their own.

    LibCST drops them. They part a file's sections, so comments right above a statement come behind them.
    """
    lines = first_lines(tree, source)
    texts = re.split(r"\r\n|\r|\n", source)
    if lines is None:
        return tree
    page = cst.EmptyLine(indent=False, whitespace=cst.SimpleWhitespace("\f"))
    body = list(tree.body)
    for index, line in enumerate(lines):
        statement = body[index]
        first = line - len(getattr(statement, "decorators", ()))
        if not any(text.lstrip(" \t").startswith("\f") for text in texts[first - 1 : line]):
            continue
        above = list(getattr(statement, "leading_lines", ()))
        start = len(above)
        while start and above[start - 1].comment is not None:
            start -= 1
        body[index] = statement.with_changes(leading_lines=[*above[:start], page, *above[start:]])
    return tree.with_changes(body=body)


def _with_comment_at_first_definition(tree: cst.Module) -> cst.Module:
    """The tree with the comment above a first function or class at it, not in the module's header.

    A comment at the very start of the file is the file's.
    """
    if not tree.body or not isinstance(tree.body[0], (cst.FunctionDef, cst.ClassDef)):
        return tree
    header = list(tree.header)
    start = len(header)
    while start and header[start - 1].comment is not None:
        start -= 1
    if not start or start == len(header):
        return tree
    first = tree.body[0]
    moved = first.with_changes(leading_lines=[*header[start:], *first.leading_lines])
    return tree.with_changes(header=header[:start], body=[moved, *tree.body[1:]])

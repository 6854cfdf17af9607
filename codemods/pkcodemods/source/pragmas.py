"""Pragmas: comments for tools, what they refer to, and how they move to another line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import libcst as cst

from pkcodemods.source.type_comments import is_type_comment

_PRAGMA = re.compile(r"#\s*(type:|noqa|pylint:|pyright:|mypy:|ruff:|isort:|fmt:|pragma:|nosec|yapf:)")
_OF_LINE = re.compile(
    r"#\s*(type:\s*ignore|noqa|pylint:|pyright:\s*ignore|mypy:\s*ignore|pragma:|nosec|fmt:\s*skip)"
)
_MERE = re.compile(
    r"#\s*(type:\s*ignore(\[.*?\])?|noqa(:\s*[A-Z]+[0-9]+([,\s]+[A-Z]+[0-9]+)*)?|[a-z]+:\s*[\w-]+(=\S+)?|nosec)\s*$"
)


def is_pragma(comment: str) -> bool:
    """Whether a comment is for a tool."""
    return _PRAGMA.match(comment) is not None


def is_mere_pragma(comment: str) -> bool:
    """Whether a comment is for a tool and says nothing to people."""
    return is_pragma(comment) and _MERE.match(comment) is not None


def is_about_line(comment: str) -> bool:
    """Whether a comment is a pragma about the line that it ends."""
    return _OF_LINE.match(comment) is not None


def at_line_end(line: cst.TrailingWhitespace, pragmas: list[str]) -> cst.TrailingWhitespace:
    """The end of a line with pragmas besides the comment that it has.

    What type checkers look for has to come first, after a type comment's type.
    """
    comment = line.comment.value if line.comment is not None else ""
    parts: list[str] = [comment] if comment else []
    for text in sorted(pragmas, key=len, reverse=True):
        if not any(text in part for part in parts):
            parts.append(text)
    if not pragmas or parts == [comment]:
        return line
    parts.sort(key=_rank)
    return line.with_changes(whitespace=cst.SimpleWhitespace("  "), comment=cst.Comment("  ".join(parts)))


def _rank(comment: str) -> int:
    return 0 if is_type_comment(comment) else 1 if comment.startswith("# type:") else 2


def with_pragmas(method: cst.FunctionDef, pragmas: list[str]) -> cst.FunctionDef:
    """A function whose first line ends with pragmas: tools look for them there."""
    opening, body = method.whitespace_before_params, method.body
    if isinstance(opening, cst.ParenthesizedWhitespace):
        first = opening.with_changes(first_line=at_line_end(opening.first_line, pragmas))
        return method.with_changes(whitespace_before_params=first)
    if isinstance(body, cst.IndentedBlock):
        return method.with_changes(body=body.with_changes(header=at_line_end(body.header, pragmas)))
    assert isinstance(body, cst.SimpleStatementSuite)
    end = at_line_end(body.trailing_whitespace, pragmas)
    return method.with_changes(body=body.with_changes(trailing_whitespace=end))


def sorted_out(lines: list[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], list[str]]:
    """Lines of comments without those that are about a line they would end, and these."""
    about = [line.comment.value for line in lines if line.comment and is_about_line(line.comment.value)]
    rest = [line for line in lines if line.comment is None or not is_about_line(line.comment.value)]
    return rest, about


_FORMATTING = re.compile(r"#\s*(?:fmt|yapf):\s*(off|on|disable|enable)\s*$")


def formatting(comment: str) -> bool | None:
    """Whether a comment turns a formatter on or off from there on; None if it does neither."""
    match = _FORMATTING.match(comment)
    return None if match is None else match[1] in ("on", "enable")


def formatting_lines(lines: Iterable[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Those of some lines that turn a formatter on or off."""
    return [line for line in lines if line.comment and formatting(line.comment.value) is not None]


def without_formatting(lines: Iterable[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Lines without those that turn a formatter on or off."""
    return [line for line in lines if not line.comment or formatting(line.comment.value) is None]


def unformatted(block: cst.Module | cst.IndentedBlock) -> set[cst.CSTNode]:
    """The statements of a module, or of a block, that no formatter is to touch."""
    found: set[cst.CSTNode] = set()
    lines: list[cst.EmptyLine] = list(block.header) if isinstance(block, cst.Module) else []
    is_on = True
    for statement in block.body:
        lines += getattr(statement, "leading_lines", ())
        for line in formatting_lines(lines):
            assert line.comment is not None
            is_on = formatting(line.comment.value) is True
        lines = []
        if not is_on:
            found.add(statement)
    return found


def without_empty_regions(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Lines without a formatter's being turned off and on again with nothing between."""
    new: list[cst.EmptyLine] = []
    for line in lines:
        turned = formatting(line.comment.value) if line.comment else None
        before = [index for index, item in enumerate(new) if item.comment][-1:]
        last = new[before[0]].comment if before else None
        if turned and last is not None and formatting(last.value) is False:
            del new[before[0] :]
        else:
            new.append(line)
    return new

"""Replaces imports, block by block, without losing a comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from pkcodemods.rewriting.classes import is_blank
from pkcodemods.source import at_line_end, comments_of, dotted_name, is_about_line, is_import, is_mere_pragma

Replacements = Mapping[cst.CSTNode, Sequence[cst.BaseSmallStatement]]


class ImportBlocks(cst.CSTTransformer):
    """Replaces small statements in the blocks of a tree; a block that this empties goes, where it can."""

    def __init__(self, replaced: Replacements) -> None:
        super().__init__()
        self._replaced = replaced
        self._emptied: set[cst.CSTNode] = set()
        self._gone: set[cst.CSTNode] = set()

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Walk into blocks only."""
        return isinstance(
            node,
            (
                *(cst.Module, cst.BaseCompoundStatement, cst.IndentedBlock, cst.SimpleStatementSuite),
                *(cst.Else, cst.ExceptHandler, cst.Finally),
            ),
        )

    def leave_Module(  # noqa: N802 - libcst's name
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        """Replace those at the top."""
        body, rest = self._body(updated_node.body)
        return updated_node.with_changes(body=body, footer=[*rest, *updated_node.footer])

    def leave_IndentedBlock(  # noqa: N802 - libcst's name
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.BaseSuite:
        """Replace those in a block."""
        body, rest = self._body(updated_node.body)
        if body and body[0] is not updated_node.body[0]:
            body[0] = _without_blanks_above(body[0])
        new = updated_node.with_changes(body=body, footer=[*rest, *updated_node.footer])
        if not body:
            self._emptied.add(new)
        return new

    def leave_SimpleStatementSuite(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        """Replace those behind a colon."""
        smalls = self._smalls(original_node.body)
        if smalls is None:
            return updated_node
        new = updated_node.with_changes(body=smalls or [cst.Pass()])
        if not smalls:
            self._emptied.add(new)
        return new

    def leave_If(  # noqa: N802 - libcst's name
        self, original_node: cst.If, updated_node: cst.If
    ) -> cst.If:
        """An `if` that chose between imports goes with the last of them."""
        rest = updated_node.orelse
        rest_gone = rest is None or rest in self._gone or rest.body in self._emptied
        if updated_node.body in self._emptied and rest_gone:
            self._gone.add(updated_node)
        elif rest is not None and rest_gone and not comments_of(rest):
            return updated_node.with_changes(orelse=None)
        return updated_node

    def leave_Try(  # noqa: N802 - libcst's name
        self, original_node: cst.Try, updated_node: cst.Try
    ) -> cst.Try:
        """A `try` that guarded an import goes with it, if its handlers do nothing else."""
        blocks = [updated_node.body, *(handler.body for handler in updated_node.handlers)]
        rest = [part.body for part in (updated_node.orelse, updated_node.finalbody) if part is not None]
        emptied = [block in self._emptied or _does_nothing(block) for block in [*blocks, *rest]]
        if all(emptied) and any(block in self._emptied for block in blocks):
            self._gone.add(updated_node)
        return updated_node

    # lists of statements

    def _body(self, body: Sequence[cst.BaseStatement]) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        """The statements with the replacements, and the comments that no statement is left to carry."""
        carried: list[cst.EmptyLine] = []
        parted: list[cst.EmptyLine] = []  # the blank lines above an import that goes
        result: list[cst.BaseStatement] = []
        pragmas: list[str] = []
        heir: int | None = None
        for statement in body:
            if statement in self._gone:
                carried += _left_behind(statement)
                continue
            smalls = self._smalls(statement.body) if isinstance(statement, cst.SimpleStatementLine) else None
            if smalls is None:
                result.append(_below(carried or parted * _is_in_its_group(statement), statement))
                carried, parted = [], []
                continue
            assert isinstance(statement, cst.SimpleStatementLine)
            lines = self._lines(statement, smalls)
            if lines:
                found = next((i for i, line in enumerate(lines) if _is_of_class_form(line)), None)
                heir = len(result) + found if heir is None and found is not None else heir
                result.append(_below(carried or parted * _is_in_its_group(lines[0]), lines[0]))
                result += lines[1:]
                carried, parted = [], []
            else:
                carried += _left_behind(statement)
                parted = parted or [line for line in statement.leading_lines[:1] if is_blank(line)]
                pragmas += [c.value for c in comments_of(statement) if is_mere_pragma(c.value)]
        if heir is not None and pragmas:  # pragmas of an import move to its replacement
            result[heir] = _with_pragmas(result[heir], pragmas)  # type: ignore[arg-type]
        return result, carried

    def _smalls(self, smalls: Sequence[cst.BaseSmallStatement]) -> list[cst.BaseSmallStatement] | None:
        """The small statements of a line with the replacements; None if there are none."""
        if not any(small in self._replaced for small in smalls):
            return None
        result: list[cst.BaseSmallStatement] = []
        for small in smalls:
            result += self._replaced.get(small, [small])
        return [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in result]

    def _lines(
        self, statement: cst.SimpleStatementLine, smalls: list[cst.BaseSmallStatement]
    ) -> list[cst.SimpleStatementLine]:
        """A line for each small statement; comments that were inside of one stand above."""
        if not smalls:
            return []
        first = statement.with_changes(body=smalls[:1])
        lines = [first, *(cst.SimpleStatementLine([small]) for small in smalls[1:])]
        left = [comment.value for line in lines for comment in comments_of(line)]
        lost, pragmas = [], []
        for comment in comments_of(statement):
            if comment.value in left:
                left.remove(comment.value)
            elif is_about_line(comment.value):
                pragmas.append(comment.value)
            else:
                lost.append(cst.EmptyLine(comment=comment))
        lines[0] = first.with_changes(leading_lines=[*first.leading_lines, *lost])
        heir = next((i for i, line in enumerate(lines) if _is_of_class_form(line)), 0)
        lines[heir] = _with_pragmas(lines[heir], pragmas)
        return lines


def _is_of_class_form(line: cst.SimpleStatementLine) -> bool:
    small = line.body[0]
    return isinstance(small, cst.ImportFrom) and dotted_name(small.module) == "partyserver"


def _with_pragmas(line: cst.SimpleStatementLine, pragmas: list[str]) -> cst.SimpleStatementLine:
    """An import with the pragmas that stood at its names: tools take them at its first line, too."""
    bracket = getattr(line.body[0], "lpar", None)
    inside = bracket.whitespace_after if isinstance(bracket, cst.LeftParen) else None
    if isinstance(inside, cst.ParenthesizedWhitespace):
        return line.with_deep_changes(inside, first_line=at_line_end(inside.first_line, pragmas))
    return line.with_changes(trailing_whitespace=at_line_end(line.trailing_whitespace, pragmas))


def _left_behind(statement: cst.BaseStatement) -> list[cst.EmptyLine]:
    """The comments of a statement that goes, with the blank lines above the first of them."""
    own = list(getattr(statement, "leading_lines", ()))
    while own and is_blank(own[-1]):
        own.pop()
    inside = comments_of(statement.with_changes(leading_lines=[]))
    return [*own, *(cst.EmptyLine(comment=c) for c in inside if not is_mere_pragma(c.value))]


def _is_in_its_group(statement: cst.BaseStatement) -> bool:
    """Whether a statement is an import right below the one before it."""
    return is_import(statement) and not getattr(statement, "leading_lines", ())


def _below(carried: list[cst.EmptyLine], statement: cst.BaseStatement) -> cst.BaseStatement:
    """A statement with comments above it that another one left behind."""
    if not carried:
        return statement
    return statement.with_changes(leading_lines=[*carried, *getattr(statement, "leading_lines", ())])


def _without_blanks_above(statement: cst.BaseStatement) -> cst.BaseStatement:
    """The first statement of a block, whose blank lines parted it from what is gone."""
    lines = list(getattr(statement, "leading_lines", ()))
    while lines and lines[0].comment is None:
        del lines[0]
    return statement.with_changes(leading_lines=lines)


def _does_nothing(block: cst.BaseSuite) -> bool:
    return all(
        isinstance(small, (cst.Pass, cst.Raise))
        for line in block.body
        for small in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    )

"""One walk that makes the edits of a plan, and moves comments with no place left above the statement."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from pkcodemods.plans import UsePlan
from pkcodemods.source import (
    Program,
    comment_lines,
    comments_in,
    kept_together,
    missing,
    quotes_around,
    spelled_out,
    with_fitting_quotes,
    with_room_for_brace,
)


class EditingWalk(cst.CSTTransformer):
    """Makes the edits of a plan, and walks only to where there are some.

    Attributes:
        results: what became of each node on the way.
    """

    def __init__(self, program: Program, plan: UsePlan, extra: Sequence[cst.CSTNode]) -> None:
        super().__init__()
        self._plan = plan
        self.results: dict[cst.CSTNode, cst.CSTNode] = {}
        self._program = program
        self._lost: dict[cst.CSTNode, list[str]] = {}
        self._above: dict[cst.CSTNode, list[cst.EmptyLine]] = {}
        self._touched: set[cst.CSTNode] = set()
        for node in (*plan.edits, *plan.removed, *plan.expanded, *extra):
            self._touched.add(node)
            for around in program.ancestors(node):
                if around in self._touched:
                    break
                self._touched.add(around)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Walk on only where there is something to edit."""
        return node in self._touched

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        """Edit a node whose parts are edited."""
        result: cst.CSTNode = updated_node
        if original_node in self._plan.removed:
            self._hand_on(original_node)
            return cst.RemovalSentinel.REMOVE
        edit = self._plan.edits.get(original_node) or self._plan.expanded.get(original_node)
        if edit is not None:
            result = edit(updated_node)
            if isinstance(result, cst.BaseExpression) and isinstance(updated_node, cst.BaseExpression):
                result = kept_together(updated_node, result)
            self._note_lost(original_node, updated_node, result)
        if original_node in self._above:
            result = with_lines_above(result, self._above[original_node])
        if original_node in self._lost:
            result = with_comments_above(result, self._lost[original_node])
        if (
            isinstance(original_node, cst.FormattedStringExpression)
            and original_node.equal is not None
            and original_node in self._touched
        ):
            container = self._program.parents[original_node]
            while isinstance(container, cst.FormattedStringExpression):  # it is in the format of another
                container = self._program.parents[container]
            assert isinstance(result, cst.FormattedStringExpression)
            assert isinstance(container, cst.FormattedString)
            return spelled_out(original_node, result, container)
        if isinstance(result, cst.FormattedStringExpression) and original_node in self._touched:
            result = with_room_for_brace(result)
        is_string = isinstance(result, cst.FormattedString) and original_node in self._touched
        if is_string and not quotes_around(self._program, original_node):
            assert isinstance(result, cst.FormattedString)
            result = with_fitting_quotes(result, self._program.parents)
        if original_node in self._touched:
            self.results[original_node] = result
        return result

    def _hand_on(self, removed: cst.CSTNode) -> None:
        """Move the comments of a removed statement to the one behind it."""
        block = self._program.parents[removed]
        lines = comment_lines(comments_in(removed))
        if not lines or not isinstance(block, cst.IndentedBlock):
            return
        behind = list(block.body)[list(block.body).index(removed) + 1 :]  # type: ignore[arg-type]
        for follower in behind:
            if follower not in self._plan.removed and hasattr(follower, "leading_lines"):
                self._above.setdefault(follower, []).extend(lines)
                return
        around = next(node for node in self._program.ancestors(block) if hasattr(node, "leading_lines"))
        self._lost.setdefault(around, []).extend(comments_in(removed))

    def _note_lost(self, original: cst.CSTNode, before: cst.CSTNode, after: cst.CSTNode) -> None:
        """Keep the comments that an edit leaves no place for: they go above the statement."""
        comments = comments_in(before)
        if not comments:
            return
        lost = missing(comments, [text for node in _flat(after) for text in comments_in(node)])
        for around in (original, *self._program.ancestors(original)):
            if lost and hasattr(around, "leading_lines"):
                self._lost[around] = self._lost.get(around, []) + lost
                return


def _flat(node: cst.CSTNode) -> list[cst.CSTNode]:
    return list(node) if isinstance(node, cst.FlattenSentinel) else [node]


def with_lines_above(node: cst.CSTNode, lines: Sequence[cst.EmptyLine]) -> cst.CSTNode:
    """A statement, or the first of several, with lines above it and its own comments."""
    if isinstance(node, cst.FlattenSentinel):
        first, *rest = node
        return cst.FlattenSentinel([with_lines_above(first, lines), *rest])  # type: ignore[return-value]
    return node.with_changes(leading_lines=[*lines, *getattr(node, "leading_lines", ())])


def with_comments_above(node: cst.CSTNode, comments: list[str]) -> cst.CSTNode:
    """A statement, or the first of several, with comments right above it."""
    if isinstance(node, cst.FlattenSentinel):
        first, *rest = node
        return cst.FlattenSentinel([with_comments_above(first, comments), *rest])  # type: ignore[return-value]
    lines = [
        *getattr(node, "leading_lines", ()),
        *(cst.EmptyLine(comment=cst.Comment(text)) for text in comments),
    ]
    return node.with_changes(leading_lines=lines)

"""Merges imports of one module that stand in the same block."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import libcst as cst

from pkcodemods.source import comments_of, descendants, dotted_name, is_about_line, with_aliases

_MODULES = ("partyserver", "pkcompat")
_Lines = Sequence[cst.BaseStatement]


def with_merged_imports(tree: cst.Module, before: cst.Module, width: int) -> cst.Module:
    """A tree in which no block imports from the class form, or from the bridge, in two statements.

    Two statements that stood there before stay two.

    Args:
        tree: the tree.
        before: the tree before the migration.
        width: the longest line, in columns.
    """
    old = {_text(node) for node in descendants(before) if isinstance(node, cst.ImportFrom)}
    new = tree.visit(_Merging(old, width))
    assert isinstance(new, cst.Module)
    return new


class _Merging(cst.CSTTransformer):
    def __init__(self, old: Collection[str], width: int) -> None:
        super().__init__()
        self._old = old
        self._width = width
        self._depth = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.IndentedBlock):
            self._depth += 1
        blocks = (cst.Module, cst.BaseCompoundStatement, cst.IndentedBlock, cst.Else, cst.ExceptHandler)
        return isinstance(node, (*blocks, cst.Finally))

    def leave_Module(  # noqa: N802 - libcst's name
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        return updated_node.with_changes(body=self._merged(updated_node.body))

    def leave_IndentedBlock(  # noqa: N802 - libcst's name
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.BaseSuite:
        merged = self._merged(updated_node.body)
        self._depth -= 1
        return updated_node.with_changes(body=merged)

    def _merged(self, lines: _Lines) -> _Lines:
        """A block's statements with the later of two imports in the earlier, where nothing is between."""
        result: list[cst.BaseStatement] = []
        earlier: dict[str, int] = {}
        bound: list[
            tuple[int, str]
        ] = []  # the names that imports bind since the block's last other statement
        for line in lines:
            names = _bound_names(line)
            if names is None:
                earlier, bound = {}, []
                result.append(line)
                continue
            found = _Import.of(line)
            place = earlier.get(found.module) if found is not None else None
            target = _Import.of(result[place]) if place is not None else None
            if found is not None and place is not None and target is not None:
                rebound = {name for index, name in bound if index > place}
                is_old = {_text(found.node), _text(target.node)} <= set(self._old)
                if not is_old and rebound.isdisjoint(names) and found.can_join(target):
                    result[place] = target.joined(found, self._width - 4 * self._depth)
                    continue
            if found is not None:
                earlier[found.module] = len(result)
            bound += [(len(result), name) for name in names]
            result.append(line)
        return result if len(result) < len(lines) else lines


@dataclass(frozen=True, slots=True)
class _Import:
    """A line that holds nothing but an import of names from a module.

    Attributes:
        line: the line.
        node: the import.
        aliases: what it imports, without commas, each with the comment at its line's end.
    """

    line: cst.SimpleStatementLine
    node: cst.ImportFrom
    aliases: tuple[tuple[cst.ImportAlias, cst.Comment | None], ...]

    @classmethod
    def of(cls, line: cst.BaseStatement) -> _Import | None:
        """The import of a line; None if it is another one, or its comments are between its names."""
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
            return None
        node = line.body[0]
        if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar) or node.relative:
            return None
        if dotted_name(node.module) not in _MODULES:
            return None
        aliases = [(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT), _end(alias)) for alias in node.names]
        new = cls(line, node, tuple(aliases))
        at_names = [comment for _, comment in new.aliases if comment is not None]
        return new if len(at_names) == len(comments_of(node)) else None

    @property
    def module(self) -> str:
        """The module that it imports from."""
        return dotted_name(self.node.module) or ""

    @property
    def comment(self) -> cst.Comment | None:
        """The comment behind it."""
        return self.line.trailing_whitespace.comment

    def can_join(self, target: _Import) -> bool:
        """Whether another import can import what it imports, and its comments still say the same."""
        ends = [comment for comment in (self.comment, target.comment) if comment is not None]
        if any(is_about_line(comment.value) for comment in (*ends, *comments_of(self.node))):
            return False
        if any(line.comment is not None for line in self.line.leading_lines):
            return False
        return self.comment is None or len(self.aliases) == 1

    def joined(self, other: _Import, width: int) -> cst.SimpleStatementLine:
        """The line when it imports what another one imports as well."""
        present = {_text(alias): comment for alias, comment in self.aliases}
        pairs = list(self.aliases)
        for alias, comment in other.aliases:
            text = other.comment or comment
            if _text(alias) not in present or text is not None:
                pairs = [pair for pair in pairs if pair[1] is not None or _text(pair[0]) != _text(alias)]
                pairs.append((alias, text))
        pairs.sort(key=lambda pair: _text(pair[0]))
        return with_aliases(self.line, self.node, pairs, width)


def _end(alias: cst.ImportAlias) -> cst.Comment | None:
    space = alias.comma.whitespace_after if isinstance(alias.comma, cst.Comma) else None
    return space.first_line.comment if isinstance(space, cst.ParenthesizedWhitespace) else None


def _bound_names(line: cst.BaseStatement) -> list[str] | None:
    """The names that a line of imports binds; None for another one, or where they cannot be known."""
    names: list[str] = []
    for small in line.body if isinstance(line, cst.SimpleStatementLine) else [line]:
        if not isinstance(small, (cst.Import, cst.ImportFrom)) or isinstance(small.names, cst.ImportStar):
            return None
        names += [alias.evaluated_alias or alias.evaluated_name.partition(".")[0] for alias in small.names]
    return names


def _text(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)

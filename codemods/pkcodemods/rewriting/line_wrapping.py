"""Wrapping the lines that a migration made too long, as Ruff would."""

from __future__ import annotations

import ast

import libcst as cst

from pkcodemods.rewriting.expression_layouts import is_one_line_text
from pkcodemods.rewriting.layouts import columns, printed
from pkcodemods.rewriting.statement_layouts import layouts_of
from pkcodemods.source import is_about_line, is_pragma, python_tree, unformatted

_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)
_GO_ON = ("(", "[", "{", ",", "\\")
_CLOSE = (")", "]", "}")
_HEADED = (cst.If, cst.While, cst.For, cst.With, cst.FunctionDef, cst.ClassDef)


def with_wrapped_lines(tree: cst.Module, before: cst.Module, width: int) -> cst.Module:
    """A tree whose changed statements fit in the width, where they fitted before.

    A statement that stood there before, on lines as long, stays as it is. In a module that was laid out as
    Ruff does, every changed statement is.

    Args:
        tree: the tree.
        before: the tree before the migration.
        width: the longest line, in columns.
    """
    if not _may_need_wrapping(tree.code, before.code, width):
        return tree
    old = _Lines(before, width)
    before.visit(old)
    wrapping = _Wrapping(tree, width, old)
    new = tree.visit(wrapping)
    assert isinstance(new, cst.Module)
    return new


def _may_need_wrapping(code: str, before: str, width: int) -> bool:
    """Whether a changed line is too long, or part of a statement over several lines."""
    known = set(before.splitlines())
    lines = code.splitlines()
    around = zip(["", *lines], lines, [*lines[1:], ""], strict=False)
    return any(
        columns(line) > width
        or line.rstrip().endswith(_GO_ON)
        or above.rstrip().endswith(_GO_ON)
        or below.lstrip().startswith(_CLOSE)
        for above, line, below in around
        if line not in known
    )


class _Statements(cst.CSTTransformer):
    """Walks over statements, and knows what their lines begin with."""

    def __init__(self, tree: cst.Module, width: int) -> None:
        super().__init__()
        self._tree = tree
        self._width = width
        self._indents = [""]
        self._else_ifs: set[cst.CSTNode] = set()
        self._by_hand = unformatted(tree)

    def on_visit(self, node: cst.CSTNode) -> bool:
        if node in self._by_hand:
            return False
        if isinstance(node, cst.IndentedBlock):
            own = self._tree.default_indent if node.indent is None else node.indent
            self._indents.append(self._indents[-1] + own)
            self._by_hand |= unformatted(node)
        if isinstance(node, cst.If) and isinstance(node.orelse, cst.If):
            self._else_ifs.add(node.orelse)
        inner = (cst.Module, cst.BaseCompoundStatement, cst.IndentedBlock, cst.SimpleStatementLine)
        parts = (cst.Else, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally, cst.MatchCase)
        return isinstance(node, (*inner, *parts))

    def _leave(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.IndentedBlock):
            self._indents.pop()

    def _text(self, node: cst.CSTNode, original: cst.CSTNode) -> str | None:
        """The source of a statement, or of a compound one's first line; None if it is left as it is."""
        if isinstance(node, cst.SimpleStatementLine):
            return _plain(self._tree.code_for_node(node.body[0])) if len(node.body) == 1 else None
        if not isinstance(node, _HEADED):
            return None
        if not isinstance(node.body, cst.IndentedBlock) and not isinstance(node, _DEFINITIONS):
            return None
        bare = node.with_changes(
            leading_lines=[], body=cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])])
        )
        if isinstance(bare, _DEFINITIONS):
            bare = bare.with_changes(decorators=[], lines_after_decorators=[])
        if isinstance(bare, (cst.If, cst.While, cst.For)):
            bare = bare.with_changes(orelse=None)
        code = _plain(self._tree.code_for_node(bare))
        return code.rstrip().removesuffix("pass").rstrip()

    def _room(self, node: cst.CSTNode, original: cst.CSTNode) -> tuple[int, int]:
        """The column that a statement starts at, and what a comment behind it takes."""
        start = columns(self._indents[-1]) + (2 if original in self._else_ifs else 0)
        comment = _comment_behind(node)
        reserved = 0 if comment is None or is_pragma(comment.value) else 2 + len(comment.value)
        body = getattr(node, "body", None)
        if isinstance(body, cst.SimpleStatementSuite):
            reserved += len(
                self._tree.code_for_node(
                    body.with_changes(trailing_whitespace=cst.TrailingWhitespace())
                ).rstrip()
            )
        return start, reserved

    def _laid_out(self, node: cst.CSTNode, original: cst.CSTNode) -> str | None:
        """A statement as Ruff would lay it out; None if that is not known."""
        small = node.body[0] if isinstance(node, cst.SimpleStatementLine) else node
        bare = small.with_changes(body=cst.SimpleStatementSuite([cst.Pass()])) if small is node else small
        if isinstance(bare, _DEFINITIONS):
            bare = bare.with_changes(decorators=[], lines_after_decorators=[])
        if isinstance(bare, (cst.If, cst.While, cst.For)):
            bare = bare.with_changes(orelse=None)
        if hasattr(bare, "leading_lines"):
            bare = bare.with_changes(leading_lines=[])
        if not is_one_line_text(bare):
            return None
        comment = _comment_behind(node)
        if comment is not None and is_about_line(comment.value):
            return None
        start, reserved = self._room(node, original)
        texts = [
            printed(
                layout, width=self._width, indent=self._tree.default_indent, start=start, reserved=reserved
            )
            for layout in layouts_of(small)
        ]
        fitting = (text for text in texts if self._fits(text, start, reserved))
        return next(fitting, texts[0] if texts else None)

    def _fits(self, text: str, start: int, reserved: int = 0) -> bool:
        *lines, last = text.split("\n")
        return all(start + columns(line) <= self._width for line in lines) and (
            start + columns(last) + reserved <= self._width
        )


class _Lines(_Statements):
    """Notes the statements of a module, and whether they are laid out as Ruff does.

    Attributes:
        texts: the statements, with what their lines begin with.
        long: the statements that do not fit.
        is_formatted: whether all that could be laid out are.
    """

    def __init__(self, tree: cst.Module, width: int) -> None:
        super().__init__(tree, width)
        self.texts: set[tuple[str, int]] = set()
        self.long: list[str] = []
        self.is_formatted = True

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        """Note a statement."""
        self._leave(original_node)
        text = self._text(original_node, original_node)
        if text is not None:
            start, reserved = self._room(original_node, original_node)
            self.texts.add((text, start))
            fits = self._fits(text, start, reserved)
            if not fits:
                self.long.append(text)
            if not fits or "\n" in text:
                laid_out = self._laid_out(original_node, original_node)
                self.is_formatted &= laid_out is None or laid_out == text
        return updated_node


class _Wrapping(_Statements):
    def __init__(self, tree: cst.Module, width: int, old: _Lines) -> None:
        super().__init__(tree, width)
        self._old = old

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        """Wrap a statement."""
        self._leave(original_node)
        text = self._text(updated_node, original_node)
        if text is None or original_node in self._by_hand:
            return updated_node
        start, reserved = self._room(updated_node, original_node)
        fits = self._fits(text, start, reserved)
        is_changed = (text, start) not in self._old.texts
        if not is_changed or (fits and not (self._old.is_formatted and "\n" in text)):
            return updated_node
        if not fits and self._was_long(text):
            return updated_node
        if isinstance(updated_node, _DEFINITIONS) and not _is_stub(updated_node):
            return _unfolded(updated_node)
        laid_out = self._laid_out(updated_node, original_node)
        if laid_out is None or laid_out == text or not _says_the_same(text, laid_out):
            return updated_node
        return self._parsed(updated_node, laid_out)

    def _was_long(self, text: str) -> bool:
        """Whether a statement was too long before it was changed."""
        return any(_is_alike(text, old) for old in self._old.long)

    def _parsed(self, node: cst.CSTNode, text: str) -> cst.CSTNode:
        """The statement with other line ends."""
        end = self._tree.default_newline
        config = cst.PartialParserConfig(default_newline=end, default_indent=self._tree.default_indent)
        lines = text.replace("\n", end)
        if isinstance(node, cst.SimpleStatementLine):
            line = cst.parse_statement(lines + end, config)
            assert isinstance(line, cst.SimpleStatementLine)
            return node.with_changes(body=line.body)
        head = cst.parse_statement(f"{lines} pass{end}", config)
        assert type(head) is type(node)
        kept = ("leading_lines", "body", "orelse", "decorators", "lines_after_decorators")
        return head.with_changes(**{name: getattr(node, name) for name in kept if hasattr(node, name)})


def _is_stub(node: cst.FunctionDef | cst.ClassDef) -> bool:
    """Whether a definition stands in a block of its own, or has a mere `...`, which stays on its line."""
    if not isinstance(node.body, cst.SimpleStatementSuite):
        return True
    first = node.body.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, cst.Ellipsis)


def _unfolded(node: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
    """A definition on one line, with its statements on lines of their own."""
    assert isinstance(node.body, cst.SimpleStatementSuite)
    end = node.body.trailing_whitespace
    if end.comment is not None and is_about_line(end.comment.value):
        return node
    smalls = [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in node.body.body]
    lines = [cst.SimpleStatementLine([small]) for small in smalls]
    lines[-1] = lines[-1].with_changes(trailing_whitespace=end)
    return node.with_changes(body=cst.IndentedBlock(lines))


def _comment_behind(node: cst.CSTNode) -> cst.Comment | None:
    """The comment at the end of a simple statement, or of a compound one's first line."""
    if isinstance(node, cst.SimpleStatementLine):
        return node.trailing_whitespace.comment
    body = getattr(node, "body", None)
    if isinstance(body, cst.SimpleStatementSuite):
        return body.trailing_whitespace.comment
    return body.header.comment if isinstance(body, cst.IndentedBlock) else None


def _plain(code: str) -> str:
    return code.replace("\r\n", "\n").replace("\r", "\n")


def _says_the_same(text: str, other: str) -> bool:
    """Whether two layouts are of one statement."""
    body = " pass" if text.endswith(":") else ""
    try:
        return ast.dump(python_tree(text + body)) == ast.dump(python_tree(other + body))
    except (SyntaxError, ValueError):  # newer than this Python
        return False


def _is_alike(text: str, old: str) -> bool:
    """Whether one statement may be what became of another."""
    words, others = _words(text), _words(old)
    return len(words & others) * 3 >= len(words | others) * 2


def _words(text: str) -> frozenset[str]:
    word, found = "", []
    for character in f"{text} ":
        if character.isalnum() or character == "_":
            word += character
        elif word:
            found.append(word)
            word = ""
    return frozenset(found)

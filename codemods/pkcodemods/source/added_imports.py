"""Adds imports besides those of `partyserver` and `pkcompat`, in their usual places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.source.import_statements import head_of, with_names
from pkcodemods.source.modules import dotted_name

_TYPE_CHECKING = "TYPE_CHECKING"
_BLANK = cst.EmptyLine(indent=False)


@dataclass(frozen=True, slots=True)
class AddedImport:
    """An import.

    Attributes:
        module: the module as it is written, with its leading dots.
        name: what is imported from it; None to import the module itself.
        local: what that is called here.
        is_typing: whether type checkers alone need it.
    """

    module: str
    name: str | None
    local: str
    is_typing: bool = False

    def called(self, local: str, *, is_typing: bool) -> AddedImport:
        """The same under another name."""
        return replace(self, local=local, is_typing=is_typing)


def with_imports(tree: cst.Module, added: Sequence[AddedImport], width: int) -> cst.Module:
    """A module with more imports among those at its head; those of types under `if TYPE_CHECKING`.

    Args:
        tree: the module.
        added: the imports.
        width: the longest line, in columns.
    """
    wanted = list(dict.fromkeys(added))
    body: list[cst.BaseStatement] = list(tree.body)
    typing = [each for each in wanted if each.is_typing]
    block = next((index for index, line in enumerate(body) if _is_typing_block(line)), None)
    if typing and block is None:
        wanted.append(AddedImport("typing", _TYPE_CHECKING, _TYPE_CHECKING))
    for each in wanted:
        if not each.is_typing:
            _insert(body, each, *head_of(body), width)
    if typing:
        _insert_for_typing(body, typing, width)
    return tree.with_changes(body=body)


def _insert_for_typing(body: list[cst.BaseStatement], added: Sequence[AddedImport], width: int) -> None:
    index = next((index for index, line in enumerate(body) if _is_typing_block(line)), None)
    if index is not None:
        block = body[index]
        assert isinstance(block, cst.If)
        inner: list[cst.BaseStatement] = list(block.body.body)  # type: ignore[arg-type]
        if isinstance(block.body, cst.IndentedBlock):
            for each in added:
                _insert(inner, each, 0, head_of(inner)[1], width - 4)
            body[index] = block.with_changes(body=block.body.with_changes(body=inner))
            return
    inner = []
    for each in added:
        _insert(inner, each, 0, head_of(inner)[1], width - 4)
    head = head_of(body)[1]
    new = cst.If(cst.Name(_TYPE_CHECKING), cst.IndentedBlock(inner), leading_lines=[_BLANK])
    body.insert(head, new)


def _insert(body: list[cst.BaseStatement], added: AddedImport, start: int, end: int, width: int) -> None:
    """Put an import between two places of a block: into a statement of the same module, else sorted."""
    extended = _extend(body[start:end], added, width) if added.name is not None else None
    if extended is not None:
        body[start + extended[0]] = extended[1]
        return
    new = _statement(added, width)
    key = _key(new)
    index = next((place for place in range(start, end) if _key(body[place]) > key), end)
    previous = body[index - 1] if index > start else None
    follower = body[index] if index < end else None
    opens_group = previous is not None and _key(previous)[0] != key[0]
    if follower is not None and _key(follower)[0] == key[0] and (opens_group or previous is None):
        new = new.with_changes(leading_lines=getattr(follower, "leading_lines", ()))
        body[index] = follower.with_changes(leading_lines=[])  # it was first of its group
    elif previous is None and follower is not None:
        new = new.with_changes(leading_lines=getattr(follower, "leading_lines", ()))
        body[index] = follower.with_changes(leading_lines=[_BLANK])
    elif opens_group:
        new = new.with_changes(leading_lines=[_BLANK])
    body.insert(index, new)


def _extend(
    lines: Sequence[cst.BaseStatement], added: AddedImport, width: int
) -> tuple[int, cst.BaseStatement] | None:
    """The place of a statement that imports from the same module, and what it becomes."""
    assert added.name is not None
    for index, line in enumerate(lines):
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
            continue
        node = line.body[0]
        if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
            continue
        if _text(node) == added.module:
            more = with_names(node, {added.name: added.local}, width)
            return index, line.with_changes(body=[more])
    return None


def _statement(added: AddedImport, width: int) -> cst.SimpleStatementLine:
    what = added.name or added.module
    alias = what if added.local == what.partition(".")[0] else f"{what} as {added.local}"
    code = f"import {alias}" if added.name is None else f"from {added.module} import {alias}"
    if added.name is not None and len(code) > width:
        code = f"from {added.module} import (\n    {alias},\n)"
    statement = cst.parse_statement(f"{code}\n")
    assert isinstance(statement, cst.SimpleStatementLine)
    return statement


def _text(node: cst.ImportFrom) -> str:
    return "." * len(node.relative) + (dotted_name(node.module) or "")


def _key(line: cst.CSTNode) -> tuple[int, bool, str]:
    """Where an import sorts: the standard library, other code, the own package; plain imports first."""
    node = line.body[0] if isinstance(line, cst.SimpleStatementLine) else line
    if isinstance(node, cst.Import):
        name = dotted_name(node.names[0].name) or ""
        return (0 if stdlib.is_standard(name) else 1, False, name)
    if isinstance(node, cst.ImportFrom):
        name = _text(node)
        group = 2 if node.relative else 0 if stdlib.is_standard(name) else 1
        return (group, True, name)
    return (3, True, "")


def _is_typing_block(line: cst.CSTNode) -> bool:
    if not isinstance(line, cst.If) or line.orelse is not None:
        return False
    return (dotted_name(line.test) or "").rpartition(".")[2] == _TYPE_CHECKING

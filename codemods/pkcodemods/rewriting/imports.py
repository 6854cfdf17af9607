"""The imports of a migrated module: those of the class form added, those that nothing uses any more removed.

LibCST's `AddImportsVisitor` and `RemoveImportsVisitor` do less: they drop the comments of what they remove,
leave `try: pass` where an import was guarded, and add a second import where the module's own stands lower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from pkcodemods.api import SERVER_TYPE, TYPES
from pkcodemods.rewriting.classes import is_blank
from pkcodemods.rewriting.import_blocks import ImportBlocks
from pkcodemods.rewriting.imports_table import BoundName, Import, ImportsTable, ImportStatement
from pkcodemods.source import (
    descendants,
    head_of,
    import_statement,
    in_order,
    is_import,
    is_third_party,
    referenced_names,
    sorts_behind,
    with_names,
    with_sys,
)


@dataclass(frozen=True, slots=True)
class NeededImports:
    """What the rewritten module needs imported.

    Attributes:
        runtime: classes of `partyserver`, by local name.
        typing: those of them that only annotations under `TYPE_CHECKING` need, by local name.
        bridge: functions of `pkcompat`, with their local names.
        sys: the local name of `sys`; None if it is not needed.
    """

    runtime: Mapping[str, str]
    typing: Mapping[str, str]
    bridge: Mapping[str, str]
    sys: str | None


class ImportRewriter:
    """Rewrites the imports of a tree whose other edits are done.

    Args:
        table: the module's imports before the migration.
        needed: what the module needs imported.
        converts: whether types of the object form become those of the class form.
        line_length: where import statements are wrapped.
    """

    def __init__(
        self, table: ImportsTable, needed: NeededImports, *, converts: bool, line_length: int
    ) -> None:
        self._table = table
        self._runtime = dict(needed.runtime)
        self._typing = dict(needed.typing)
        self._bridge = {
            name: local for name, local in needed.bridge.items() if local != name or name not in table.bridge
        }
        self._sys = None if needed.sys == "sys" and table.has_sys else needed.sys
        self._converts = converts
        self._width = line_length
        # Classes of `partyserver` that a statement under `TYPE_CHECKING` imports already.
        self._placed: set[str] = set()
        # The names that the tree refers to outside of imports.
        self._used: frozenset[str] = frozenset()
        self._body: Sequence[cst.CSTNode] = ()
        self._replaced: dict[cst.CSTNode, list[cst.BaseSmallStatement]] = {}

    def rewrite(self, tree: cst.Module, *, commented: cst.Module | None = None) -> cst.Module:
        """The tree with its imports as they should be.

        Args:
            tree: the tree.
            commented: the same with its type comments as they are going to be, where there are some.
        """
        self._used = referenced_names(tree, without=self._table.fallbacks, commented=commented)
        self._body = tree.body
        for wanted in (self._runtime, self._typing):
            for unused in [new for new, name in wanted.items() if name not in self._used]:
                del wanted[unused]
        for statement in self._table.statements:
            self._take_apart(statement)
        for assignment, bound in self._table.fallbacks.items():
            if self._is_moved(bound) or self._is_free(bound):
                self._replaced[assignment] = []
        self._add_to_existing()
        at_top = [statement for statement in self._table.statements if statement.is_at_top]
        anchor = next((statement.node for statement in at_top if statement.is_old), None)
        if anchor is not None:
            rest = self._replaced.get(anchor, [anchor])
            self._replaced[anchor] = in_order([*self._new_statements(), *rest])
        new = tree.visit(ImportBlocks(self._replaced))
        assert isinstance(new, cst.Module)
        new = self._without_spare(new, commented)
        if anchor is None:
            new = self._inserted(new)
        new = _without_blank_start(new)
        return with_sys(new, self._sys) if self._sys is not None else new

    def _without_spare(self, tree: cst.Module, commented: cst.Module | None) -> cst.Module:
        """The tree without what only a guard used that is gone: `TYPE_CHECKING`, `sys`."""
        own = {statement.node for statement in self._table.statements if statement.is_at_top}
        if own.issuperset(self._replaced):  # no guard went along
            return tree
        used = referenced_names(tree, commented=commented)
        gone, self._used = self._used - used, used
        spare: dict[cst.CSTNode, list[cst.BaseSmallStatement]] = {}
        for statement in self._table.statements if gone else ():
            if statement.node in self._replaced or statement.is_star:
                continue
            kept = [
                each
                for each in statement.imports
                if each.bound is None or each.bound.name not in gone or not self._is_unused(each)
            ]
            if len(kept) < len(statement.imports):
                spare[statement.node] = _with_only(statement, kept)
        new = tree.visit(ImportBlocks(spare)) if spare else tree
        assert isinstance(new, cst.Module)
        return new

    # what each statement becomes

    def _take_apart(self, statement: ImportStatement) -> None:
        if statement.is_star:
            if statement.is_old and self._converts and SERVER_TYPE not in self._used:
                named = {TYPES[name][0]: name for name in sorted(self._table.starred)}
                new = [import_statement("partyserver", named, self._width)] if named else []
                self._replaced[statement.node] = [*new]
            return
        kept: list[Import] = []
        converted: dict[str, str] = {}
        for each in statement.imports:
            if self._is_unused_fallback(each):
                continue
            if self._converts and each.old_name in TYPES:
                converted |= self._converted(statement, each)
            elif not self._is_unused(each):
                kept.append(each)
        if len(kept) == len(statement.imports) and not any(each.is_renamed for each in kept):
            return
        new = [import_statement("partyserver", converted, self._width)] if converted else []
        self._replaced[statement.node] = [*new, *_with_only(statement, kept)]

    def _converted(self, statement: ImportStatement, old: Import) -> dict[str, str]:
        """What the statement imports of the class form in place of a type of the object form.

        Nothing where an import at the module's top brings it, or nothing uses it any more.
        """
        assert old.old_name is not None
        new, bound = TYPES[old.old_name][0], old.bound
        if not old.keeps_name:
            is_elsewhere = new not in self._typing or new in self._runtime or new in self._placed
            if not statement.is_for_typing or is_elsewhere:
                return {}
            self._placed.add(new)
            return {new: self._typing[new]}
        is_needed = bound is None or bound.is_pinned or not bound.is_read or old.local in self._used
        if not is_needed:
            return {}
        if statement.is_at_top and self._runtime.setdefault(new, old.local) == old.local:
            return {}  # the one new import at the top brings it
        return {new: old.local}

    def _is_moved(self, bound: BoundName) -> bool:
        """Whether a name was a type of the object form, whose uses are all of the class form's type now."""
        return self._converts and bound.is_replaced

    def _is_free(self, bound: BoundName) -> bool:
        return not bound.is_pinned and bound.name not in self._used

    def _is_unused(self, each: Import) -> bool:
        """Whether nothing reads an import any more that something read before."""
        bound = each.bound
        if bound is None or not self._is_free(bound):
            return each.is_renamed and each.old_name is not None and _is_overwritten(self._body, each.local)
        if each.old_name in ("", SERVER_TYPE) or (bound.is_bridge and self._converts):
            return True
        return bound.is_read and bound.qualified is not None

    def _is_unused_fallback(self, each: Import) -> bool:
        """Whether an import stands in for one of the object form, and nothing uses what it binds."""
        if not self._converts or not each.is_fallback or each.bound is None:
            return False
        return self._is_moved(each.bound) or (self._is_free(each.bound) and each.bound.is_old)

    # where the new ones go

    def _new_statements(self) -> list[cst.BaseSmallStatement]:
        wanted = {"partyserver": self._runtime, "pkcompat": self._bridge}
        return [import_statement(module, names, self._width) for module, names in wanted.items() if names]

    def _add_to_existing(self) -> None:
        """Let what the module imports from the same modules already import the new names too."""
        for module, names in (("partyserver", self._runtime), ("pkcompat", self._bridge)):
            target = next(
                (
                    statement.node
                    for statement in self._table.statements
                    if statement.source == module and statement.is_at_top and not statement.is_star
                ),
                None,
            )
            if target is None or not names:
                continue
            present = self._replaced.get(target, [target])
            if present and isinstance(present[0], cst.ImportFrom):
                self._replaced[target] = [with_names(present[0], names, self._width), *present[1:]]
                names.clear()

    def _inserted(self, tree: cst.Module) -> cst.Module:
        """The tree with the new imports behind those at its head."""
        new = [cst.SimpleStatementLine([small]) for small in self._new_statements()]
        if not new:
            return tree
        body = list(tree.body)
        head = head_of(body)
        index = next(
            (position for position in range(*head) if sorts_behind(body[position], "partyserver")), head[1]
        )
        previous = body[index - 1] if index else None
        follower = body[index] if index < len(body) else None
        if previous is not None and not (is_import(previous) and is_third_party(previous)):
            new[0] = new[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        if follower is not None and index < head[1]:
            own_group = not is_third_party(follower)
            if previous is None or not is_third_party(previous):  # the follower was first of its group
                new[0] = new[0].with_changes(leading_lines=follower.leading_lines)
                blank = [cst.EmptyLine(indent=False)] if own_group else []
                body[index] = follower.with_changes(leading_lines=blank)
        elif follower is not None and not _starts_blank(follower):
            blanks = [cst.EmptyLine(indent=False)]
            if isinstance(follower, (cst.ClassDef, cst.FunctionDef)):
                blanks *= 2
            lines = [*blanks, *getattr(follower, "leading_lines", ())]
            body[index] = follower.with_changes(leading_lines=lines)
        return tree.with_changes(body=[*body[:index], *new, *body[index:]])


def _is_overwritten(body: Sequence[cst.CSTNode], name: str) -> bool:
    """Whether the first statement of a module that mentions a name assigns something else to it."""
    for statement in body:
        mentions = [
            node for node in descendants(statement) if isinstance(node, cst.Name) and node.value == name
        ]
        if not mentions:
            continue
        first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        targets = (
            [target.target for target in first.targets]
            if isinstance(first, cst.Assign)
            else [first.target]
            if isinstance(first, cst.AnnAssign) and first.value is not None
            else []
        )
        return mentions[0] in targets and len(mentions) == 1
    return False


def _starts_blank(statement: cst.CSTNode) -> bool:
    """Whether there is a blank line above a statement and its comments."""
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    return bool(lines) and lines[0].comment is None


def _without_blank_start(tree: cst.Module) -> cst.Module:
    """The tree without blank lines at its very start, where the first statement went."""
    if not tree.body or tree.header:
        return tree
    first = tree.body[0]
    lines = list(getattr(first, "leading_lines", ()))
    while lines and is_blank(lines[0]):
        lines.pop(0)
    return tree.with_changes(body=[first.with_changes(leading_lines=lines), *tree.body[1:]])


def _with_only(statement: ImportStatement, kept: Sequence[Import]) -> list[cst.BaseSmallStatement]:
    """An import of some of its names; nothing if there are none."""
    if not kept:
        return []
    *others, last = (each.alias for each in kept)
    if len(kept) < len(statement.imports):
        last = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return [statement.node.with_changes(names=[*others, last])]

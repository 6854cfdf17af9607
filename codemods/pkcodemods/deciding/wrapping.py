"""Wrapping an export in `legacy_to_class(...)`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import libcst as cst

from pkcodemods.parties import Party
from pkcodemods.plans import PartyPlan, UsePlan
from pkcodemods.source import Binding, Program, Role, Store, replace_by

_FUNCTION = "legacy_to_class"
_FUNCTIONS = (cst.FunctionDef, cst.Lambda)


class WrappingPlanner:
    """Plans how the exports of one module are wrapped, wherever they are bound."""

    def __init__(self, program: Program, tree: cst.Module, uses: UsePlan) -> None:
        self._program = program
        self._tree = tree
        self._uses = uses
        self._function = uses.bridge_names.get(_FUNCTION, _FUNCTION)

    def plan(self, plan: PartyPlan) -> None:
        """Plan it for a party whose object stays.

        Where nothing reads the export as an object, each value is wrapped where it is assigned. Else the
        object gets a name of its own, and the export follows when all that builds it is done.
        """
        if plan.kept_name:
            self._keep(plan)
        elif all(_is_plain(store) for store in self._values(plan)):
            for store in self._values(plan):
                assert isinstance(store.node, (cst.Assign, cst.AnnAssign))
                if store.node.value is not None and not _is_placeholder(store.node.value):
                    self._uses.edits[store.node] = partial(_wrap_value, function=self._function)
        else:
            name = cst.Name(plan.party.name)
            self._export_behind(plan, [name], name)

    def _values(self, plan: PartyPlan) -> list[Store]:
        """Where the export is bound, except by imports: their own modules wrap what they bring."""
        binding = plan.party.binding
        assert binding is not None
        return [store for store in binding.values if store.role not in (Role.IMPORT, Role.DELETION)]

    def _keep(self, plan: PartyPlan) -> None:
        assignment = plan.party.assignment
        kept = cst.Name(plan.kept_name)
        for read in plan.object_reads:
            self._uses.edits[read] = replace_by(kept)
        targets = [cst.Name(binding.name) for binding in (*plan.party.bindings, *plan.party.aliases)]
        names = {binding.name for binding in plan.party.bindings}
        self._uses.removed.update(plan.party.aliases.values())
        if assignment is not None:
            self._uses.edits[assignment] = lambda updated: _to_kept(updated, names, kept)
        for binding in plan.party.bindings:
            for store in binding.stores:
                if store.node is assignment:
                    continue
                if isinstance(store.node, cst.ImportAlias):
                    self._uses.import_names[store.node] = kept.value
                elif isinstance(store.name, cst.Name):
                    self._uses.edits[store.name] = replace_by(kept)
        self._rename_globals(names, kept)
        self._export_behind(plan, targets, kept)

    def _rename_globals(self, names: set[str], kept: cst.Name) -> None:
        for node in self._program.module_of(self._tree).nodes:
            if isinstance(node, cst.Global):
                for item in node.names:
                    if item.name.value in names:
                        self._uses.edits[node] = lambda updated: updated.with_changes(
                            names=[
                                each.with_changes(name=kept) if each.name.value in names else each
                                for each in updated.names
                            ]
                        )

    def _export_behind(self, plan: PartyPlan, targets: Sequence[cst.Name], value: cst.Name) -> None:
        """Plan the export behind the last statement of the module that builds the object."""
        body: list[cst.CSTNode] = list(self._tree.body)
        stores = [store.name for binding in plan.party.bindings for store in binding.values]
        tops = [top for node in (*stores, *plan.object_reads) if (top := self._top(node)) is not None]
        binding = plan.party.binding
        assert binding is not None
        certain = any(self._always_binds(statement, binding) for statement in body)
        export: cst.BaseStatement = cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(target) for target in targets], wrapped(value, self._function))]
        )
        if not certain:
            test = cst.parse_expression(f'"{value.value}" in globals()')
            export = cst.If(test, cst.IndentedBlock([export]))
        plan.export = export
        last = max(map(body.index, tops))
        if any(self._top(read) is None and _is_changed(self._program, read) for read in plan.object_reads):
            last = max(last, self._end_of_building(body, plan.party))
        plan.export_after = body[last]

    def _end_of_building(self, body: list[cst.CSTNode], party: Party) -> int:
        """The last statement that may call the module's functions and is before all that needs the class."""
        loads = [load for binding in (*party.bindings, *party.aliases) for load in binding.loads]
        needs_class = {self._top(load) for load in loads}
        for index, statement in enumerate(body):
            if statement in needs_class or _is_main_guard(statement):
                return index - 1
        return len(body) - 1

    def _top(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The statement of the module around a node; None if the node runs later, in a function."""
        child = node
        for around in self._program.ancestors(node):
            if isinstance(around, _FUNCTIONS):
                return None
            if around is self._tree:
                return child
            child = around
        return None

    def _always_binds(self, statement: cst.CSTNode, binding: Binding) -> bool:
        """Whether a name is bound for sure behind a statement."""
        if isinstance(statement, cst.SimpleStatementLine):
            around = {a for store in binding.values for a in self._program.ancestors(store.name)}
            return statement in around
        if isinstance(statement, cst.If):
            rest = statement.orelse
            if rest is None or not self._block_binds(statement.body, binding):
                return False
            return (
                self._always_binds(rest, binding)
                if isinstance(rest, cst.If)
                else self._block_binds(rest.body, binding)
            )
        if isinstance(statement, cst.With):
            return self._block_binds(statement.body, binding)
        if isinstance(statement, cst.Try):
            blocks = [statement.body, *(handler.body for handler in statement.handlers)]
            return all(self._block_binds(block, binding) for block in blocks)
        return False

    def _block_binds(self, block: cst.BaseSuite, binding: Binding) -> bool:
        return any(self._always_binds(statement, binding) for statement in block.body)


def _is_changed(program: Program, read: cst.CSTNode) -> bool:
    """Whether an object may be changed where it is read; a mere subscript or comparison changes nothing."""
    parent = program.parents[read]
    around = program.parents.get(parent)
    if isinstance(parent, cst.Subscript):
        return isinstance(around, (cst.AssignTarget, cst.AugAssign, cst.Del))
    if isinstance(parent, cst.Attribute):
        return parent.attr.value in _CHANGING or isinstance(around, (cst.AssignTarget, cst.AugAssign))
    return isinstance(around, cst.Call) and program.qualified_name(around.func) == "builtins.setattr"


_CHANGING = ("update", "setdefault", "pop", "popitem", "clear", "__setitem__")


def _is_main_guard(statement: cst.CSTNode) -> bool:
    return (
        isinstance(statement, cst.If)
        and isinstance(statement.test, cst.Comparison)
        and isinstance(statement.test.left, cst.Name)
        and statement.test.left.value == "__name__"
    )


def _is_plain(store: Store) -> bool:
    """Whether a name is bound by an assignment to names alone."""
    if isinstance(store.node, cst.AnnAssign):
        return True
    return isinstance(store.node, cst.Assign) and all(
        isinstance(target.target, cst.Name) for target in store.node.targets
    )


def _is_placeholder(value: cst.BaseExpression) -> bool:
    """Whether a value is no party yet: `None` or `{}`."""
    return (isinstance(value, cst.Name) and value.value == "None") or (
        isinstance(value, cst.Dict) and not value.elements
    )


def _wrap_value(small: cst.Assign | cst.AnnAssign, function: str) -> cst.Assign:
    """The assignment of the class; its annotation goes, which was the object's."""
    assert small.value is not None
    if isinstance(small, cst.AnnAssign):
        return cst.Assign(
            [cst.AssignTarget(small.target)], wrapped(small.value, function), semicolon=small.semicolon
        )
    return small.with_changes(value=wrapped(small.value, function))


def wrapped(value: cst.BaseExpression, function: str) -> cst.Call:
    """`legacy_to_class(value)`."""
    bare = value
    if value.lpar and not isinstance(value, (cst.GeneratorExp, cst.Yield)) and not _has_comment(value):
        bare = value.with_changes(lpar=value.lpar[1:], rpar=value.rpar[:-1])
    return cst.Call(cst.Name(function), [cst.Arg(bare)])


def _has_comment(value: cst.BaseExpression) -> bool:
    return any("#" in cst.Module([]).code_for_node(part) for part in (*value.lpar, *value.rpar))


def _to_kept(small: cst.Assign | cst.AnnAssign, names: set[str], kept: cst.Name) -> cst.CSTNode:
    """The assignment of the object to its own name, and to what else there is that is no name."""
    if isinstance(small, cst.AnnAssign):
        return small.with_changes(target=kept)
    others = [
        target
        for target in small.targets
        if not (isinstance(target.target, cst.Name) and target.target.value in names)
    ]
    return small.with_changes(targets=[*others, cst.AssignTarget(kept)])


def wrap_module(uses: UsePlan) -> list[cst.BaseStatement]:
    """The export of a module that is the object itself, and stays it."""
    function, sys = (uses.bridge_names.get(name, name) for name in (_FUNCTION, "sys"))
    text = f"default = {function}({sys}.modules[__name__])\n"
    statement = cst.parse_statement(text)
    assert isinstance(statement, cst.SimpleStatementLine)
    return [statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])]

"""Wrapping an export in `legacy_to_class(...)`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.plans import PartyPlan


def wrap_export(plan: PartyPlan, statement: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
    """The statements in place of an export that stays an object."""
    if plan.kept_name:
        return _kept_object(plan, statement)
    index = next(i for i, small in enumerate(statement.body) if _is_assignment_of(small, plan))
    small = statement.body[index]
    assert isinstance(small, (cst.Assign, cst.AnnAssign))
    assert small.value is not None
    body = list(statement.body)
    body[index] = _assignment(small, wrapped(small.value))
    return [statement.with_changes(body=body)]


def _is_assignment_of(small: cst.CSTNode, plan: PartyPlan) -> bool:
    if isinstance(small, cst.AnnAssign):
        targets: list[cst.CSTNode] = [small.target]
    elif isinstance(small, cst.Assign):
        targets = [target.target for target in small.targets]
    else:
        return False
    return any(isinstance(target, cst.Name) and target.value == plan.party.name for target in targets)


def _assignment(small: cst.Assign | cst.AnnAssign, value: cst.BaseExpression) -> cst.Assign:
    """The assignment without its annotation, which was the object's."""
    if isinstance(small, cst.AnnAssign):
        return cst.Assign([cst.AssignTarget(small.target)], value)
    return small.with_changes(value=value)


def wrapped(value: cst.BaseExpression) -> cst.Call:
    """`legacy_to_class(value)`."""
    return cst.Call(cst.Name("legacy_to_class"), [cst.Arg(value)])


def _kept_object(plan: PartyPlan, statement: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
    """The object under a name of its own, and the export that is a class."""
    small = statement.body[0]
    assert isinstance(small, (cst.Assign, cst.AnnAssign))
    kept = cst.Name(plan.kept_name)
    if isinstance(small, cst.AnnAssign):
        own: cst.BaseSmallStatement = small.with_changes(target=kept)
        targets: list[cst.AssignTarget] = [cst.AssignTarget(small.target)]
    else:
        own = small.with_changes(targets=[cst.AssignTarget(kept)])
        targets = list(small.targets)
    export = cst.SimpleStatementLine([cst.Assign(targets, wrapped(kept))])
    return [statement.with_changes(body=[own]), export]


def wrap_module(plan: PartyPlan) -> list[cst.BaseStatement]:
    """The export of a module that is the object itself, and stays it."""
    text = "default = legacy_to_class(sys.modules[__name__])\n"
    statement = cst.parse_statement(text)
    assert isinstance(statement, cst.SimpleStatementLine)
    return [statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])]

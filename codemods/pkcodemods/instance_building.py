"""A class of handlers that becomes the party itself."""

from __future__ import annotations

import libcst as cst

from pkcodemods.class_building import options_statement
from pkcodemods.handlers import hibernates
from pkcodemods.method_building import LocalName, build_method
from pkcodemods.plans import PartyPlan


def convert_class(plan: PartyPlan, updated: cst.ClassDef, local: LocalName) -> cst.ClassDef:
    """The class with `PartyServer` as its base and its handlers as methods of the class form.

    Args:
        plan: what was decided.
        updated: the class, its methods' bodies edited already.
        local: the local names of `partyserver`'s classes.
    """
    handlers = {handler.entry.key: handler for handler in plan.handlers}
    assert isinstance(updated.body, cst.IndentedBlock)
    body: list[cst.BaseStatement] = []
    for statement in updated.body.body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value in handlers:
            plan_of = handlers[statement.name.value]
            method = build_method(plan_of, statement, {}, local)
            if plan_of.entry.handler.static and not plan_of.was_static:
                method = _made_static(method)
            elif plan_of.was_static and not plan_of.entry.handler.static:
                method = method.with_changes(decorators=[])
            body.append(method.with_changes(leading_lines=statement.leading_lines))
        else:
            body.append(statement)
    if hibernates(set(plan.party.methods)):
        index = 1 if updated.get_docstring(clean=False) is not None else 0
        line = options_statement(local)
        if index:
            line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        follower = body[index]
        if isinstance(follower, cst.FunctionDef) and not any(
            item.comment is None for item in follower.leading_lines
        ):
            body[index] = follower.with_changes(
                leading_lines=[cst.EmptyLine(indent=False), *follower.leading_lines]
            )
        body.insert(index, line)
    return updated.with_changes(
        bases=[cst.Arg(cst.Name(local("PartyServer")))],
        lpar=cst.MaybeSentinel.DEFAULT,
        rpar=cst.MaybeSentinel.DEFAULT,
        body=updated.body.with_changes(body=body),
    )


def _made_static(method: cst.FunctionDef) -> cst.FunctionDef:
    """A hook without its `self`, which it does not read."""
    return method.with_changes(
        decorators=[cst.Decorator(cst.Name("staticmethod")), *method.decorators],
        params=method.params.with_changes(params=method.params.params[1:]),
    )

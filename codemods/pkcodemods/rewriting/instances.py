"""A class of handlers that becomes the party itself, or a base of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from pkcodemods.plans import ClassPlan, HandlerPlan, HelperPlan
from pkcodemods.rewriting.classes import options_statement
from pkcodemods.rewriting.methods import LocalName, build_method, with_room_alias
from pkcodemods.source import lost_lines, sorted_out, with_pragmas, without_parameter

IsOwn = Callable[[cst.BaseExpression], bool]
"""Says whether a base is a class of the program."""


def convert_class(plan: ClassPlan, updated: cst.ClassDef, local: LocalName, is_own: IsOwn) -> cst.ClassDef:
    """The class with its handlers as methods of the class form, and `PartyServer` among its bases.

    Args:
        plan: what was decided.
        updated: the class, its methods' bodies edited already.
        local: the local names of `partyserver`'s classes.
        is_own: knows the bases, as they stand in the plan's class.
    """
    handlers = {handler.entry.key: handler for handler in plan.handlers}
    helpers = {helper.method.name.value: helper for helper in plan.helpers}
    assert isinstance(updated.body, cst.IndentedBlock)
    body: list[cst.BaseStatement] = []
    for statement in updated.body.body:
        name = statement.name.value if isinstance(statement, cst.FunctionDef) else ""
        if isinstance(statement, cst.FunctionDef) and name in handlers:
            method = _handler(handlers[name], statement, local)
            body.append(_with_lost_comments(method, statement))
        elif isinstance(statement, cst.FunctionDef) and name in helpers:
            body.append(_with_lost_comments(_helper(helpers[name], statement), statement))
        else:
            body.append(statement)
    if plan.hibernate is not None:
        body = _with_options(body, options_statement(local, hibernate=plan.hibernate), updated)
    changed = updated.with_changes(body=updated.body.with_changes(body=body))
    if not plan.extends:
        return changed
    place = next((i for i, base in enumerate(plan.node.bases) if not is_own(base.value)), len(updated.bases))
    bases = _with_base(updated.bases, place, cst.Name(local("PartyServer")))
    new = changed.with_changes(bases=bases)
    if len(bases) == 1:
        new = new.with_changes(lpar=cst.MaybeSentinel.DEFAULT, rpar=cst.MaybeSentinel.DEFAULT)
    return new.with_changes(leading_lines=[*new.leading_lines, *lost_lines(changed, new)])


def _handler(plan: HandlerPlan, method: cst.FunctionDef, local: LocalName) -> cst.FunctionDef:
    """A handler as a method of the class form."""
    built = build_method(plan, method, {}, local)
    if plan.entry.handler.static and not plan.was_static:
        return _made_static(built)
    if plan.was_static and not plan.entry.handler.static:
        return built.with_changes(decorators=[])
    return built


def _helper(plan: HelperPlan, method: cst.FunctionDef) -> cst.FunctionDef:
    """Another method without the room."""
    name = plan.parameter.name.value
    shorter = without_parameter(method.with_changes(leading_lines=[]), name)
    return with_room_alias(shorter, name) if plan.room_alias else shorter


def _with_lost_comments(method: cst.FunctionDef, before: cst.FunctionDef) -> cst.FunctionDef:
    """A method with the comments that it had, those that have no place any more above it."""
    lost, pragmas = sorted_out(lost_lines(before.with_changes(leading_lines=[]), method))
    method = with_pragmas(method, pragmas)
    return method.with_changes(leading_lines=[*before.leading_lines, *lost])


def _with_options(
    body: list[cst.BaseStatement], line: cst.SimpleStatementLine, updated: cst.ClassDef
) -> list[cst.BaseStatement]:
    """A class's body with its options in front, behind the docstring; without a mere `pass`."""
    index = 1 if updated.get_docstring(clean=False) is not None else 0
    if index:
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    follower = body[index] if index < len(body) else None
    if follower is not None and _is_filler(follower):
        return [*body[:index], line.with_changes(leading_lines=follower.leading_lines), *body[index + 1 :]]  # type: ignore[attr-defined]
    if isinstance(follower, cst.FunctionDef) and not any(
        item.comment is None for item in follower.leading_lines
    ):
        body[index] = follower.with_changes(
            leading_lines=[cst.EmptyLine(indent=False), *follower.leading_lines]
        )
    return [*body[:index], line, *body[index:]]


def _is_filler(statement: cst.BaseStatement) -> bool:
    """Whether a statement is `pass` or `...`, and nothing else stands on its line."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    is_ellipsis = isinstance(small, cst.Expr) and isinstance(small.value, cst.Ellipsis)
    return (isinstance(small, cst.Pass) or is_ellipsis) and statement.trailing_whitespace.comment is None


def _with_base(bases: Sequence[cst.Arg], place: int, base: cst.Name) -> list[cst.Arg]:
    """Bases with one more; `object`, which says nothing, makes way for it."""
    separator = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    kept = [item for item in bases if not (isinstance(item.value, cst.Name) and item.value.value == "object")]
    place = min(place, len(kept))
    result = [*kept[:place], cst.Arg(base), *kept[place:]]
    if len(result) == 1:
        return result
    last = bases[-1]
    spaced = [
        item if isinstance(item.comma, cst.Comma) else item.with_changes(comma=separator) for item in result
    ]
    spaced[-1] = spaced[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return spaced


def _made_static(method: cst.FunctionDef) -> cst.FunctionDef:
    """A hook without its `self`, which it does not read."""
    return method.with_changes(
        decorators=[cst.Decorator(cst.Name("staticmethod")), *method.decorators],
        params=method.params.with_changes(params=method.params.params[1:]),
    )

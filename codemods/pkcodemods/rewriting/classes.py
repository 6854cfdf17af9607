"""Building the class that takes a party's place, and the statements around it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import libcst as cst

from pkcodemods.api import hibernates
from pkcodemods.plans import HandlerPlan, Move, PartyPlan
from pkcodemods.rewriting.methods import LocalName, build_method, indent_docstring
from pkcodemods.source import (
    ObjectComments,
    comment_lines,
    comments_of_object,
    descendants,
    lost_lines,
    sorted_out,
    standing_alone,
    with_pragmas,
    without_formatting,
    without_type,
)

Updated = Callable[[cst.CSTNode], cst.CSTNode]
"""Gives the edited form of a node of the old tree."""

_BLANK = cst.EmptyLine(indent=False)
_OFF, _ON = comment_lines(["# fmt: off"]), comment_lines(["# fmt: on"])


def build_class(
    plan: PartyPlan,
    updated: Updated,
    local: LocalName,
    shims: Mapping[str, str],
    indent: str,
    by_hand: Collection[cst.CSTNode] = (),
) -> cst.ClassDef:
    """The class of a party whose handlers are functions.

    Args:
        plan: what was decided.
        updated: gives the edited functions and lambdas.
        local: the local names of `partyserver`'s classes.
        shims: the function that makes the view of each kind.
        indent: what a level of the module is indented by.
        by_hand: functions that no formatter was to touch, where the class is not so.
    """
    comments = _comments_of_party(plan)
    body: list[cst.BaseStatement] = []
    if hibernates(set(plan.party.methods)):
        body.append(options_statement(local))
    for extra in plan.party.extras:
        lines = comment_lines(comments.entries.get(extra.element, []))
        assignment = cst.Assign([cst.AssignTarget(cst.Name(extra.name))], standing_alone(extra.value))
        body.append(cst.SimpleStatementLine([assignment], leading_lines=lines))
    turned_on: list[cst.EmptyLine] = []
    exported = set(descendants(plan.party.statement)) if plan.party.statement is not None else set()
    for handler in plan.handlers:
        method = _method(handler, updated, local, dict(shims), is_extra=handler.entry.element not in exported)
        texts, pragmas = sorted_out(comment_lines(comments.entries.get(handler.entry.element, [])))
        lost, further = sorted_out(list(method.leading_lines))
        method = with_pragmas(method, [*pragmas, *further])
        lines = [*texts, *_own_lines(handler, updated, by_hand), *lost]
        if _moved(handler):
            method = indent_docstring(method, indent)
        if handler.move is Move.LAMBDA:
            method = _dedented(method, indent)
        blank = [_BLANK] if body else []
        body.append(method.with_changes(leading_lines=[*turned_on, *blank, *lines]))
        turned_on = _ON if handler.signature.function in by_hand else []
    return cst.ClassDef(
        cst.Name(plan.class_name),
        cst.IndentedBlock(body, footer=[*turned_on, *comment_lines(comments.end)]),
        bases=[cst.Arg(cst.Name(local("PartyServer")))],
        leading_lines=comment_lines(comments.rest),
    )


def _own_lines(
    handler: HandlerPlan, updated: Updated, by_hand: Collection[cst.CSTNode]
) -> list[cst.EmptyLine]:
    """The comments above a function that moves; an unformatted one stays unformatted."""
    if not _moved(handler):
        return []
    function = handler.signature.function
    own = without_formatting(leading_comments(updated(function)))
    return [*_OFF, *own] if function in by_hand else own


def _comments_of_party(plan: PartyPlan) -> ObjectComments:
    """The comments of the removed lines that built a party's object; those of an instance stay with it."""
    party = plan.party
    if party.value is None or plan.delegates:
        return ObjectComments()
    comments = comments_of_object(party.value)
    values: dict[cst.CSTNode, cst.CSTNode] = {entry.element: entry.value for entry in party.entries}
    values |= {extra.element: extra.value for extra in party.extras}
    for line in (*plan.gone, *party.lines):
        if line is party.statement:
            continue
        inside = {node: values[node] for node in descendants(line) if node in values}
        above = [] if line in plan.uncommented else without_formatting(leading_comments(line))
        comments.add_line(line.with_changes(leading_lines=above), inside)
    return comments


def _dedented(method: cst.FunctionDef, indent: str) -> cst.FunctionDef:
    """A method whose expression stood a level deeper in the object, its lines moved out by that."""

    class Lines(cst.CSTTransformer):
        def leave_ParenthesizedWhitespace(  # noqa: N802 - libcst's name
            self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
        ) -> cst.ParenthesizedWhitespace:
            last = updated_node.last_line
            if not updated_node.indent or not last.value.startswith(indent):
                return updated_node
            return updated_node.with_changes(last_line=cst.SimpleWhitespace(last.value.removeprefix(indent)))

        def leave_EmptyLine(  # noqa: N802 - libcst's name
            self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
        ) -> cst.EmptyLine:
            space = updated_node.whitespace.value
            if updated_node.comment is None:
                return updated_node.with_changes(indent=False)
            if not updated_node.indent or not space.startswith(indent):
                return updated_node
            return updated_node.with_changes(whitespace=cst.SimpleWhitespace(space.removeprefix(indent)))

    return method.with_changes(body=method.body.visit(Lines()))


def _moved(handler: HandlerPlan) -> bool:
    return handler.move is Move.FUNCTION


def _method(
    handler: HandlerPlan, updated: Updated, local: LocalName, shims: dict[str, str], *, is_extra: bool
) -> cst.FunctionDef:
    """The method of a handler; comments that it has no place for stand above it. What is lost of the line
    that exports the object stands above the class; of any other line that builds it, nothing else is left."""
    function = updated(handler.signature.function)
    assert isinstance(function, (cst.FunctionDef, cst.Lambda))
    method = build_method(handler, function, shims, local)
    value = handler.entry.value
    if handler.move in (Move.FUNCTION, Move.METHOD):
        before: cst.CSTNode = function.with_changes(leading_lines=[])
    elif handler.hoisted is None and isinstance(value, (cst.Call, cst.Lambda)):
        before = value if is_extra else updated(value)
    else:
        return method
    return method.with_changes(leading_lines=lost_lines(before, method))


def options_statement(local: LocalName, *, hibernate: bool = True) -> cst.SimpleStatementLine:
    """`options = ServerOptions(hibernate=True)`."""
    statement = cst.parse_statement(f"options = {local('ServerOptions')}(hibernate={hibernate})\n")
    assert isinstance(statement, cst.SimpleStatementLine)
    return statement


def leading_comments(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments right above a statement, without the blank lines."""
    lines: list[cst.EmptyLine] = []
    for line in reversed(getattr(statement, "leading_lines", ())):
        if line.comment is None:
            break
        lines.insert(0, line)
    return lines


def detached_lines(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    """The lines above a statement that do not belong to it: comments with a blank line below."""
    own = len(leading_comments(statement))
    lines = list(getattr(statement, "leading_lines", ()))
    detached = lines[: len(lines) - own]
    while detached and is_blank(detached[-1]):
        detached.pop()
    return detached


def is_blank(line: cst.EmptyLine) -> bool:
    """Whether a line holds nothing; a form feed is something, it parts sections."""
    return line.comment is None and "\f" not in line.whitespace.value


def export_statement(statement: cst.SimpleStatementLine, class_name: str) -> cst.SimpleStatementLine | None:
    """`default = Server`; None if the class itself has every exported name."""
    assignment = statement.body[0]
    if isinstance(assignment, cst.AnnAssign):
        assignment = cst.Assign([cst.AssignTarget(assignment.target)], cst.Name(class_name))
    assert isinstance(assignment, cst.Assign)
    targets = [
        target
        for target in assignment.targets
        if not (isinstance(target.target, cst.Name) and target.target.value == class_name)
    ]
    if not targets:
        return None
    line = statement.with_changes(
        body=[assignment.with_changes(targets=targets, value=cst.Name(class_name))], leading_lines=[]
    )
    comment = statement.trailing_whitespace.comment
    if comment is None or (text := without_type(comment.value)) == comment.value:
        return line
    if not text:  # it was the object's type, and nothing else
        return line.with_changes(trailing_whitespace=cst.TrailingWhitespace())
    return line.with_deep_changes(comment, value=text)

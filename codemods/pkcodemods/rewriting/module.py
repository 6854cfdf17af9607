"""Carrying out a plan: the edits first, then the module's statements in their new order."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from pkcodemods.api import SHIMS
from pkcodemods.connections import lookup_function
from pkcodemods.deciding import wrap_module
from pkcodemods.plans import ModulePlan, Move, PartyPlan
from pkcodemods.result import Form, Outcome
from pkcodemods.rewriting.classes import (
    build_class,
    detached_lines,
    export_statement,
    is_blank,
    leading_comments,
)
from pkcodemods.rewriting.editing import EditingWalk
from pkcodemods.rewriting.instances import convert_class
from pkcodemods.rewriting.methods import LocalName
from pkcodemods.source import (
    Program,
    all_comments,
    at_line_end,
    comment_lines,
    comments_in,
    defined_class,
    descendants,
    formatting_lines,
    is_about_line,
    missing,
    sorted_out,
    standing_alone,
    unformatted,
    without_empty_regions,
    without_formatting,
    without_type,
)

_TWO_BLANKS = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
_NO_COMMENT = cst.TrailingWhitespace()
_DEFINITIONS = (cst.ClassDef, cst.FunctionDef)


class ModuleRewriter:
    """Carries out the plan of one module."""

    def __init__(self, program: Program, plan: ModulePlan, local: LocalName) -> None:
        self._program = program
        self._plan = plan
        self._local = local
        self._classes = [party for party in plan.parties if party.becomes_class]
        self._moved = {
            handler.signature.function
            for party in self._classes
            for handler in party.handlers
            if handler.move is Move.FUNCTION
        }
        self._walk = EditingWalk(program, plan.uses, self._needed())
        self._carried: list[cst.EmptyLine] = []
        self._made: set[cst.CSTNode] = set()
        self._unformatted = unformatted(plan.module.tree)
        self._regions_moved = False

    def _needed(self) -> list[cst.CSTNode]:
        """The nodes whose edited form the class is built from."""
        handlers = [handler for party in self._classes for handler in party.handlers]
        handlers += [handler for owner in self._plan.classes.values() for handler in owner.handlers]
        return [node for handler in handlers for node in (handler.signature.function, handler.entry.value)]

    def rewrite(self) -> cst.Module:
        """The new tree, its imports as they were."""
        tree = self._plan.module.tree
        new = tree.visit(self._walk)
        assert isinstance(new, cst.Module)
        body: list[cst.BaseStatement] = []
        ends = self._ends()
        exports: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
        for party in self._plan.parties:
            if party.export is not None and party.export_after is not None:
                exports.setdefault(party.export_after, []).append(party.export)
        for original in tree.body:
            if original not in self._plan.uses.removed:
                for statement in self._statements(original, self._updated(original)):
                    body.append(self._carry(statement))
            else:
                inside = comments_in(original.with_changes(leading_lines=[]))
                self._carried += [
                    *detached_lines(original),
                    *leading_comments(original),
                    *comment_lines(inside),
                ]
            if original in ends:
                body += self._new(self._module_class(ends[original]))
            body += self._new(exports.get(original, []))
        if self._carried:
            new = new.with_changes(footer=[*self._carried, *new.footer])
        for party in self._plan.parties:
            if party.outcome is Outcome.WRAPPED and party.party.form is Form.MODULE:
                body += self._new(wrap_module(self._plan.uses))
        return new.with_changes(body=self._spaced(self._with_lookup(body)))

    def _with_lookup(self, body: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
        """The statements, and the function that looks connections up in front of the first that calls it."""
        name = self._plan.uses.lookup_function
        if not name:
            return body
        is_typed = any(
            isinstance(node, cst.Param) and node.annotation is not None for node in self._plan.module.nodes
        )
        types = (self._local("Room"), self._local("Connection")) if is_typed else None
        index = next((i for i, statement in enumerate(body) if _reads(statement, name)), len(body))
        return [*body[:index], *self._new([lookup_function(name, types)]), *body[index:]]

    def _new(self, statements: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
        """Remember statements that were not there before."""
        self._made.update(statements)
        return statements

    def _updated(self, node: cst.CSTNode) -> cst.CSTNode:
        return self._walk.results.get(node, node)

    def _carry(self, statement: cst.BaseStatement) -> cst.BaseStatement:
        """Give a statement the lines that a moved function left behind above it."""
        if not self._carried:
            return statement
        lines = [*self._carried, *getattr(statement, "leading_lines", ())]
        if self._regions_moved:
            lines = without_empty_regions(lines)
        self._carried = []
        carrying = statement.with_changes(leading_lines=lines)
        if statement in self._made:
            self._made.add(carrying)
        return carrying

    def _statements(self, original: cst.CSTNode, updated: cst.CSTNode) -> list[cst.BaseStatement]:
        """What takes the place of one statement of the module."""
        if original in self._moved or original in self._plan.dropped:
            self._carried += [
                *detached_lines(updated),
                *formatting_lines(leading_comments(updated)),
            ]
            return []
        if isinstance(updated, cst.FlattenSentinel):
            return list(updated)
        if isinstance(original, cst.ClassDef) and original in self._plan.classes:
            assert isinstance(updated, cst.ClassDef)
            return [convert_class(self._plan.classes[original], updated, self._local, self._is_own_class)]
        for plan in self._classes:
            lines = plan.party.lines
            if len(lines) > 1 and original in lines:
                return self._built(plan, original)
            if plan.party.statement is original and isinstance(updated, cst.SimpleStatementLine):
                return self._apart(plan, original, updated)
        assert isinstance(updated, cst.BaseStatement)
        return [updated]

    def _built(self, plan: PartyPlan, original: cst.CSTNode) -> list[cst.BaseStatement]:
        """The class, in place of the last of the lines that built the object."""
        self._carried += [*detached_lines(original), *formatting_lines(leading_comments(original))]
        statement = plan.party.statement
        if original is not plan.party.lines[-1] or statement is None:
            return []
        line = self._updated(statement)
        assert isinstance(line, cst.SimpleStatementLine)
        apart = [cst.EmptyLine(indent=False)] if self._carried else []
        return self._apart(
            plan,
            statement,
            line.with_changes(leading_lines=[*apart, *without_formatting(leading_comments(line))]),
        )

    def _is_own_class(self, base: cst.BaseExpression) -> bool:
        return defined_class(self._program, base) is not None

    def _apart(
        self, plan: PartyPlan, original: cst.CSTNode, updated: cst.SimpleStatementLine
    ) -> list[cst.BaseStatement]:
        """The class and its export, between what else stood on the line."""
        assert isinstance(original, cst.SimpleStatementLine)
        assert plan.party.assignment is not None
        index = list(original.body).index(plan.party.assignment)
        smalls = [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in updated.body]
        before, own, after = smalls[:index], smalls[index : index + 1], smalls[index + 1 :]
        first = [updated.with_changes(body=before, trailing_whitespace=_NO_COMMENT)] if before else []
        last = [updated.with_changes(body=after, leading_lines=[])] if after else []
        line = updated.with_changes(body=own)
        if before:
            line = line.with_changes(leading_lines=[])
        if after:
            line = line.with_changes(trailing_whitespace=_NO_COMMENT)
        elif line.trailing_whitespace.comment is not None:  # the space was the semicolon's
            space = cst.SimpleWhitespace(line.trailing_whitespace.whitespace.value or "  ")
            line = line.with_deep_changes(line.trailing_whitespace, whitespace=space)
        return [*first, *self._class_and_export(plan, line), *last]

    def _class_and_export(
        self, plan: PartyPlan, statement: cst.SimpleStatementLine
    ) -> list[cst.BaseStatement]:
        if plan.converts:
            leading = statement.leading_lines
            statement = statement.with_changes(leading_lines=[])
            export = export_statement(statement, plan.class_name)
            own_texts = [text for text in map(without_type, comments_in(statement)) if text]
            lost = missing(own_texts, comments_in(export) if export else [])
            lines = [*leading, *comment_lines(lost)]
            if export is None:
                self._carried += lines
                return []
            return [export.with_changes(leading_lines=lines)]
        kept = [self._assigned(plan.kept_name, plan.party.value)] if plan.delegates else []
        hoisted = [
            self._assigned(handler.hoisted, handler.entry.value)
            for handler in plan.handlers
            if handler.hoisted is not None
        ]
        made = self._class_of(plan)
        own = leading_comments(statement)
        export = export_statement(statement, plan.class_name)
        exports = [export] if export is not None else []
        around = self._lost_around(plan, statement, [*kept, *hoisted, made, *exports])
        inner = [*around, *made.leading_lines]
        if exports:
            inner, pragmas = sorted_out(inner)
            end = at_line_end(exports[0].trailing_whitespace, pragmas)
            exports = [exports[0].with_changes(trailing_whitespace=end)]
        made = made.with_changes(leading_lines=[*own, *inner])
        above = list(statement.leading_lines[: len(statement.leading_lines) - len(own)])
        result: list[cst.BaseStatement] = [*kept, *hoisted, made]
        result[0] = result[0].with_changes(leading_lines=[*above, *result[0].leading_lines])  # type: ignore[attr-defined]
        return self._new([*result, *exports])

    def _class_of(self, plan: PartyPlan) -> cst.ClassDef:
        tree, party = self._plan.module.tree, plan.party
        place = party.lines[-1] if len(party.lines) > 1 else party.statement
        by_hand: set[cst.CSTNode] = set()
        if place not in self._unformatted:
            by_hand = {h.signature.function for h in plan.handlers if h.move is Move.FUNCTION}
            by_hand &= self._unformatted
        self._regions_moved |= bool(by_hand)
        names = self._plan.uses.bridge_names
        views = {kind.value: names.get(shim, shim) for kind, shim in SHIMS.items()}
        return build_class(plan, self._updated, self._local, views, tree.default_indent, by_hand)

    def _lost_around(
        self, plan: PartyPlan, statement: cst.SimpleStatementLine, made: Sequence[cst.BaseStatement]
    ) -> list[cst.EmptyLine]:
        """The comments of an export that are nowhere in what takes its place: those around the object."""
        party = plan.party
        others = [line for line in (*plan.gone, *party.lines) if line is not party.statement]
        moved = [h.signature.function for h in plan.handlers if h.move is Move.FUNCTION]
        theirs = all_comments([*others, *map(self._updated, moved)])
        kept = missing(all_comments(made), theirs)
        own_texts = map(without_type, comments_in(statement.with_changes(leading_lines=[])))
        lost = missing([text for text in own_texts if text], kept)
        shared = "".join(kept)  # several pragmas at one line's end
        return comment_lines([text for text in lost if not is_about_line(text) or text not in shared])

    def _assigned(self, name: str, value: cst.CSTNode | None) -> cst.SimpleStatementLine:
        """A value of the object under a name of its own."""
        assert value is not None
        new = self._updated(value)
        assert isinstance(new, cst.BaseExpression)
        return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], standing_alone(new))])

    def _ends(self) -> dict[cst.CSTNode, PartyPlan]:
        """For a module that is the object itself, the statement behind which the class comes."""
        ends: dict[cst.CSTNode, PartyPlan] = {}
        for plan in self._classes:
            if plan.party.form is Form.MODULE:
                last = plan.party.entries[-1].element
                while not isinstance(self._program.parents[last], cst.Module):
                    last = self._program.parents[last]
                body: list[cst.CSTNode] = list(self._plan.module.tree.body)
                tops = [last, *(self._top(entry.element) for entry in plan.party.entries)]
                ends[max(tops, key=body.index)] = plan
        return ends

    def _top(self, node: cst.CSTNode) -> cst.CSTNode:
        while not isinstance(self._program.parents[node], cst.Module):
            node = self._program.parents[node]
        return node

    def _module_class(self, plan: PartyPlan) -> list[cst.BaseStatement]:
        made = self._class_of(plan)
        made = made.with_changes(leading_lines=[*self._carried, *made.leading_lines])
        self._carried = []
        export = cst.parse_statement(f"default = {plan.class_name}\n")
        assert isinstance(export, cst.SimpleStatementLine)
        return [made, export]

    def _spaced(self, body: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
        """Two blank lines around classes and functions where a statement is new."""
        result: list[cst.BaseStatement] = []
        for index, statement in enumerate(body):
            previous = body[index - 1] if index else None
            is_new = statement in self._made or previous in self._made
            if statement in self._made and isinstance(previous, cst.BaseCompoundStatement):
                statement = _with_blanks(statement, _TWO_BLANKS[:1])
            is_definition = isinstance(statement, _DEFINITIONS) or isinstance(previous, _DEFINITIONS)
            if is_new and is_definition and previous is not None:
                statement = _with_blanks(statement, _TWO_BLANKS)
            elif is_new and previous is None:
                statement = _with_blanks(statement, [])
            result.append(statement)
        return result


def _with_blanks(statement: cst.BaseStatement, blanks: Sequence[cst.EmptyLine]) -> cst.BaseStatement:
    lines = list(getattr(statement, "leading_lines", ()))
    above = 0
    while above < len(lines) and lines[above].comment is None:
        above += 1
    if not all(is_blank(line) for line in lines[:above]):
        return statement
    return statement.with_changes(leading_lines=[*blanks, *lines[above:]])


def _reads(statement: cst.CSTNode, name: str) -> bool:
    return any(isinstance(node, cst.Name) and node.value == name for node in descendants(statement))

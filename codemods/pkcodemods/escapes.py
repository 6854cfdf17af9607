"""Finding where objects of the platform go to code that was not given."""

from __future__ import annotations

import libcst as cst

from pkcodemods import external
from pkcodemods.findings import problem
from pkcodemods.inference import Inference
from pkcodemods.kinds import NONE, Atom, Box, Imported, Instance, Kind, Other, Record, Value, kinds_in
from pkcodemods.plans import UsePlan
from pkcodemods.program import Program, SourceModule
from pkcodemods.views import Views
from pkcodemods.vocabulary import SHIMS, is_old

_OUR_OWN = ("partyserver.", "pkcompat.", "starlette.", "pkcodemods.")


class EscapeFinder:
    """Finds such places in one module, and lets what goes there be the view with the old names."""

    def __init__(self, program: Program, inference: Inference, plan: UsePlan, views: Views) -> None:
        self._program = program
        self._inference = inference
        self._plan = plan
        self._views = views

    def find(self, module: SourceModule) -> None:
        """Plan the views of a module."""
        for node in module.nodes:
            if isinstance(node, cst.Call):
                self._call(node)
            elif isinstance(node, cst.Assign):
                for target in node.targets:
                    self._assignment(target.target, node.value)

    def _call(self, node: cst.Call) -> None:
        if self._program.qualified_name(node.func) in external.BY_NAME:
            self._by_name(node)
            return
        callees = self._inference.value(node.func)
        if callees and not any(self._is_foreign(atom) for atom in callees):
            return
        for argument in node.args:
            value = self._inference.value(argument.value)
            if self._shimmed(value):
                self._hand_over(argument.value, value, "PK201", node.func)
            elif self._holds_kinds(value):
                kind = self._held_kind(value)
                callee = cst.Module([]).code_for_node(node.func)
                self._plan.problems.append(problem("PK111", argument.value, kind=kind.value, callee=callee))

    def _is_foreign(self, atom: Atom) -> bool:
        if isinstance(atom, Imported):
            return not (
                external.is_standard(atom.name)
                or atom.name.startswith(_OUR_OWN)
                or self._inference.annotations.is_legacy(atom.name)
            )
        return atom in (Other.FOREIGN, Other.UNKNOWN)

    def _shimmed(self, value: Value) -> set[Kind]:
        return {kind for kind in kinds_in(value) if kind in SHIMS or kind is Kind.CONNECTIONS}

    def _hand_over(
        self, node: cst.BaseExpression, value: Value, code: str, callee: cst.CSTNode | None
    ) -> None:
        kinds = self._shimmed(value)
        kind = min(kinds, key=lambda kind: kind.value)
        texts = {"kind": kind.value}
        if callee is not None:
            texts["callee"] = cst.Module([]).code_for_node(callee)
        if kind is Kind.CONNECTIONS:
            return  # decided with the other uses of the mapping
        if len(kinds) > 1 or value - kinds - NONE:
            self._plan.problems.append(problem("PK108", node, attribute="…", kind=kind.value, new="…"))
            return
        self._views.let_be_view(node, kind, code, **texts)

    def _holds_kinds(self, value: Value, depth: int = 3) -> bool:
        return self._find_kind(value, depth) is not None

    def _held_kind(self, value: Value) -> Kind:
        found = self._find_kind(value, 3)
        assert found is not None
        return found

    def _find_kind(self, value: Value, depth: int) -> Kind | None:
        for atom in value:
            held: Value = frozenset()
            if isinstance(atom, Kind) and atom in SHIMS:
                return atom
            if isinstance(atom, Box):
                held = self._inference.contents(frozenset({atom})) | self._inference.mapped(frozenset({atom}))
            elif isinstance(atom, (Instance, Record)):
                for name in self._inference.fields_of(atom.node):
                    held |= self._inference.get((atom.node, name))
            if held and depth:
                found = self._find_kind(held, depth - 1)
                if found is not None:
                    return found
        return None

    def _by_name(self, node: cst.Call) -> None:
        """`getattr(room, name)`: the old names must be there, unless the name is written out and new."""
        if len(node.args) < 2:
            return
        value = self._inference.value(node.args[0].value)
        kinds = self._shimmed(value)
        name = node.args[1].value
        if not kinds:
            return
        if isinstance(name, cst.SimpleString) and not any(
            is_old(kind, str(name.evaluated_value)) for kind in kinds
        ):
            return
        self._hand_over(node.args[0].value, value, "PK201", node.func)

    def _assignment(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if not isinstance(target, (cst.Attribute, cst.Subscript)):
            return
        owners = self._inference.value(target.value)
        if not any(self._is_foreign(atom) for atom in owners):
            return
        given = self._inference.value(value)
        if self._shimmed(given):
            self._hand_over(value, given, "PK205", None)

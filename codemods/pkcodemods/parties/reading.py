"""Reads the handlers of an object, in each form that it can be written in."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import HANDLER_SPELLINGS, SERVER_TYPE, TAGS_SPELLINGS, missed_handler
from pkcodemods.findings import problem
from pkcodemods.inference import AnnotationReader
from pkcodemods.parties.object_building import Building
from pkcodemods.parties.object_contents import ObjectContents
from pkcodemods.parties.object_tags import tags_given
from pkcodemods.parties.party import Entry, Party
from pkcodemods.result import Form
from pkcodemods.source import (
    Binding,
    Program,
    Scope,
    bound_to_callable,
    defined_class,
    described_literal,
    lookup_order,
)

_CALLED_FORMS = {"builtins.dict": Form.DICT_CALL, "types.SimpleNamespace": Form.NAMESPACE}


class ObjectReader:
    """Reads the handlers of the object that a party is, and its form."""

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self._program = program
        self._annotations = annotations
        self._contents = ObjectContents(program, annotations)

    def building(self, binding: Binding) -> Building | None:
        """How the object of a module's name is built, where that is known."""
        return self._contents.building(binding)

    def read(self, party: Party, value: cst.BaseExpression, building: Building | None) -> None:
        """Fill in a party's form, handlers and problems.

        Args:
            party: the party.
            value: what its last assignment gives it.
            building: how it is built; None where that is unknown.
        """
        self._contents.begin(party, building)
        if isinstance(value, cst.Dict):
            party.form = Form.DICT
            self._contents.add_all(party, value)
        elif isinstance(value, cst.Call) and not self._is_copied(value):
            self._read_call(party, value)
        elif isinstance(value, (cst.Call, cst.BinaryOperation)):
            self._read_merged(party, value)
        if building is not None and party.form not in (Form.INSTANCE, Form.DYNAMIC):
            self._contents.change(party, building)

    def _is_copied(self, value: cst.Call) -> bool:
        """Whether a call makes a copy of another object; `dict(...)` is a form of its own."""
        is_dict = self._program.qualified_name(value.func) in _CALLED_FORMS
        return not is_dict and self._contents.copied(value) is not None

    def _read_merged(self, party: Party, value: cst.BaseExpression) -> None:
        """An object that is made of others, if all of those are known."""
        trial = Party(party.module, party.name, Form.DICT, party.binding)
        self._contents.merge(trial, value, value)
        if not trial.problems:
            party.form, party.entries = trial.form, trial.entries
            party.taken, party.sources, party.absent = trial.taken, trial.sources, trial.absent

    def _read_call(self, party: Party, value: cst.Call) -> None:
        if self._annotations.legacy_name(value.func) == SERVER_TYPE:
            party.form = Form.SERVER_CALL
        else:
            form = _CALLED_FORMS.get(self._program.qualified_name(value.func) or "")
            if form is None:
                self._read_instance(party, value)
                return
            party.form = form
        self._contents.add_arguments(party, value)

    # instances

    def _read_instance(self, party: Party, value: cst.Call) -> None:
        node = defined_class(self._program, value.func)
        if node is None:
            return
        seen: set[str] = set()
        order = lookup_order(self._program, node)
        for part in order:
            scope = self._program.scope_of(part)
            for name in scope.bindings.keys() - seen:
                binder = bound_to_callable(self._program, scope.bindings[name])
                if name in TAGS_SPELLINGS and binder is not None:
                    party.problems.append(problem("PK118", binder, key=name))
                missed = missed_handler(name)
                if missed is not None:
                    nearest = f" (did you mean `{missed}`?)"
                    party.problems.append(problem("PK106", part, key=name, nearest=nearest))
            for name in [name for name in scope.bindings if name in HANDLER_SPELLINGS and name not in seen]:
                self._add_method(party, part, scope, name)
            seen |= scope.bindings.keys()
        if party.entries or any(name in HANDLER_SPELLINGS for name in seen):
            party.form = Form.INSTANCE
            party.handler_class = node
            party.chain = order
            given = tags_given(self._program, party)
            party.problems += [problem("PK118", place, key=key) for place, key in given]

    def _add_method(self, party: Party, node: cst.ClassDef, scope: Scope, name: str) -> None:
        handler = HANDLER_SPELLINGS[name]
        if handler.method in party.methods:
            party.problems.append(problem("PK107", node, key=name))
        method = scope.bindings[name].sole_store()
        if method is not None and isinstance(method.node, cst.FunctionDef):
            party.entries.append(Entry(name, handler, method.node, method.node))
            return
        value = getattr(method.node, "value", None) if method is not None else None
        other = scope.bindings.get(value.value) if isinstance(value, cst.Name) else None
        named = other.sole_store() if other is not None else None
        if method is not None and named is not None and isinstance(named.node, cst.FunctionDef):
            party.entries.append(Entry(name, handler, named.node, method.node))
            return
        if (literal := described_literal(self._program, value)) is not None:
            party.problems.append(problem("PK114", node, handler=name, what=literal))
        else:
            what = f"`{name}` is no method"
            party.problems.append(problem("PK109", node, name=node.name.value, what=what))

"""Reading the handlers off an object, in each form that it can be written in."""

from __future__ import annotations

import difflib

import libcst as cst

from pkcodemods.annotations import AnnotationReader
from pkcodemods.class_chains import defined_class, lookup_order
from pkcodemods.findings import problem
from pkcodemods.function_traits import runs_later_the_same
from pkcodemods.handlers import HANDLER_SPELLINGS, missed_handler
from pkcodemods.instance_deciding import TAKEN
from pkcodemods.literals import described_literal
from pkcodemods.party import Entry, Extra, Party
from pkcodemods.program import Program
from pkcodemods.result import Form
from pkcodemods.scopes import Scope, ScopeType
from pkcodemods.vocabulary import SERVER_TYPE

_CALLED_FORMS = {"builtins.dict": Form.DICT_CALL, "types.SimpleNamespace": Form.NAMESPACE}


class ObjectReader:
    """Takes the handlers off the object that a party is, and says of which form it is."""

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self._program = program
        self._annotations = annotations

    def read(self, party: Party, value: cst.BaseExpression) -> None:
        """Fill in a party's form, handlers and problems."""
        if isinstance(value, cst.Dict):
            party.form = Form.DICT
            self._read_dict(party, value)
        elif isinstance(value, cst.Call):
            self._read_call(party, value)

    def _read_call(self, party: Party, value: cst.Call) -> None:
        if self._annotations.legacy_name(value.func) == SERVER_TYPE:
            party.form = Form.SERVER_CALL
        else:
            form = _CALLED_FORMS.get(self._program.qualified_name(value.func) or "")
            if form is None:
                self._read_instance(party, value)
                return
            party.form = form
        for argument in value.args:
            if argument.keyword is not None:
                self._add(party, argument.keyword.value, argument.value, argument)
            elif not argument.star and isinstance(argument.value, cst.Dict) and argument is value.args[0]:
                self._read_dict(party, argument.value)
            else:
                party.problems.append(problem("PK101", argument, name=party.name))

    def _read_dict(self, party: Party, value: cst.Dict) -> None:
        for element in value.elements:
            key = self._key(element.key) if isinstance(element, cst.DictElement) else None
            if key is None:
                party.problems.append(problem("PK101", element, name=party.name))
            else:
                self._add(party, key, element.value, element)

    def _key(self, node: cst.BaseExpression) -> str | None:
        """The text of a key: a string, or a constant of the module that is one."""
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            text = node.evaluated_value
            return text if isinstance(text, str) else None
        binding = self._program.binding(node)
        store = binding.sole_store() if binding is not None else None
        if (
            binding is None
            or store is None
            or binding.scope.type is not ScopeType.MODULE
            or not isinstance(store.node, (cst.Assign, cst.AnnAssign))
            or not isinstance(store.node.value, cst.SimpleString)
        ):
            return None
        return self._key(store.node.value)

    def _add(self, party: Party, key: str, value: cst.BaseExpression, element: cst.CSTNode) -> None:
        handler = HANDLER_SPELLINGS.get(key)
        if handler is None:
            self._add_other(party, key, value, element)
            return
        if handler.method in party.methods:
            party.problems.append(problem("PK107", element, key=key))
        if not (isinstance(value, cst.Name) and value.value == "None"):
            party.entries.append(Entry(key, handler, value, element))
        if (what := described_literal(self._program, value)) is not None:
            party.problems.append(problem("PK114", element, handler=key, what=what))

    def _add_other(self, party: Party, key: str, value: cst.BaseExpression, element: cst.CSTNode) -> None:
        missed = missed_handler(key)
        if party.form is not Form.NAMESPACE or missed is not None:
            near = [missed] if missed else difflib.get_close_matches(key, HANDLER_SPELLINGS, 1, 0.75)
            nearest = f" (did you mean `{near[0]}`?)" if near else ""
            party.problems.append(problem("PK106", element, key=key, nearest=nearest))
        elif key in TAKEN or key.startswith("_") or not runs_later_the_same(self._program, value):
            party.problems.append(problem("PK113", element, key=key))
        else:
            party.extras.append(Extra(key, value, element))

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

    def _add_method(self, party: Party, node: cst.ClassDef, scope: Scope, name: str) -> None:
        handler = HANDLER_SPELLINGS[name]
        if handler.method in party.methods:
            party.problems.append(problem("PK107", node, key=name))
        method = scope.bindings[name].sole_store()
        if method is not None and isinstance(method.node, cst.FunctionDef):
            party.entries.append(Entry(name, handler, method.node, method.node))
            return
        value = getattr(method.node, "value", None) if method is not None else None
        if (literal := described_literal(self._program, value)) is not None:
            party.problems.append(problem("PK114", node, handler=name, what=literal))
        else:
            what = f"`{name}` is no method"
            party.problems.append(problem("PK109", node, name=node.name.value, what=what))

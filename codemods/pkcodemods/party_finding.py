"""Finding the parties of a module, without deciding anything about them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import libcst as cst

from pkcodemods import external
from pkcodemods.annotations import AnnotationReader
from pkcodemods.child_nodes import descendants
from pkcodemods.findings import problem
from pkcodemods.handlers import HANDLER_SPELLINGS
from pkcodemods.ignoring import is_ignored, module_is_ignored
from pkcodemods.party import Entry, Party
from pkcodemods.program import Program, SourceModule
from pkcodemods.result import Form
from pkcodemods.scopes import Binding, Role
from pkcodemods.vocabulary import SERVER_TYPE

LEGACY_TO_CLASS = "pkcompat.legacy_to_class"
_CLASS_API = ("partyserver.", "pkcompat.")
_DYNAMIC = (
    cst.Call,
    cst.BinaryOperation,
    cst.IfExp,
    cst.DictComp,
    cst.Dict,
    cst.BooleanOperation,
    cst.Subscript,
)


class PartyFinder:
    """Finds the parties of the modules of a program."""

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self._program = program
        self._annotations = annotations

    def find(self, module: SourceModule) -> list[Party]:
        """The parties of a module, in the order of the source."""
        evident = self._names_partykit(module)
        wrapped = self._wrapped_names(module)
        parties = []
        for statement, assignment in _assignments(module.tree.body):
            party = self._party(module, statement, assignment, evident)
            if party is None or party.binding in wrapped:
                continue
            if len(party.binding.values) > 1:  # type: ignore[union-attr]
                party.problems.append(problem("PK110", assignment, name=party.name))
            elif statement not in module.tree.body or len(statement.body) > 1:
                party.problems.append(problem("PK101", assignment, name=party.name))
            party.ignored = is_ignored(statement)
            parties.append(party)
        if not parties and not wrapped:
            parties = self._module_as_party(module, evident)
        return parties

    def _names_partykit(self, module: SourceModule) -> bool:
        """Whether a module imports something from `partykit.server`."""
        roots = self._annotations.legacy_modules
        if any(star in roots for star in module.star_imports):
            return True
        for node in module.nodes:
            if isinstance(node, cst.ImportAlias):
                statement = self._program.parents[node]
                name = cst.Module([]).code_for_node(node.name)
                if isinstance(statement, cst.ImportFrom):
                    name = f"{module.imported_module(statement)}.{name}"
                if any(name == root or name.startswith(root + ".") for root in roots):
                    return True
        return False

    def _wrapped_names(self, module: SourceModule) -> set[Binding]:
        """The names that the module hands to `legacy_to_class` itself."""
        names: set[Binding] = set()
        for node in module.nodes:
            if isinstance(node, cst.Call) and self._is_legacy_to_class(node):
                names.update(
                    binding
                    for argument in node.args
                    for name in descendants(argument.value)
                    if (binding := self._program.binding(name)) is not None
                )
                parent = self._program.parents[node]
                targets = parent.targets if isinstance(parent, cst.Assign) else []
                for target in targets:
                    if (binding := self._program.binding(target.target)) is not None:
                        names.add(binding)
                if isinstance(parent, cst.AnnAssign) and (binding := self._program.binding(parent.target)):
                    names.add(binding)
        return names

    def _is_legacy_to_class(self, node: cst.Call) -> bool:
        return self._program.qualified_name(node.func) == LEGACY_TO_CLASS

    def _party(
        self,
        module: SourceModule,
        statement: cst.SimpleStatementLine,
        assignment: cst.Assign | cst.AnnAssign,
        evident: bool,
    ) -> Party | None:
        value = assignment.value
        targets = (
            [target.target for target in assignment.targets]
            if isinstance(assignment, cst.Assign)
            else [assignment.target]
        )
        if value is None or not all(isinstance(target, cst.Name) for target in targets):
            return None
        names = [target.value for target in targets if isinstance(target, cst.Name)]
        name = "default" if "default" in names else names[0]
        binding = module.scope.bindings[name]
        party = Party(module, name, Form.DYNAMIC, binding, statement, assignment, value)
        party.bindings = [module.scope.bindings[each] for each in names]
        annotated = isinstance(assignment, cst.AnnAssign) and self._is_server_type(
            assignment.annotation.annotation
        )
        self._read_object(party, value)
        if party.form is Form.DYNAMIC:
            if annotated or (name == "default" and evident and self._could_be_object(value)):
                party.problems.append(problem("PK101", value, name=name))
                return party
            return None
        certain = annotated or party.form is Form.SERVER_CALL
        if certain or (party.entries and (evident or name == "default" or self._plausible(party))):
            return party
        return None

    def _is_server_type(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.SimpleString):
            return str(node.evaluated_value).rpartition(".")[2] == SERVER_TYPE
        return self._annotations.legacy_name(node) == SERVER_TYPE

    def _could_be_object(self, value: cst.BaseExpression) -> bool:
        if isinstance(value, cst.Call):
            name = self._program.qualified_name(value.func)
            return name is None or not (name.startswith(_CLASS_API) or external.is_standard(name))
        if isinstance(value, cst.Name):
            binding = self._program.binding(value)
            store = binding.sole_store() if binding is not None else None
            return (
                store is not None
                and isinstance(store.node, (cst.Assign, cst.AnnAssign))
                and isinstance(store.node.value, (cst.Dict, cst.DictComp))
            )
        return isinstance(value, _DYNAMIC)

    def _plausible(self, party: Party) -> bool:
        """Whether a handler is named as PartyKit names its arguments, where no import tells of PartyKit."""
        for entry in party.entries:
            function = self._function(entry.value)
            if function is None or (isinstance(function, cst.FunctionDef) and function.decorators):
                continue
            names = [p.name.value for p in (*function.params.posonly_params, *function.params.params)]
            index = entry.handler.room_index
            if index is None:
                index, expected = 1, "lobby"
            else:
                expected = "room"
            if len(names) > index and names[index] == expected:
                return True
        return False

    def _function(self, value: cst.CSTNode) -> cst.FunctionDef | cst.Lambda | None:
        if isinstance(value, (cst.FunctionDef, cst.Lambda)):
            return value
        binding = self._program.binding(value)
        store = binding.sole_store() if binding is not None else None
        if store is not None and isinstance(store.node, cst.FunctionDef):
            return store.node
        return None

    # the forms

    def _read_object(self, party: Party, value: cst.BaseExpression) -> None:
        """Take the handlers off an object, and say of which form it is."""
        if isinstance(value, cst.Dict):
            party.form = Form.DICT
            self._read_dict(party, value)
        elif isinstance(value, cst.Call):
            self._read_call(party, value)

    def _read_call(self, party: Party, value: cst.Call) -> None:
        name = self._program.qualified_name(value.func)
        if name == "builtins.dict":
            party.form = Form.DICT_CALL
        elif self._annotations.legacy_name(value.func) == SERVER_TYPE:
            party.form = Form.SERVER_CALL
        elif name == "types.SimpleNamespace":
            party.form = Form.NAMESPACE
        else:
            self._read_instance(party, value)
            return
        for argument in value.args:
            if argument.keyword is not None:
                self._add(party, argument.keyword.value, argument.value, argument)
            elif not argument.star and isinstance(argument.value, cst.Dict) and argument is value.args[0]:
                self._read_dict(party, argument.value)
            else:
                party.problems.append(problem("PK101", argument, name=party.name))

    def _read_dict(self, party: Party, value: cst.Dict) -> None:
        for element in value.elements:
            if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
                self._add(party, str(element.key.evaluated_value), element.value, element)
            else:
                party.problems.append(problem("PK101", element, name=party.name))

    def _add(self, party: Party, key: str, value: cst.BaseExpression, element: cst.CSTNode) -> None:
        handler = HANDLER_SPELLINGS.get(key)
        if handler is None:
            near = difflib.get_close_matches(key, HANDLER_SPELLINGS, 1, 0.75)
            if near or party.form is not Form.NAMESPACE:
                nearest = f" (did you mean `{near[0]}`?)" if near else ""
                party.problems.append(problem("PK106", element, key=key, nearest=nearest))
            else:
                party.problems.append(problem("PK101", element, name=f"{party.name}.{key}"))
            return
        if handler.method in party.methods:
            party.problems.append(problem("PK107", element, key=key))
        if not (isinstance(value, cst.Name) and value.value == "None"):
            party.entries.append(Entry(key, handler, value, element))

    def _read_instance(self, party: Party, value: cst.Call) -> None:
        binding = self._program.binding(value.func)
        store = binding.sole_store() if binding is not None else None
        if store is None or not isinstance(store.node, cst.ClassDef):
            return
        scope = self._program.scope_of(store.node)
        for name, member in scope.bindings.items():
            handler = HANDLER_SPELLINGS.get(name)
            if handler is None:
                continue
            if handler.method in party.methods:
                party.problems.append(problem("PK107", store.node, key=name))
            method = member.sole_store()
            if method is not None and isinstance(method.node, cst.FunctionDef):
                party.entries.append(Entry(name, handler, method.node, method.node))
            else:
                party.problems.append(
                    problem("PK109", store.node, name=store.node.name.value, what=f"`{name}` is no method")
                )
        if party.entries:
            party.form = Form.INSTANCE
            party.handler_class = store.node

    def _module_as_party(self, module: SourceModule, evident: bool) -> list[Party]:
        if "default" in module.scope.bindings or self._has_class_party(module):
            return []
        party = Party(module, "", Form.MODULE)
        for name, binding in module.scope.bindings.items():
            handler = HANDLER_SPELLINGS.get(name)
            store = binding.values[-1] if binding.values else None
            if handler is None or store is None:
                continue
            if isinstance(store.node, cst.FunctionDef):
                value: cst.BaseExpression | cst.FunctionDef = store.node
            elif store.role is Role.IMPORT and isinstance(store.name, cst.Name):
                value = store.name
            elif isinstance(store.node, (cst.Assign, cst.AnnAssign)) and store.node.value is not None:
                value = store.node.value
            else:
                continue
            if handler.method in party.methods:
                party.problems.append(problem("PK107", store.name, key=name))
            if len(binding.values) > 1:
                party.problems.append(problem("PK110", store.name, name=name))
            party.entries.append(Entry(name, handler, value, store.node))
        defined = any(isinstance(entry.value, cst.FunctionDef) for entry in party.entries)
        if defined and (evident or self._plausible(party)):
            party.ignored = module_is_ignored(module.tree)
            return [party]
        return []

    def _has_class_party(self, module: SourceModule) -> bool:
        return any(
            self._program.qualified_name(base.value) == "partyserver.PartyServer"
            for node in module.nodes
            if isinstance(node, cst.ClassDef)
            for base in node.bases
        )


def _assignments(
    body: object,
) -> Iterator[tuple[cst.SimpleStatementLine, cst.Assign | cst.AnnAssign]]:
    """The assignments of a module that run when it is imported, also those inside of `if` and `try`."""
    assert isinstance(body, (list, tuple))
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if isinstance(small, (cst.Assign, cst.AnnAssign)):
                    yield statement, small
        elif isinstance(statement, (cst.If, cst.Try, cst.With, cst.Else, cst.Finally, cst.ExceptHandler)):
            yield from _assignments(statement.body.body)
            for name in ("orelse", "finalbody"):
                rest = getattr(statement, name, None)
                if rest is not None:
                    yield from _assignments([rest])
            yield from _assignments(getattr(statement, "handlers", ()))

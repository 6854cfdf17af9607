"""Finds the parties of a module, without deciding anything about them."""

from __future__ import annotations

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.api import HANDLER_SPELLINGS, SERVER_TYPE
from pkcodemods.findings import possible_party, problem
from pkcodemods.inference import AnnotationReader
from pkcodemods.parties.export_reads import object_reads
from pkcodemods.parties.ignoring import ALL, ignored_by, ignored_in_module
from pkcodemods.parties.module_form import module_party
from pkcodemods.parties.object_building import assignments_in
from pkcodemods.parties.party import Party
from pkcodemods.parties.plausibility import Plausibility
from pkcodemods.parties.reading import ObjectReader
from pkcodemods.result import Form
from pkcodemods.source import (
    Binding,
    Program,
    Role,
    SourceModule,
    descendants,
)

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
_QUALIFIERS = ("Final", "Optional", "ClassVar", "Annotated", "Union")
_FILLERS = ("builtins.setattr", "operator.setitem")


class PartyFinder:
    """Finds the parties of the modules of a program."""

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self._program = program
        self._annotations = annotations
        self._objects = ObjectReader(program, annotations)
        self._plausibility = Plausibility(program)
        self._doubtful: list[Party] = []
        self.wrapped: dict[SourceModule, list[Party]] = {}

    def find(self, module: SourceModule) -> list[Party]:
        """The parties of a module, in the order of the source.

        Objects that the module hands to `legacy_to_class` itself are none; `self.wrapped` has those.
        """
        self._doubtful = []
        handed = self.wrapped[module] = []
        evident = self.legacy_import(module) is not None
        wrapped = self._wrapped_names(module)
        parties: list[Party] = []
        for statement, assignment in assignments_in(module.tree.body):
            if self._names_known_party(parties, statement, assignment) or self._is_replaced(assignment):
                continue
            party = self._party(module, statement, assignment, evident)
            if party is None or party.binding in _bindings_of(parties):
                continue
            if party.binding in wrapped:
                handed.append(party)
                continue
            if not party.lines and len(party.binding.values) > 1:  # type: ignore[union-attr]
                party.problems.append(problem("PK110", assignment, name=party.name))
            elif not party.lines and statement not in module.tree.body:
                party.problems.append(problem("PK101", assignment, name=party.name))
            party.ignored_codes |= ignored_by(statement)
            parties.append(party)
        default = module.scope.bindings.get("default")
        if evident and default is not None and default not in {*wrapped, *_bindings_of(parties)}:
            parties += self._unusual(module, default)
        if not parties and not wrapped:
            parties = self._module_as_party(module, evident) or self._doubted(module)
        for party in parties:
            party.ignored_codes |= ignored_in_module(module.tree)
            party.ignored = ALL in party.ignored_codes
        return parties

    def _doubted(self, module: SourceModule) -> list[Party]:
        """What would be served if the module were a target, though nothing shows a party: it stays,
        with a finding."""
        if self.has_class_party(module):
            return []
        default = module.scope.bindings.get("default")
        parties = [party for party in self._doubtful if default in (None, party.binding)]
        for party in parties:
            party.problems = [possible_party(party.place, party.name)]
        return parties

    def _is_replaced(self, assignment: cst.Assign | cst.AnnAssign) -> bool:
        """Whether a later assignment overrides this one in any case."""
        for target in _targets(assignment):
            binding = self._program.binding(target)
            building = self._objects.building(binding) if binding is not None else None
            if building is not None and len(_targets(assignment)) == 1:
                return building.assignment is not assignment
        return False

    def _names_known_party(
        self,
        parties: list[Party],
        statement: cst.SimpleStatementLine,
        assignment: cst.Assign | cst.AnnAssign,
    ) -> bool:
        """Whether an assignment gives a party a further name: `default = chat`."""
        binding = self._program.binding(assignment.value) if assignment.value is not None else None
        party = next((party for party in parties if binding in party.bindings), None)
        if party is None:
            return False
        names = _targets(assignment)
        plain = statement in party.module.tree.body and len(statement.body) == 1
        for name in names if plain else []:
            alias = self._program.binding(name)
            if alias is not None and alias.sole_store() is not None and isinstance(name, cst.Name):
                party.aliases[alias] = statement
        return True

    def _unusual(self, module: SourceModule, default: Binding) -> list[Party]:
        """The party of a `default` that no plain assignment binds, if that is one."""
        for store in default.values:
            if store.role is not Role.IMPORT and self._mentions_handlers(store.node):
                party = Party(module, "default", Form.DYNAMIC, default, bindings=[default])
                party.problems.append(problem("PK101", store.name, name="default"))
                return [party]
        return []

    def _mentions_handlers(self, node: cst.CSTNode) -> bool:
        for part in descendants(node):
            if isinstance(part, cst.Name) and part.value in HANDLER_SPELLINGS:
                return True
            keyword = part.keyword if isinstance(part, cst.Arg) else None
            if keyword is not None and keyword.value in HANDLER_SPELLINGS:
                return True
            if isinstance(part, cst.SimpleString) and part.evaluated_value in HANDLER_SPELLINGS:
                return True
        return False

    def legacy_import(self, module: SourceModule, *others: SourceModule) -> cst.CSTNode | None:
        """Where a module imports something of `partykit.server`, perhaps through another module's `*`.

        Args:
            module: the module.
            others: modules that were searched already.
        """
        roots = self._annotations.legacy_modules
        for node in module.nodes:
            if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
                star = module.imported_module(node)
                starred = self._program.module_named(self._program.canonical(star, module))
                new = None if starred in (module, *others) else starred
                if star in roots or (new is not None and self.legacy_import(new, module, *others)):
                    return node
            elif isinstance(node, cst.ImportAlias):
                statement = self._program.parents[node]
                name = cst.Module([]).code_for_node(node.name)
                if isinstance(statement, cst.ImportFrom):
                    name = f"{module.imported_module(statement)}.{name}"
                if any(name == root or name.startswith(root + ".") for root in roots):
                    return node
        return None

    def unfound(self, module: SourceModule) -> cst.CSTNode | None:
        """Where a module without a party names PartyKit; None where it only re-exports names."""
        is_done = self._wrapped_names(module) or self.has_class_party(module) or _hands_on(module)
        return None if is_done or ALL in ignored_in_module(module.tree) else self.legacy_import(module)

    def wraps(self, module: SourceModule) -> bool:
        """Whether a module exports what it hands to `legacy_to_class` itself."""
        return any(isinstance(node, cst.Call) and self._is_wrapping(node) for node in module.nodes)

    def _wrapped_names(self, module: SourceModule) -> set[Binding]:
        """The names that the module hands to `legacy_to_class` itself."""
        names: set[Binding] = set()
        for node in module.nodes:
            if isinstance(node, cst.Call) and self._is_wrapping(node):
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

    def _is_wrapping(self, node: cst.Call) -> bool:
        """Whether a call is the value of an export: `default = legacy_to_class(...)`."""
        return self._program.qualified_name(node.func) == LEGACY_TO_CLASS and isinstance(
            self._program.parents[node], (cst.Assign, cst.AnnAssign)
        )

    def _party(
        self,
        module: SourceModule,
        statement: cst.SimpleStatementLine,
        assignment: cst.Assign | cst.AnnAssign,
        evident: bool,
    ) -> Party | None:
        targets = _targets(assignment)
        names = [target.value for target in targets if isinstance(target, cst.Name)]
        value, certain = self._value(assignment)
        if value is None or not names or any(isinstance(t, (cst.Tuple, cst.List)) for t in targets):
            return None
        name = "default" if "default" in names else names[0]
        binding = module.scope.bindings[name]
        party = Party(module, name, Form.DYNAMIC, binding, statement, assignment, value)
        party.bindings = [module.scope.bindings[each] for each in names]
        building = self._objects.building(binding)
        self._objects.read(party, value, building)
        party.certain = certain or party.form is Form.SERVER_CALL
        if len(names) < len(targets):
            party.problems.append(problem("PK101", value, name=name))
        if self._is_party(party, value, evident=evident, certain=certain):
            return party
        if self._may_be_served(party, value):
            self._doubtful.append(party)
        return None

    def _may_be_served(self, party: Party, value: cst.BaseExpression) -> bool:
        if party.form is Form.DYNAMIC:
            return self._mentions_handlers(value)
        members = {name for node in party.chain for name in self._program.scope_of(node).bindings}
        return bool(party.entries) or not members.isdisjoint(HANDLER_SPELLINGS)

    def _is_party(self, party: Party, value: cst.BaseExpression, *, evident: bool, certain: bool) -> bool:
        """Whether an object that was read is a party; if it is built too dynamically, that is noted.

        Args:
            party: what was read.
            value: the object.
            evident: whether the module imports something of the object form.
            certain: whether the object is annotated as one of handlers.
        """
        assert party.binding is not None
        exported = party.name == "default"
        if party.form is Form.DYNAMIC:
            dynamic = certain or (exported and evident and self._could_be_object(value))
        else:
            dynamic = (
                not party.entries
                and (evident or exported)
                and self._is_filled_later(party.binding, certain or (evident and exported))
            )
        if dynamic:
            party.problems.append(problem("PK101", value, name=party.name))
            return True
        if party.form is Form.DYNAMIC or not (party.entries or party.problems):
            return False
        if certain or party.form is Form.SERVER_CALL or (exported and evident):
            return True
        exported = exported or party.binding in self._exported_as_default(party.module)
        if party.form is Form.INSTANCE:
            return exported or (
                not object_reads(self._program, party) and (evident or self._plausibility.of(party))
            )
        return bool(party.entries) and (evident or exported or self._plausibility.of(party))

    def _exported_as_default(self, module: SourceModule) -> set[Binding]:
        """What a plain `default = chat` exports."""
        default = module.scope.bindings.get("default")
        sources = [store.node for store in default.values] if default is not None else []
        return {
            binding
            for node in sources
            if isinstance(node, (cst.Assign, cst.AnnAssign)) and node.value is not None
            if (binding := self._program.binding(node.value)) is not None
        }

    def _value(self, assignment: cst.Assign | cst.AnnAssign) -> tuple[cst.BaseExpression | None, bool]:
        """What is assigned, out of a `cast`, and whether it is certainly an object of handlers."""
        value = assignment.value
        certain = isinstance(assignment, cst.AnnAssign) and self._is_server_type(
            assignment.annotation.annotation
        )
        if not isinstance(value, cst.Call) or len(value.args) != 2:
            return value, certain
        is_cast = self._program.qualified_name(value.func) == "typing.cast"
        if not is_cast or any(argument.keyword or argument.star for argument in value.args):
            return value, certain
        return value.args[1].value, certain or self._is_server_type(value.args[0].value)

    def _is_filled_later(self, binding: Binding, certainly: bool) -> bool:
        """Whether a module puts handlers into an object that it made empty.

        Args:
            binding: the object's name.
            certainly: whether the object is one of handlers for sure, whatever the keys are.
        """
        for load in binding.loads:
            parent = self._program.parents[load]
            around = self._program.parents.get(parent)
            is_stored = isinstance(around, cst.AssignTarget) or (
                isinstance(parent, cst.Attribute) and parent.attr.value in ("update", "setdefault")
            )
            if isinstance(parent, (cst.Subscript, cst.Attribute)) and parent.value is load and is_stored:
                return certainly or self._mentions_handlers(parent)
            if isinstance(parent, cst.AugAssign) and certainly:
                return True
            if isinstance(around, cst.Call) and self._program.qualified_name(around.func) in _FILLERS:
                return certainly or self._mentions_handlers(around)
        return False

    def _is_server_type(self, node: cst.CSTNode) -> bool:
        """Whether an annotation is `PartyKitServer`, quoted, optional or qualified."""
        if isinstance(node, cst.SimpleString):
            scope = self._program.module_of(node).scope
            names = [part.strip() for part in str(node.evaluated_value).split("|")]
            return any(
                name.rpartition(".")[2] == SERVER_TYPE
                or self._annotations.legacy_name_in_string(name, scope) == SERVER_TYPE
                for name in names
            )
        if isinstance(node, cst.BinaryOperation):
            return self._is_server_type(node.left) or self._is_server_type(node.right)
        if isinstance(node, cst.Subscript):
            name = (self._program.qualified_name(node.value) or "").rpartition(".")[2]
            parts = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
            return name in _QUALIFIERS and any(map(self._is_server_type, parts))
        return self._annotations.legacy_name(node) == SERVER_TYPE

    def _could_be_object(self, value: cst.BaseExpression) -> bool:
        if isinstance(value, cst.Call):
            name = self._program.qualified_name(value.func)
            if name is None or self._mentions_handlers(value):
                return not (name or "").startswith(_CLASS_API)
            return not (name.startswith(_CLASS_API) or stdlib.is_standard(name))
        if isinstance(value, cst.Name):
            binding = self._program.binding(value)
            store = binding.sole_store() if binding is not None else None
            return (
                store is not None
                and isinstance(store.node, (cst.Assign, cst.AnnAssign))
                and isinstance(store.node.value, (cst.Dict, cst.DictComp))
            )
        return isinstance(value, _DYNAMIC)

    def _module_as_party(self, module: SourceModule, evident: bool) -> list[Party]:
        if "default" in module.scope.bindings or self.has_class_party(module):
            return []
        party = module_party(self._program, module)
        if party is None:
            return []
        if not evident and not self._plausibility.of(party):
            self._doubtful = [party]
            return []
        first = module.tree.body[0]
        if isinstance(first, cst.SimpleStatementLine):
            party.ignored_codes |= ignored_by(first)
        return [party]

    def has_class_party(self, module: SourceModule) -> bool:
        """Whether a module defines a party in the class form."""
        return any(
            self._program.qualified_name(base.value) == "partyserver.PartyServer"
            for node in module.nodes
            if isinstance(node, cst.ClassDef)
            for base in node.bases
        )


def _bindings_of(parties: list[Party]) -> set[Binding]:
    return {binding for party in parties for binding in (*party.bindings, *party.aliases)}


def _targets(assignment: cst.Assign | cst.AnnAssign) -> list[cst.CSTNode]:
    if isinstance(assignment, cst.AnnAssign):
        return [assignment.target]
    return [target.target for target in assignment.targets]


def _hands_on(module: SourceModule) -> bool:
    """Whether a module holds nothing but `*` imports of other modules' names."""
    lines = [line for line in module.tree.body if not _is_docstring(line)]
    small = [each for line in lines if isinstance(line, cst.SimpleStatementLine) for each in line.body]
    starred = [
        each for each in small if isinstance(each, cst.ImportFrom) and isinstance(each.names, cst.ImportStar)
    ]
    return len(starred) == len(lines) and all(each.relative for each in starred)


def _is_docstring(line: cst.CSTNode) -> bool:
    return (
        isinstance(line, cst.SimpleStatementLine)
        and isinstance(line.body[0], cst.Expr)
        and isinstance(line.body[0].value, cst.SimpleString)
    )

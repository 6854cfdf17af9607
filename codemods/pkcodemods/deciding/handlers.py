"""Deciding how each handler of a party becomes a method."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import ClassObject, Function, Instance
from pkcodemods.deciding.imported_functions import ImportedFunctions
from pkcodemods.deciding.instances import chain_entries, is_static_method
from pkcodemods.deciding.lambda_annotations import annotation_of_result, is_typed
from pkcodemods.findings import Problem, problem
from pkcodemods.inference import (
    RETURN,
    Inference,
    IntrospectionFinder,
    is_declared_within,
    reads_room_under_another_self,
)
from pkcodemods.parties import Entry, Party, Signature, SignatureReader, own_signature
from pkcodemods.plans import HandlerPlan, Move, PartyPlan
from pkcodemods.result import Form
from pkcodemods.source import (
    Binding,
    ModuleNames,
    Program,
    Role,
    attribute,
    is_mangled_in_class,
    names_read,
    runs_later_the_same,
    uses_name,
)


class HandlerDecider:
    """Decides for the handlers of the parties of one module.

    Attributes:
        pinned: names that code outside of the module, or its `__all__`, needs.
    """

    def __init__(
        self,
        program: Program,
        inference: Inference,
        names: ModuleNames,
        pinned: set[Binding],
        introspecting: dict[cst.CSTNode, str],
        imported: ImportedFunctions,
    ) -> None:
        self._imported = imported
        self._program = program
        self._inference = inference
        self._signatures = SignatureReader(inference)
        self._introspection = IntrospectionFinder(program, inference, introspecting)
        self._names = names
        self.pinned = pinned

    def decide(self, plan: PartyPlan) -> tuple[list[HandlerPlan], list[Problem]]:
        """How the handlers of a party become methods, and what stands in the way."""
        plans: list[HandlerPlan] = []
        problems: list[Problem] = []
        party = plan.party
        for entry in party.entries if plan.delegates else chain_entries(self._program, party):
            if party.chain:
                outcome = self._instance_entry(plan, entry)
            elif self._program.module_of(entry.element) is not party.module:
                outcome = self._foreign_entry(party, entry)
            else:
                outcome = self._entry(party, entry)
            if isinstance(outcome, Problem):
                problems.append(outcome)
                continue
            objection = outcome.signature.objection(entry.handler)
            if objection is not None and entry in party.entries:
                offered = ", ".join(offer.name for offer in entry.handler.offered)
                problems.append(
                    problem("PK104", entry.element, handler=entry.key, what=objection, offered=offered)
                )
            functions = {outcome.signature.function: None, **self._dispatched(entry.value)}
            reached = (self._introspection.reached_from(f, in_class=bool(party.chain)) for f in functions)
            callee = next((found for found in reached if found is not None), None)
            if callee is not None and outcome.move is Move.METHOD:
                assert party.handler_class is not None
                what = f"`{callee}` in `{entry.key}` may reach names that only show when it runs"
                name = party.handler_class.name.value
                problems.append(problem("PK109", entry.element, name=name, what=what))
            elif callee is not None:
                outcome.views = True
                problems.append(problem("PK204", entry.element, callee=callee, handler=entry.key))
            self._annotate(party, outcome)
            plans.append(outcome)
        return plans, problems

    def _annotate(self, party: Party, plan: HandlerPlan) -> None:
        """Give a method that is made of a lambda annotations, in a module that has them everywhere."""
        function = plan.signature.function
        if plan.move is Move.LAMBDA and isinstance(function, cst.Lambda) and is_typed(party.module):
            returns = annotation_of_result(self._inference, party, plan.entry, function)
            if returns is not None and not plan.views:
                plan.annotations = {RETURN: returns}

    def _dispatched(self, value: cst.CSTNode) -> dict[cst.FunctionDef | cst.Lambda, None]:
        """The functions that a handler under `@singledispatch` stands for."""
        is_function = isinstance(value, cst.FunctionDef)
        atoms = self._inference.function_value(value) if is_function else self._inference.value(value)
        functions = [atom.called for atom in atoms if isinstance(atom, Function)]
        return dict.fromkeys(functions if len(functions) > 1 else ())

    def _entry(self, party: Party, entry: Entry) -> HandlerPlan | Problem:
        if isinstance(entry.value, cst.Lambda):
            return self._lambda(entry, entry.value)
        function = self._movable_function(party, entry)
        if function is not None:
            plan = HandlerPlan(entry, Move.FUNCTION, own_signature(function))
            plan.room_alias = self._needs_alias(plan)
            return plan
        return self._delegate(party, entry)

    def _instance_entry(self, plan: PartyPlan, entry: Entry) -> HandlerPlan | Problem:
        """A method of an instance's class: it stays there, as the party's own or to be called by that."""
        assert isinstance(entry.value, cst.FunctionDef)
        assert plan.party.handler_class is not None
        if plan.delegates:
            instance = Instance(plan.party.handler_class)
            signature = self._signatures.of_value(self._inference.attributes.of(instance, entry.key))
            if signature is None:
                return problem("PK102", entry.element, handler=entry.key, what="under a decorator")
            call = attribute(cst.Name(plan.kept_name), entry.key)
            return HandlerPlan(entry, Move.DELEGATE, signature, call)
        static = is_static_method(self._program, entry.value)
        method = HandlerPlan(entry, Move.METHOD, own_signature(entry.value, bound=not static))
        method.was_static = static
        method.room_alias = self._needs_alias(method)
        return method

    def _foreign_entry(self, party: Party, entry: Entry) -> HandlerPlan | Problem:
        """A handler out of an object of another module, whose function is imported."""
        call = self._imported.expression(party, entry)
        signature = self._signatures.of_value(self._inference.value(entry.value))
        if call is None or signature is None:
            source = self._program.module_of(entry.element).name
            return problem("PK115", party.place, handler=entry.key, source=source or "")
        return HandlerPlan(entry, Move.DELEGATE, signature, call)

    # moving

    def _movable_function(self, party: Party, entry: Entry) -> cst.FunctionDef | None:
        """The module's own function that can become the method, if it is of no other use."""
        binding = self._binding_of(party, entry)
        store = binding.sole_store() if binding is not None else None
        if binding is None or store is None or not isinstance(store.node, cst.FunctionDef):
            return None
        function = store.node
        reads = [] if party.form is Form.MODULE else [entry.value]
        if (
            binding.loads != reads
            or len(binding.stores) > 1
            or binding in self.pinned
            or entry.value in party.shared
            or self._program.parents[function] is not party.module.tree
        ):
            return None
        return function if self._fits_in_class(party, function) else None

    def _binding_of(self, party: Party, entry: Entry) -> Binding | None:
        if isinstance(entry.value, cst.FunctionDef):
            return party.module.scope.bindings.get(entry.value.name.value)
        return self._program.binding(entry.value)

    def _fits_in_class(self, party: Party, function: cst.FunctionDef | cst.Lambda) -> bool:
        if isinstance(function, cst.FunctionDef) and function.decorators:
            return False
        if isinstance(function.params.star_arg, cst.Param):
            return False
        if uses_name(self._program, function, "self") or is_mangled_in_class(function):
            return False
        if self._introspection.reached_from(function) is not None:
            return False
        return self._evaluates_the_same(party, function)

    def _evaluates_the_same(self, party: Party, function: cst.FunctionDef | cst.Lambda) -> bool:
        """Whether defaults and annotations mean the same in the class's body, where the object stands."""
        in_class = {*party.methods, "options"}
        parameters = function.params
        for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            if parameter.default is not None and not runs_later_the_same(self._program, parameter.default):
                return False
            for part in (parameter.default, parameter.annotation):
                if part is not None and names_read(part) & in_class:
                    return False
        returns = getattr(function, "returns", None)
        return returns is None or not names_read(returns) & in_class

    def _lambda(self, entry: Entry, function: cst.Lambda) -> HandlerPlan:
        signature = own_signature(function)
        party_free = not (
            isinstance(function.params.star_arg, cst.Param)
            or uses_name(self._program, function, "self")
            or is_mangled_in_class(function)
            or self._introspection.reached_from(function) is not None
            or any(
                parameter.default is not None and not runs_later_the_same(self._program, parameter.default)
                for parameter in (*function.params.params, *function.params.kwonly_params)
            )
        )
        if party_free:
            plan = HandlerPlan(entry, Move.LAMBDA, signature)
            plan.room_alias = self._needs_alias(plan)
            if not plan.room_alias:
                return plan
        return self._hoisted(entry, signature)

    def _needs_alias(self, plan: HandlerPlan) -> bool:
        """Whether `self.room` cannot take the place of the room's name.

        That is where it is bound again or declared, or read where `self` is another one.
        """
        parameter = plan.room_parameter
        if parameter is None:
            return False
        binding = self._program.binding(parameter.name)
        if binding is None or len(binding.stores) > 1 or is_declared_within(binding):
            return True
        has_self = plan.move is Move.METHOD and not plan.was_static
        method = plan.signature.function
        return has_self and reads_room_under_another_self(self._inference, method, binding)

    # delegating

    def _delegate(self, party: Party, entry: Entry) -> HandlerPlan | Problem:
        value = entry.value
        if isinstance(value, cst.FunctionDef):
            signature = self._signatures.of_value(self._inference.function_value(value))
            if signature is None:
                return problem("PK102", entry.element, handler=entry.key, what="under a decorator")
            return HandlerPlan(entry, Move.DELEGATE, signature, cst.Name(value.name.value))
        atoms = self._inference.value(value)
        signature = self._signatures.of_value(atoms)
        if signature is None:
            return problem("PK102", entry.element, handler=entry.key, what=self._described(value))
        if isinstance(value, cst.Name):
            if not self._is_settled(party, value):
                return problem("PK105", entry.element, handler=entry.key)
            return HandlerPlan(entry, Move.DELEGATE, signature, cst.Name(value.value))
        if self._is_method_for_good(party, value):
            return HandlerPlan(entry, Move.DELEGATE, signature, value)
        partial = self._plain_partial(value)
        if partial is not None:
            function, before, keywords = partial
            return HandlerPlan(entry, Move.DELEGATE, signature, function, before, keywords)
        if value in party.shared:  # each party would have one of its own
            return problem("PK116", entry.element, handler=entry.key)
        stays = party.statement is None or party.statement in self._program.ancestors(value)
        if not stays and not runs_later_the_same(self._program, value):
            return problem("PK101", entry.element, name=party.name)
        return self._hoisted(entry, signature)

    def _hoisted(self, entry: Entry, signature: Signature) -> HandlerPlan:
        """Keep what the expression gives in a name of its own, and call that."""
        plan = HandlerPlan(entry, Move.DELEGATE, signature)
        plan.hoisted = self._names.take(f"_{entry.handler.method}", f"_{entry.handler.method}_handler")
        plan.call = cst.Name(plan.hoisted)
        return plan

    def _is_method_for_good(self, party: Party, value: cst.BaseExpression) -> bool:
        """Whether `owner.method` still means at every call what it meant when the object was made."""
        if not isinstance(value, cst.Attribute) or not isinstance(value.value, cst.Name):
            return False
        if self._is_function_of_module(value):
            return self._is_settled(party, value.value)
        owners = self._inference.value(value.value)
        return (
            self._is_settled(party, value.value)
            and bool(owners)
            and all(
                isinstance(owner, (Instance, ClassObject))
                and self._inference.attributes.is_fixed(owner, value.attr.value)
                for owner in owners
            )
        )

    def _is_function_of_module(self, value: cst.Attribute) -> bool:
        """Whether `module.name` is a function of the program that its module binds once."""
        owner, _, name = (self._program.qualified_name(value) or "").rpartition(".")
        module = self._program.module_named(owner)
        binding = module.scope.bindings.get(name) if module is not None else None
        store = binding.sole_store() if binding is not None else None
        return store is not None and store.role is Role.FUNCTION

    def _plain_partial(
        self, value: cst.BaseExpression
    ) -> tuple[cst.BaseExpression, list[cst.Arg], list[cst.Arg]] | None:
        """The parts of `partial(function, constants)`, which can as well be given at every call."""
        if not isinstance(value, cst.Call) or self._program.qualified_name(value.func) != "functools.partial":
            return None
        function, *given = value.args
        if not isinstance(function.value, cst.Name):
            return None
        if not all(runs_later_the_same(self._program, argument.value) for argument in given):
            return None
        if any(isinstance(argument.value, (cst.List, cst.Dict, cst.Set)) for argument in given):
            return None
        before = [argument for argument in given if argument.keyword is None]
        return function.value, before, [argument for argument in given if argument.keyword is not None]

    def _is_settled(self, party: Party, name: cst.Name) -> bool:
        """Whether a name still means at every call what it meant when the object was made."""
        binding = self._program.binding(name)
        if binding is None:
            return True
        body: list[cst.CSTNode] = list(party.module.tree.body)
        line = next((node for node in self._program.ancestors(name) if node in body), None)
        export = len(body) if line is None or party.form is Form.MODULE else body.index(line)
        for store in binding.values:
            if store.role not in (Role.FUNCTION, Role.CLASS, Role.IMPORT, Role.ASSIGNMENT):
                return False
            around = [store.node, *self._program.ancestors(store.node)]
            if any(isinstance(node, cst.FunctionDef) for node in around[1:]):
                return False
            top = next((node for node in around if node in body), None)
            if top is None or body.index(top) > export:
                return False
        return bool(binding.values)

    def _described(self, value: cst.BaseExpression) -> str:
        if isinstance(value, cst.Name):
            atoms = self._inference.value(value)
            if atoms and not any(isinstance(atom, Function) for atom in atoms):
                binding = self._program.binding(value)
                store = binding.sole_store() if binding is not None else None
                if store is not None and store.role is Role.IMPORT:
                    return f"`{value.value}` from `{self._program.import_name(store).rpartition('.')[0]}`"
            return f"`{value.value}`"
        return "an expression"

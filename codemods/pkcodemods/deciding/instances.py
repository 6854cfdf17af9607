"""Deciding whether a class of handlers, with its bases, can become the party itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import libcst as cst

from pkcodemods.api import TAKEN, hibernates
from pkcodemods.deciding.handler_calls import HandlerCalls
from pkcodemods.inference import Inference
from pkcodemods.parties import Entry, OutsideUses, Party
from pkcodemods.plans import ClassPlan, HandlerPlan, PartyPlan
from pkcodemods.source import (
    Program,
    Role,
    Scope,
    bases_of,
    defined_class,
    foreign_base,
    has_usual_metaclass,
    introspecting_names,
    is_protocol,
    lookup_order,
    uses_name,
)

_HARMLESS = ("__repr__", "__str__", "__format__")


def class_plans(program: Program, party: Party, handlers: Sequence[HandlerPlan]) -> list[ClassPlan]:
    """How each class of a party's chain becomes one of the class form, if nothing is in the way.

    Args:
        program: the modules.
        party: the party, an instance.
        handlers: how the handlers in all of these classes become methods.
    """
    plans: dict[cst.ClassDef, ClassPlan] = {}
    for node in reversed(party.chain):  # bases before their heirs
        own = [handler for handler in handlers if _class_of(program, handler.signature.function) is node]
        inherits = any(_is_server(program, plans, base) for base in bases_of(program, node))
        wanted = bool(own) or node is party.handler_class
        extends = wanted and not inherits and not is_protocol(program, node)
        plans[node] = ClassPlan(node, own, extends)
    return [plans[node] for node in party.chain]


def _class_of(program: Program, method: cst.CSTNode) -> cst.CSTNode | None:
    """The class in whose body a method stands."""
    return program.parents.get(program.parents[method])


def _is_server(program: Program, plans: dict[cst.ClassDef, ClassPlan], node: cst.ClassDef) -> bool:
    """Whether a class will have `PartyServer` among its bases."""
    return any(plans[each].extends for each in lookup_order(program, node) if each in plans)


def set_options(plans: Iterable[PartyPlan]) -> None:
    """Plan the options of the classes that become parties, unless a base has the same ones."""
    hibernating = {
        plan.party.handler_class: hibernates(set(plan.party.methods)) for plan in plans if plan.converts
    }
    for plan in plans:
        for own in plan.classes if plan.converts else ():
            wished = hibernating.get(own.node)
            above = next((hibernating[n] for n in plan.party.chain[1:] if n in hibernating), False)
            if own.node is plan.party.handler_class and wished is not None:
                own.hibernate = wished if wished != above else None


class ConversionObjections:
    """Says why the classes of a party cannot become the party, if so.

    One object serves all rooms, an instance of the class form serves one: a class that keeps something on
    `self` would no longer share it.

    Args:
        program: the modules.
        inference: what is where.
        outside: what modules use of each other.
        peers: the parties of all modules.
    """

    def __init__(
        self, program: Program, inference: Inference, outside: OutsideUses, peers: Sequence[PartyPlan]
    ) -> None:
        self._program = program
        self._inference = inference
        self._outside = outside
        self._peers = [peer for peer in peers if peer.converts]

    def first(self, plan: PartyPlan) -> str | None:
        """The first objection to a party's conversion; its calls of handlers are planned along the way."""
        party = plan.party
        assert isinstance(party.value, cst.Call)
        if defined_class(self._program, party.value.func) is not party.handler_class:
            return "its module keeps the old names"
        for entry in party.entries:
            if entry.element is not entry.value:
                return f"its `{entry.key}` is another name of a method"
        for node in party.chain:
            what = self._to_class(party, node) or self._to_methods(party, node)
            if what is not None:
                return what
        others = {node for peer in self._peers for node in peer.party.chain}
        called = HandlerCalls(self._program, self._inference, plan.classes, others).plan()
        if called is not None:
            return f"`{called}` is called by other code too"
        for node in party.chain:
            if any(not self._is_expected(plan, use) for use in self._uses(node)):
                return "it is used in other places too"
        return None

    def _to_class(self, party: Party, node: cst.ClassDef) -> str | None:
        assert isinstance(party.value, cst.Call)
        program = self._program
        if foreign_base(program, node) is not None or not has_usual_metaclass(program, node):
            return "it has a base class of its own"
        if node.decorators:
            return "it has a decorator"
        if party.value.args:
            return "it is made with arguments"
        binding = self._scope(node).bindings.get(node.name.value)
        if (
            program.parents[node] is not self._scope(node).node
            or binding is None
            or not isinstance(node.body, cst.IndentedBlock)
        ):
            return "it is not a plain class of the module"
        if len(binding.stores) != 1:
            return "it is used in other places too"
        names = program.scope_of(node).bindings
        for name in TAKEN:
            if name in names:
                return f"its `{name}` would be taken for PartyServer's"
        if "__init__" in names or "__new__" in names:
            return "its constructor runs once for all rooms, that of a PartyServer once a room"
        for name, member in names.items():
            is_special = name.startswith("__") and name.endswith("__") and name not in _HARMLESS
            if is_special and any(store.role is Role.FUNCTION for store in member.stores):
                return f"its `{name}` would change what a PartyServer does"
        for found in introspecting_names(program, node):
            if not self._is_plain_super(party, node, found):
                return f"`{found.value}` would find another class than it does"
        return None

    def _scope(self, node: cst.ClassDef) -> Scope:
        return self._program.module_of(node).scope

    def _is_plain_super(self, party: Party, node: cst.ClassDef, name: cst.Name) -> bool:
        """Whether it is `super().name` that a class of the party behind this one defines."""
        call = self._program.parents[name]
        use = self._program.parents.get(call)
        if name.value != "super" or not isinstance(call, cst.Call) or call.args:
            return False
        behind = party.chain[party.chain.index(node) + 1 :]
        return isinstance(use, cst.Attribute) and any(
            use.attr.value in self._program.scope_of(base).bindings for base in behind
        )

    def _to_methods(self, party: Party, node: cst.ClassDef) -> str | None:
        entries = {
            entry.key: entry
            for entry in chain_entries(self._program, party)
            if _class_of(self._program, entry.element) is node
        }
        for statement in node.body.body:
            if not isinstance(statement, cst.FunctionDef):
                continue
            first = next(iter((*statement.params.posonly_params, *statement.params.params)), None)
            entry = entries.get(statement.name.value)
            if any(self._program.qualified_name(_called(d)) in _REMEMBERING for d in statement.decorators):
                return f"`{statement.name.value}` remembers for all rooms, and would for each room"
            if is_static_method(self._program, statement):
                if entry is not None and uses_name(self._program, statement, "self"):
                    return f"`{entry.key}` has a `self` of its own"
                continue
            if entry is not None and not self._is_plain_method(statement, first):
                return f"`{entry.key}` is no plain method"
            if entry is not None and isinstance(statement.params.star_arg, cst.Param):
                return f"`{entry.key}` takes all that the object form offers"
            if first is None:
                continue
            what = self._to_self(first, entry, entries.keys())
            if what is not None:
                return what
        return None

    def _is_plain_method(self, method: cst.FunctionDef, first: cst.Param | None) -> bool:
        decorators = [self._program.qualified_name(item.decorator) for item in method.decorators]
        return all(name in _TELLING for name in decorators) and (
            first is not None and first.name.value == "self"
        )

    def _to_self(self, first: cst.Param, entry: Entry | None, keys: Collection[str]) -> str | None:
        program = self._program
        binding = program.binding(first.name)
        if binding is None or len(binding.stores) != 1:
            return "it binds `self` anew"
        if entry is not None and entry.handler.static and binding.loads:
            return f"`{entry.key}` uses `self`, and knows no room in the class form"
        for load in binding.loads:
            parent = program.parents[load]
            if isinstance(parent, cst.Attribute):
                if program.is_stored(parent) or parent.attr.value == "__dict__":
                    return f"`self.{parent.attr.value}` is shared by all rooms, and would be each room's own"
            elif not self._is_given_to_base(parent, keys):
                return "it hands `self` on"
        return None

    def _is_given_to_base(self, parent: cst.CSTNode, keys: Collection[str]) -> bool:
        """Whether it is the argument of `Base.onConnect(self, ...)`, which is looked at as a call of that."""
        call = self._program.parents.get(parent)
        return (
            isinstance(call, cst.Call)
            and isinstance(call.func, cst.Attribute)
            and call.func.attr.value in keys
            and call.args[0] is parent
        )

    # uses of the classes

    def _uses(self, node: cst.ClassDef) -> Iterator[cst.CSTNode]:
        binding = self._scope(node).bindings[node.name.value]
        yield from binding.loads
        yield from (read.node for read in self._outside.reads.get(binding, ()))

    def _is_expected(self, plan: PartyPlan, use: cst.CSTNode) -> bool:
        """Whether a class is used there as what becomes of it: as a base, for an export, for a handler."""
        program = self._program
        parent = program.parents[use]
        if isinstance(parent, cst.Subscript) and parent.value is use:
            use, parent = parent, program.parents[parent]
        if isinstance(parent, cst.Attribute):
            others = {node for peer in self._peers for node in peer.party.chain} - {*plan.party.chain}
            is_of_other = any(around in others for around in program.ancestors(use))
            return is_of_other or any(program.parents[parent] in own.calls for own in plan.classes)
        if isinstance(parent, cst.Arg):
            heir = program.parents[parent]
            return isinstance(heir, cst.ClassDef) and any(heir in peer.party.chain for peer in self._peers)
        return any(parent is peer.party.value and parent.func is use for peer in self._peers)  # type: ignore[attr-defined]


_TELLING = ("abc.abstractmethod", "typing.override", "typing.final", "typing_extensions.override")
"""Decorators that only say something about a method."""


_REMEMBERING = ("functools.cached_property", "functools.cache", "functools.lru_cache")


def _called(decorator: cst.Decorator) -> cst.BaseExpression:
    """What a decorator is, or is made by: `lru_cache` of `@lru_cache(8)`."""
    expression = decorator.decorator
    return expression.func if isinstance(expression, cst.Call) else expression


def chain_entries(program: Program, party: Party) -> list[Entry]:
    """The handlers of a party and those of the same names that they override, in its classes."""
    own = {entry.key: entry for entry in party.entries}
    result = list(party.entries)
    for node in party.chain:
        for key, entry in own.items():
            binding = program.scope_of(node).bindings.get(key)
            store = binding.sole_store() if binding is not None else None
            method = store.node if store is not None else None
            if isinstance(method, cst.FunctionDef) and method is not entry.value:
                result.append(Entry(key, entry.handler, method, method))
    return result


def is_static_method(program: Program, function: cst.FunctionDef) -> bool:
    """Whether a method is a `@staticmethod`, under no other decorator."""
    return len(function.decorators) == 1 and (
        program.qualified_name(function.decorators[0].decorator) == "builtins.staticmethod"
    )

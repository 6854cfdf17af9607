"""What attributes hold: those of the platform's objects, of classes and instances, and of anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.api import (
    NOTHING,
    PLAIN,
    UNKNOWN,
    Atom,
    Box,
    ClassObject,
    Coroutine,
    Function,
    Imported,
    Instance,
    Kind,
    Method,
    Other,
    Pending,
    Record,
    Super,
    Value,
    member,
)
from pkcodemods.inference.decorators import is_classmethod, is_property, is_static
from pkcodemods.source import bases_of, foreign_base, lookup_order

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference


_LONGEST_NAME = 8  # parts


class AttributeFlow:
    """Evaluates attributes for an `Inference`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._families: dict[cst.ClassDef, cst.ClassDef] = {}
        self._bases: dict[cst.ClassDef, list[cst.ClassDef]] = {}
        self._orders: dict[cst.ClassDef, list[cst.ClassDef]] = {}
        self._heirs: dict[cst.ClassDef, list[cst.ClassDef]] = {}
        for node in inference.program.nodes():
            if isinstance(node, cst.ClassDef):
                for base in self.bases(node):
                    self._families[self.family(node)] = self.family(base)
                for base in self.order(node):
                    self._heirs.setdefault(base, []).append(node)

    def evaluate(self, node: cst.CSTNode) -> Value:
        """What an attribute may be."""
        assert isinstance(node, cst.Attribute)
        result: set[Atom] = set()
        for atom in self._inference.value(node.value):
            result |= self.of(atom, node.attr.value)
        return frozenset(result)

    def of(self, atom: Atom, name: str) -> Value:
        """What an attribute of a value may be."""
        if isinstance(atom, Kind):
            return self._of_kind(atom, name)
        if isinstance(atom, Box):
            if name in stdlib.CONTAINER_ATTRIBUTES:
                return frozenset({Method(atom, name)})
            return self._inference.get(("attribute", name)) or PLAIN
        if isinstance(atom, (Instance, ClassObject)):
            return self._of_class(atom, name)
        if isinstance(atom, Super):
            return self._of_super(atom, name)
        if isinstance(atom, Record):
            return self._inference.records.attribute(atom, name)
        if isinstance(atom, Imported):
            return self._of_imported(atom, name)
        if atom is Other.NONE:
            return NOTHING
        held = self._inference.get(("attribute", name))
        if isinstance(atom, (Coroutine, Pending)):
            return UNKNOWN
        if atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN):
            return held | {atom}
        return held or PLAIN

    def assign(self, atom: Atom, name: str, value: Value) -> None:
        """Let an attribute of a value hold something."""
        if isinstance(atom, Kind):
            self._inference.put((atom, name), value)
        elif isinstance(atom, (Instance, ClassObject)):
            self._inference.put((self.family(atom.node), name), value)
        elif isinstance(atom, Record):
            self._inference.put((atom.node, name), value)
        else:
            self._inference.put(("attribute", name), value)

    def _of_imported(self, atom: Imported, name: str) -> Value:
        module = self._inference.program.module_named(atom.name)
        if module is not None and name in module.scope.bindings:
            return self._inference.binding_value(module.scope.bindings[name])
        return frozenset({_within(atom, name)}) | self._inference.get(("attribute", name))

    def _of_kind(self, kind: Kind, name: str) -> Value:
        known = member(kind, name)
        if known is None:
            if kind in (Kind.CONNECTIONS, Kind.SNAPSHOT):
                return frozenset({Method(kind, name)})
            if kind is Kind.PARTIES and not name.startswith("_"):
                return frozenset({Kind.PARTY_STUBS})  # `parties.chat`
            return self._inference.get((kind, name)) or PLAIN
        return frozenset({Method(kind, name)}) if known.returns is not None else known.value

    # classes

    def bases(self, node: cst.ClassDef) -> list[cst.ClassDef]:
        """The bases of a class that are classes of the program."""
        known = self._bases.get(node)
        if known is None:
            known = self._bases[node] = bases_of(self._inference.program, node)
        return known

    def order(self, node: cst.ClassDef) -> list[cst.ClassDef]:
        """A class and its bases in the order in which attributes are looked up."""
        known = self._orders.get(node)
        if known is None:
            known = self._orders[node] = lookup_order(self._inference.program, node)
        return known

    def family(self, node: cst.ClassDef) -> cst.ClassDef:
        """The class that stands for all that are related: their instances' attributes are taken together."""
        while node in self._families and self._families[node] is not node:
            node = self._families[node]
        return node

    def field_names(self, node: cst.ClassDef) -> list[str]:
        """The annotated names of a dataclass or `NamedTuple`, in order."""
        return [
            name
            for base in (*reversed(self.bases(node)), node)
            for name, binding in self._inference.program.scope_of(base).bindings.items()
            if any(isinstance(store.node, cst.AnnAssign) for store in binding.stores)
        ]

    def fields(self, node: cst.CSTNode) -> Value:
        """What the attributes of an instance or record hold, all together."""
        owner = self.family(node) if isinstance(node, cst.ClassDef) else node
        held: set[Atom] = set()
        for cell in self._inference.cells_of(owner):
            held |= self._inference.get(cell)
        return frozenset(held)

    def elements_of_instance(self, atom: Instance) -> Value:
        """What walking over an instance gives: a named tuple's fields, or what its `__iter__` yields."""
        walked: set[Atom] = set()
        for name in ("__iter__", "__aiter__", "__getitem__"):
            for function in self._method(atom, name):
                given = self._inference.calls.invoke(atom.node, function, [], {})
                walked |= given if name == "__getitem__" else self._inference.containers.contents(given)
        return frozenset(walked) or (self.fields(atom.node) | UNKNOWN)

    def is_fixed(self, owner: Instance | ClassObject, name: str) -> bool:
        """Whether an attribute is what its class defines, and nothing assigns another value to it."""
        family = self.family(owner.node)
        is_assigned = self._inference.get((family, name)) or self._inference.get((family, "*"))
        return not is_assigned and len(self._found(owner, name)) == 1

    def _method(self, atom: Instance, name: str) -> list[Function]:
        return [found for found in self._found(atom, name) if isinstance(found, Function)]

    def _found(self, atom: Instance | ClassObject, name: str) -> Value:
        """What a class or one of its bases binds a name to, bound to the instance."""
        return self._found_among(self.order(atom.node), atom, name)

    def _found_among(self, classes: Sequence[cst.ClassDef], atom: Instance | ClassObject, name: str) -> Value:
        for node in classes:
            binding = self._inference.program.scope_of(node).bindings.get(name)
            if binding is not None:
                return frozenset(self._bound(atom, value) for value in self._inference.binding_value(binding))
        return NOTHING

    def _of_super(self, atom: Super, name: str) -> Value:
        """What `super().name` is in a method of a class, for an instance of any class that inherits it."""
        found: set[Atom] = set()
        for heir in self._heirs.get(atom.node, [atom.node]):
            order = self.order(heir)
            behind = order[order.index(atom.node) + 1 :]
            value = self._found_among(behind, Instance(heir), name)
            if not value and any(foreign_base(self._inference.program, node) for node in order):
                value = UNKNOWN
            found |= value
        return frozenset(found)

    def _bound(self, atom: Instance | ClassObject, value: Atom) -> Atom:
        if not isinstance(value, Function) or not isinstance(value.node, cst.FunctionDef):
            return value
        if is_static(value.node) or value.receiver is not None:
            return value
        if is_classmethod(value.node):
            return replace(value, receiver=ClassObject(atom.node))
        return replace(value, receiver=atom) if isinstance(atom, Instance) else value

    def _of_class(self, atom: Instance | ClassObject, name: str) -> Value:
        held = self._inference.get((self.family(atom.node), name))
        found = self._found(atom, name)
        if not found and not held:
            program, order = self._inference.program, self.order(atom.node)
            return UNKNOWN if any(foreign_base(program, node) for node in order) else NOTHING
        result: set[Atom] = set(held)
        for value in found:
            if (
                isinstance(value, Function)
                and isinstance(atom, Instance)
                and isinstance(value.node, cst.FunctionDef)
                and is_property(value.node)
            ):
                result |= self._inference.calls.invoke(value.node, value, [], {})
            else:
                result.add(value)
        return frozenset(result)


def _within(atom: Imported, name: str) -> Atom:
    """An attribute of something imported.

    Of what is in an object of an imported class the name is not known any more: `node = node.parent` would
    make ever longer ones.
    """
    parts = atom.name.split(".")
    in_class = len(parts) > 1 and parts[-2][:1].isupper()
    if in_class or len(parts) >= _LONGEST_NAME:
        return Other.STDLIB if stdlib.is_standard(atom.name) else Other.FOREIGN
    return Imported(f"{atom.name}.{name}")

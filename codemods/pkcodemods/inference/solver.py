"""Which values reach which expressions of a program.

A points-to analysis without regard to order or context: every name, attribute and container holds all values
that any statement may put there, and the statements are evaluated until a fixed point. The arguments that
handlers are offered are where the values that matter start.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import libcst as cst

from pkcodemods.api import (
    NONE,
    NOTHING,
    PLAIN,
    UNKNOWN,
    Atom,
    Box,
    ClassObject,
    Coroutine,
    Function,
    Imported,
    Kind,
    Other,
    Pending,
    Value,
    kinds_in,
)
from pkcodemods.inference.annotations import AnnotationReader
from pkcodemods.inference.attributes import AttributeFlow
from pkcodemods.inference.calls import CallFlow
from pkcodemods.inference.containers import ContainerFlow
from pkcodemods.inference.decorators import DecoratorFlow
from pkcodemods.inference.records import RecordFlow
from pkcodemods.inference.statements import StatementFlow
from pkcodemods.source import Binding, Program, Role


class Inference:
    """The values of a program's expressions.

    Attributes:
        program: the modules.
        annotations: reads kinds off annotations.
        attributes: what attributes hold.
        containers: what containers hold.
        records: what namespaces and named tuples hold.
        calls: what calls give.
        decorators: what decorated functions are.
        statements: what statements put where.
        leaked: what went into the standard library where its return value is unknown.
    """

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self.program = program
        self.annotations = annotations
        self._cells: dict[Hashable, set[Atom]] = {}
        self._owned: dict[object, list[Hashable]] = {}
        self._memo: dict[cst.CSTNode, Value] = {}
        self._changed = False
        self.leaked: set[Atom] = set()
        self.attributes = AttributeFlow(self)
        self.containers = ContainerFlow(self)
        self.records = RecordFlow(self)
        self.calls = CallFlow(self)
        self.decorators = DecoratorFlow(self)
        self.statements = StatementFlow(self)
        self._evaluators: dict[type[cst.CSTNode], Callable[[cst.CSTNode], Value]] = {
            cst.Name: self._name,
            cst.Attribute: self.attributes.evaluate,
            cst.Call: self.calls.evaluate,
            cst.Await: self._await,
            cst.IfExp: self._conditional,
            cst.BooleanOperation: self._boolean,
            cst.NamedExpr: self._walrus,
            cst.Lambda: lambda node: frozenset({Function(node)}),  # type: ignore[arg-type]
            cst.Yield: lambda node: UNKNOWN,
            **self.containers.evaluators,
        }
        self._seeds: list[tuple[cst.CSTNode, Callable[[], Value], list[Value]]] = []
        self._sites: list[tuple[Callable[[cst.CSTNode], object], cst.CSTNode]] = []
        for node in program.nodes():
            flow = self.statements.flows.get(type(node))
            if flow is not None:
                self._sites.append((flow, node))
            elif isinstance(node, (cst.Call, cst.NamedExpr)):
                self._sites.append((self.value, node))

    # cells

    def put(self, cell: Hashable, value: Value) -> None:
        """Let a cell hold more values."""
        if isinstance(cell, Box):
            self.containers.got_unknown_key(cell)
        self.put_quietly(cell, value)

    def put_quietly(self, cell: Hashable, value: Value) -> None:
        """Let a cell hold more values, under a key that is known if it is a container."""
        known = self._cells.get(cell)
        if known is None:
            known = self._cells[cell] = set()
            if isinstance(cell, tuple):
                self._owned.setdefault(cell[0], []).append(cell)
        if not value <= known:
            known |= value
            self._changed = True

    def get(self, cell: Hashable) -> Value:
        """What a cell may hold."""
        found = self._cells.get(cell)
        return NOTHING if found is None else frozenset(found)

    def cells_of(self, owner: object) -> list[Hashable]:
        """The cells that belong to something: those whose key is a pair that begins with it."""
        return list(self._owned.get(owner, ()))

    def seed(self, site: cst.CSTNode, callee: Callable[[], Value], arguments: list[Value]) -> None:
        """Let something be called from outside with these arguments."""
        self._seeds.append((site, callee, arguments))

    @property
    def is_seeded(self) -> bool:
        """Whether anything is called from outside."""
        return bool(self._seeds)

    def solve(self) -> None:
        """Evaluate the program up to the fixed point; there are finitely many values."""
        self._changed = True
        while self._changed:
            self._changed = False
            self._memo.clear()
            for site, callee, arguments in self._seeds:
                self.calls.apply(site, callee(), arguments)
            for flow, node in self._sites:
                flow(node)
        self._memo.clear()

    def value(self, node: cst.CSTNode | None) -> Value:
        """What an expression may evaluate to."""
        if node is None:
            return NOTHING
        known = self._memo.get(node)
        if known is None:
            self._memo[node] = NOTHING  # a cycle adds nothing
            evaluate = self._evaluators.get(type(node))
            known = self._memo[node] = PLAIN if evaluate is None else evaluate(node)
        return known

    # names

    def _name(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Name)
        binding = self.program.binding(node)
        if binding is None:
            binding = self.program.starred_binding(node.value, self.program.module_of(node))
        if binding is None:
            name = self.program.unbound_name(node)
            if node.value in ("None", "True", "False"):
                return NONE if node.value == "None" else PLAIN
            return UNKNOWN if name is None else frozenset({Imported(name)})
        return self.binding_value(binding)

    def binding_value(self, binding: Binding) -> Value:
        """What a name may hold."""
        return NOTHING.union(*map(self._own_value, self.program.imported_bindings(binding)))

    def _own_value(self, binding: Binding) -> Value:
        """What a name may hold, but for what other names of the program hold that it is imported from."""
        held = self._declared(binding, self.get(binding))
        for store in binding.definitions:
            if store.role is Role.FUNCTION:
                held |= self.function_value(store.node)
            elif store.role is Role.CLASS:
                assert isinstance(store.node, cst.ClassDef)
                held |= {ClassObject(store.node)}
            elif store.role is Role.IMPORT:
                if self.program.imported_binding(store) is None:
                    held |= {Imported(self.program.import_name(store))}
            elif store.role is Role.TYPE:
                held |= UNKNOWN
            elif store.role is Role.AUGMENTED:
                held |= PLAIN
        return held

    def _declared(self, binding: Binding, held: Value) -> Value:
        """What a name may hold, given what its parameter's annotation says: where that is among what flows
        there, what is of no such kind comes from calls that do not happen, as through a decorator."""
        store = binding.stores[0] if len(binding.stores) == 1 else None
        if store is None or not isinstance(store.node, cst.Param) or store.node.annotation is None:
            return held
        declared = self.annotations.value(store.node.annotation.annotation)
        if not kinds_in(declared) & held:
            return held | declared
        return frozenset(atom for atom in held if atom in declared or not isinstance(atom, (Kind, Other)))

    def function_value(self, node: cst.CSTNode) -> Value:
        """What a `def` binds its name to: the function under its decorators."""
        assert isinstance(node, cst.FunctionDef)
        return self.decorators.value(node)

    # other expressions

    def _await(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Await)
        return self.awaited(self.value(node.expression))

    def awaited(self, value: Value) -> Value:
        """What awaiting a value gives."""
        result: set[Atom] = set()
        for atom in value:
            if isinstance(atom, Coroutine):
                result |= self.get(("return", atom.node)) or NONE
            elif isinstance(atom, Pending):
                result.add(atom.kind)
            else:
                result.add(atom)
        return frozenset(result)

    def _conditional(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.IfExp)
        return self.value(node.body) | self.value(node.orelse)

    def _boolean(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.BooleanOperation)
        return self.value(node.left) | self.value(node.right)

    def _walrus(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.NamedExpr)
        value = self.value(node.value)
        self.statements.assign(node.target, value)
        return value

"""Which values reach which expressions of a program.

A points-to analysis without regard to order or context: every name, attribute and container holds all values
that any statement may put there, and the statements are gone over until nothing new comes up. What handlers
are offered is where the values that matter start.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import libcst as cst

from pkcodemods.annotations import AnnotationReader
from pkcodemods.calls import VALUES, CallFlow
from pkcodemods.kinds import (
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
    Instance,
    Items,
    Kind,
    Method,
    Other,
    Pending,
    Record,
    Value,
)
from pkcodemods.program import Program
from pkcodemods.scopes import Binding, Role, Store
from pkcodemods.vocabulary import member

_ROUNDS = 60
ITEM = " item"


class Inference:
    """The values of a program's expressions.

    Attributes:
        program: the modules.
        annotations: reads kinds off annotations.
    """

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self.program = program
        self.annotations = annotations
        self._cells: dict[Hashable, set[Atom]] = {}
        self._memo: dict[cst.CSTNode, Value] = {}
        self._mappings: set[Box] = set()
        self._changed = False
        self._calls = CallFlow(self)
        self._evaluators: dict[type[cst.CSTNode], Callable[[cst.CSTNode], Value]] = {
            cst.Name: self._name,
            cst.Attribute: self._attribute,
            cst.Call: self._calls.call,
            cst.Subscript: self._subscript,
            cst.Await: self._await,
            cst.IfExp: self._conditional,
            cst.BooleanOperation: self._boolean,
            cst.NamedExpr: self._walrus,
            cst.Lambda: lambda node: frozenset({Function(node)}),  # type: ignore[arg-type]
            cst.List: self._display,
            cst.Tuple: self._display,
            cst.Set: self._display,
            cst.Dict: self._dict,
            cst.ListComp: self._comprehension,
            cst.SetComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.DictComp: self._dict_comprehension,
            cst.BinaryOperation: self._binary,
            cst.Yield: lambda node: UNKNOWN,
        }
        self._statements: dict[type[cst.CSTNode], Callable[[cst.CSTNode], None]] = {
            cst.Assign: self._flow_assign,
            cst.AnnAssign: self._flow_annotated,
            cst.For: self._flow_for,
            cst.CompFor: self._flow_for,
            cst.With: self._flow_with,
            cst.Return: self._flow_return,
            cst.Lambda: self._flow_lambda,
            cst.FunctionDef: self._flow_function,
            cst.Yield: self._flow_yield,
        }
        self._seeds: list[tuple[cst.CSTNode, Callable[[], Value], list[Value]]] = []
        self._sites: list[tuple[Callable[[cst.CSTNode], object], cst.CSTNode]] = []
        for node in program.nodes():
            flow = self._statements.get(type(node))
            if flow is not None:
                self._sites.append((flow, node))
            elif isinstance(node, (cst.Call, cst.NamedExpr)):
                self._sites.append((self.value, node))

    # cells

    def put(self, cell: Hashable, value: Value) -> None:
        """Let a cell hold more values."""
        known = self._cells.setdefault(cell, set())
        if not value <= known:
            known |= value
            self._changed = True

    def get(self, cell: Hashable) -> Value:
        """What a cell may hold."""
        found = self._cells.get(cell)
        return NOTHING if found is None else frozenset(found)

    def seed(self, site: cst.CSTNode, callee: Callable[[], Value], arguments: list[Value]) -> None:
        """Let something be called from outside with these arguments."""
        self._seeds.append((site, callee, arguments))

    def fields_of(self, node: cst.CSTNode) -> list[str]:
        """The attributes of a class's instances that something was put in."""
        return [cell[1] for cell in self._cells if isinstance(cell, tuple) and cell[0] is node]

    def solve(self) -> None:
        """Go over the program until nothing new comes up."""
        for _ in range(_ROUNDS):
            self._changed = False
            self._memo.clear()
            for site, callee, arguments in self._seeds:
                self._calls.apply(site, callee(), arguments)
            for flow, node in self._sites:
                flow(node)
            if not self._changed:
                break
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

    # expressions

    def _name(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Name)
        binding = self.program.binding(node)
        if binding is None:
            name = self.program.unbound_name(node)
            if node.value in ("None", "True", "False"):
                return NONE if node.value == "None" else PLAIN
            return UNKNOWN if name is None else frozenset({Imported(name)})
        return self.binding_value(binding)

    def binding_value(self, binding: Binding) -> Value:
        """What a name may hold."""
        held = self.get(binding)
        for store in binding.stores:
            if store.role is Role.FUNCTION:
                held |= self.function_value(store.node)
            elif store.role is Role.CLASS:
                assert isinstance(store.node, cst.ClassDef)
                held |= {ClassObject(store.node)}
            elif store.role is Role.IMPORT:
                held |= self._imported(store)
            elif store.role in (Role.CAPTURE, Role.TYPE):
                held |= UNKNOWN
            elif store.role in (Role.EXCEPT, Role.AUGMENTED):
                held |= PLAIN
        return held

    def function_value(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.FunctionDef)
        value: Value = frozenset({Function(node)})
        for decorator in reversed(node.decorators):
            value = self._calls.apply(decorator, self.value(decorator.decorator), [value])
        return value

    def _imported(self, store: Store) -> Value:
        name = self.program.import_name(store)
        module_name, _, attribute = name.rpartition(".")
        module = self.program.module_named(module_name)
        if module is not None and attribute in module.scope.bindings:
            return self.binding_value(module.scope.bindings[attribute])
        return frozenset({Imported(name)})

    def _attribute(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Attribute)
        result: set[Atom] = set()
        for atom in self.value(node.value):
            result |= self.attribute_of(atom, node.attr.value)
        return frozenset(result)

    def attribute_of(self, atom: Atom, name: str) -> Value:
        """What an attribute of a value may be."""
        if isinstance(atom, Kind):
            return self._attribute_of_kind(atom, name)
        if isinstance(atom, Box):
            return frozenset({Method(atom, name)})
        if isinstance(atom, (Instance, ClassObject)):
            return self._attribute_of_class(atom, name)
        if isinstance(atom, Record):
            return self.get((atom.node, name))
        if isinstance(atom, Imported):
            qualified = f"{atom.name}.{name}"
            module = self.program.module_named(atom.name)
            if module is not None and name in module.scope.bindings:
                return self.binding_value(module.scope.bindings[name])
            return frozenset({Imported(qualified)})
        if atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN):
            return frozenset({atom})
        if atom is Other.NONE:
            return NOTHING
        return PLAIN

    def _attribute_of_kind(self, kind: Kind, name: str) -> Value:
        known = member(kind, name)
        if known is None:
            if kind in (Kind.CONNECTIONS, Kind.SNAPSHOT):
                return frozenset({Method(kind, name)})
            return self.get((kind, name)) or PLAIN
        return frozenset({Method(kind, name)}) if known.returns is not None else known.value

    def _attribute_of_class(self, atom: Instance | ClassObject, name: str) -> Value:
        scope = self.program.scope_of(atom.node)
        held = self.get((atom.node, name))
        binding = scope.bindings.get(name)
        if binding is None:
            return held or (UNKNOWN if atom.node.bases else NOTHING)
        bound: set[Atom] = set(held)
        for value in self.binding_value(binding):
            if (
                isinstance(value, Function)
                and isinstance(atom, Instance)
                and isinstance(value.node, cst.FunctionDef)
                and not _is_static(value.node)
            ):
                if _has_decorator(value.node, "property"):
                    bound |= self._calls.invoke(value.node, Function(value.node, atom), [], {})
                else:
                    bound.add(Function(value.node, atom))
            else:
                bound.add(value)
        return frozenset(bound)

    def _subscript(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Subscript)
        sliced = any(isinstance(element.slice, cst.Slice) for element in node.slice)
        result: set[Atom] = set()
        for atom in self.value(node.value):
            if (sliced and isinstance(atom, Box)) or isinstance(atom, (ClassObject, Imported)):
                result.add(atom)
            elif atom in (Kind.CONNECTIONS, Kind.SNAPSHOT):
                result.add(Kind.CONNECTION)
            elif atom is Kind.PARTIES:
                result.add(Kind.PARTY_STUBS)
            elif isinstance(atom, Box) and (index := _constant_index(node)) is not None:
                result |= self.element(atom, index)
            else:
                result |= self.elements(atom, of_mapping=True)
        return frozenset(result)

    def element(self, box: Box, index: int) -> Value:
        """What a tuple holds at one place, or any container anywhere."""
        return self.get((box, index)) or self.get(box)

    def mapping(self, site: cst.CSTNode) -> Box:
        """A container that is a mapping."""
        box = Box(site)
        self._mappings.add(box)
        return box

    def elements(self, atom: Atom, *, of_mapping: bool = False) -> Value:
        """What walking over a value gives; its values, if it is a mapping that is subscripted."""
        if isinstance(atom, Box):
            if atom.slot.endswith(VALUES):
                return self.get(Box(atom.site, atom.slot.removesuffix(VALUES)))
            if atom in self._mappings and not of_mapping:
                return self.get((atom, "key")) or PLAIN
            return self.get(atom)
        if isinstance(atom, Items):
            return frozenset({Box(atom.box.site, atom.box.slot + ITEM)})
        if atom is Kind.CONNECTION_VALUES:
            return frozenset({Kind.CONNECTION})
        if atom in (Kind.CONNECTIONS, Kind.SNAPSHOT, Kind.CONNECTION_KEYS, Kind.PARTIES):
            return PLAIN
        if isinstance(atom, Kind):
            return PLAIN
        if atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN):
            return frozenset({atom})
        if isinstance(atom, Imported):
            return UNKNOWN
        return PLAIN

    def contents(self, value: Value) -> Value:
        """What walking over any of several values gives."""
        result: set[Atom] = set()
        for atom in value:
            if atom is not Other.NONE:
                result |= self.elements(atom)
        return frozenset(result)

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

    def _binary(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.BinaryOperation)
        both = self.value(node.left) | self.value(node.right)
        return frozenset(atom for atom in both if isinstance(atom, Box)) or PLAIN

    def _walrus(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.NamedExpr)
        value = self.value(node.value)
        self.assign(node.target, value)
        return value

    def _display(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, (cst.List, cst.Tuple, cst.Set))
        box = Box(node)
        for index, element in enumerate(node.elements):
            value = self.value(element.value)
            if isinstance(element, cst.StarredElement):
                self.put(box, self.contents(value))
            else:
                self.put(box, value)
                if isinstance(node, cst.Tuple):
                    self.put((box, index), value)
        return frozenset({box})

    def _dict(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Dict)
        box = self.mapping(node)
        for element in node.elements:
            value = self.value(element.value)
            if isinstance(element, cst.StarredDictElement):
                self.put(box, self.mapped(value))
            else:
                self.put(box, value)
                self.put((box, "key"), self.value(element.key))  # type: ignore[attr-defined]
        return frozenset({box})

    def mapped(self, value: Value) -> Value:
        """What the values of mappings are."""
        result: set[Atom] = set()
        for atom in value:
            if atom in (Kind.CONNECTIONS, Kind.SNAPSHOT):
                result.add(Kind.CONNECTION)
            elif isinstance(atom, Box):
                result |= self.get(atom)
        return frozenset(result)

    def _comprehension(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp))
        box = Box(node)
        self.put(box, self.value(node.elt))
        return frozenset({box})

    def _dict_comprehension(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.DictComp)
        box = self.mapping(node)
        self.put(box, self.value(node.value))
        self.put((box, "key"), self.value(node.key))
        return frozenset({box})

    # statements

    def assign(self, target: cst.CSTNode, value: Value) -> None:
        """Let what is assigned flow into a target."""
        if isinstance(target, cst.Name):
            binding = self.program.binding(target)
            if binding is not None:
                self.put(binding, value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack(target, value)
        elif isinstance(target, cst.Attribute):
            for atom in self.value(target.value):
                if isinstance(atom, Kind):
                    self.put((atom, target.attr.value), value)
                elif isinstance(atom, (Instance, ClassObject, Record)):
                    self.put((atom.node, target.attr.value), value)
        elif isinstance(target, cst.Subscript):
            for atom in self.value(target.value):
                if isinstance(atom, Box):
                    self.put(atom, value)
                    index = target.slice[0].slice
                    if isinstance(index, cst.Index):
                        self.put((atom, "key"), self.value(index.value))

    def _unpack(self, target: cst.Tuple | cst.List, value: Value) -> None:
        for index, element in enumerate(target.elements):
            result: set[Atom] = set()
            for atom in value:
                result |= self._element_at(atom, index)
            if isinstance(element, cst.StarredElement):
                box = Box(element)
                self.put(box, self.contents(value))
                self.assign(element.value, frozenset({box}))
            else:
                self.assign(element.value, frozenset(result))

    def _element_at(self, atom: Atom, index: int) -> Value:
        if atom is Kind.CONNECTION_ITEMS:  # what walking over items() gives
            return frozenset({Kind.CONNECTION}) if index == 1 else PLAIN
        if isinstance(atom, Box):
            if atom.slot.endswith(ITEM):
                owner = Box(atom.site, atom.slot.removesuffix(ITEM))
                return self.get(owner) if index == 1 else self.get((owner, "key")) or PLAIN
            return self.element(atom, index)
        if isinstance(atom, Other):
            return frozenset({atom})
        return self.elements(atom)

    def _flow_assign(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Assign)
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target.target, value)

    def _flow_annotated(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.AnnAssign)
        annotated = self.annotations.value(node.annotation.annotation)
        if node.value is not None:
            self.assign(node.target, self.value(node.value))
            for box in self.value(node.value):
                if isinstance(box, Box):
                    self.put(box, self.annotations.contents(node.annotation.annotation))
        if annotated:
            self.assign(node.target, annotated)

    def _flow_for(self, node: cst.CSTNode) -> None:
        assert isinstance(node, (cst.For, cst.CompFor))
        result: set[Atom] = set()
        for atom in self.value(node.iter):
            if atom is Kind.CONNECTION_ITEMS:
                result.add(atom)
            elif atom is not Other.NONE:
                result |= self.elements(atom)
        self.assign(node.target, frozenset(result))

    def _flow_with(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.With)
        for item in node.items:
            value = self.value(item.item)
            if item.asname is not None:
                self.assign(item.asname.name, value)

    def _flow_return(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Return)
        for around in self.program.ancestors(node):
            if isinstance(around, cst.FunctionDef):
                self.put(("return", around), self.value(node.value) if node.value else NONE)
                return

    def _flow_yield(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Yield)
        value = node.value
        for around in self.program.ancestors(node):
            if isinstance(around, cst.FunctionDef):
                box = Box(around, "yielded")
                given = (
                    self.contents(self.value(value.item))
                    if isinstance(value, cst.From)
                    else self.value(value)
                )
                self.put(box, given)
                self.put(("return", around), frozenset({box}))
                return

    def _flow_lambda(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Lambda)
        self._flow_parameters(node.params)
        self.put(("return", node), self.value(node.body))

    def _flow_function(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.FunctionDef)
        self._flow_parameters(node.params)
        if node.decorators:
            self.function_value(node)

    def _flow_parameters(self, parameters: cst.Parameters) -> None:
        for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            if parameter.default is not None:
                self.assign(parameter.name, self.value(parameter.default))
            if parameter.annotation is not None:
                self.assign(parameter.name, self.annotations.value(parameter.annotation.annotation))
        for star in (parameters.star_arg, parameters.star_kwarg):
            if isinstance(star, cst.Param):
                self.assign(star.name, frozenset({Box(star)}))


def _is_static(node: cst.FunctionDef) -> bool:
    return _has_decorator(node, "staticmethod")


def _has_decorator(node: cst.FunctionDef, name: str) -> bool:
    return any(
        isinstance(decorator.decorator, cst.Name) and decorator.decorator.value == name
        for decorator in node.decorators
    )


def _constant_index(node: cst.Subscript) -> int | None:
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        value = node.slice[0].slice.value
        if isinstance(value, cst.Integer):
            return int(value.value, 0)
    return None

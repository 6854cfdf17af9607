"""Methods that are only ever handed the instance's own room, which is `self.room` in the class form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.api import HANDLER_SPELLINGS, ClassObject, Instance, Other, Super
from pkcodemods.inference import (
    Inference,
    is_classmethod,
    is_declared_within,
    is_static,
    reads_room_under_another_self,
)
from pkcodemods.plans import ClassPlan, HelperPlan, Move
from pkcodemods.source import Binding, Program, Role

HARMLESS_DECORATORS = (
    *("abc.abstractmethod", "typing.override", "typing.final", "typing_extensions.override"),
    *("typing_extensions.final", "contextlib.contextmanager", "contextlib.asynccontextmanager"),
)
"""Decorators under which a method is called with the arguments that are handed over."""
PASSING_FUNCTIONS = {"functools.partial": 0, "asyncio.to_thread": 0}
PASSING_METHODS = {
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "call_at": 1,
    "submit": 0,
    "run_in_executor": 1,
}
"""Call an argument with those behind it: functions, and methods of event loops and pools, by its place."""
_OPAQUE = {Other.UNKNOWN, Other.FOREIGN, Other.STDLIB}

_Place = int | str
"""Where a parameter stands behind `self`, or the name of one that can only be given by keyword."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a method, or a call that passes on its arguments: `loop.call_later(5, self._tick, room)`.

    Attributes:
        inside: the method in which it stands.
        first: the place of the first argument that the method gets.
    """

    inside: cst.FunctionDef
    first: int = 0


@dataclass(slots=True)
class _Helper:
    """The methods of one name in classes that are related: a call may run any of them.

    Attributes:
        methods: the methods, with the places of their parameters.
        calls: the calls.
        own: the places at which, as far as known, every call passes the instance's own room.
        is_open: whether it is also used in other ways, so that it may get anything.
    """

    methods: dict[cst.FunctionDef, dict[_Place, cst.Param]] = field(default_factory=dict)
    calls: dict[cst.Call, _Call] = field(default_factory=dict)
    own: set[_Place] = field(default_factory=set)
    is_open: bool = False


class OwnRooms:
    """Finds such methods, none of which is a handler, in the classes that become `PartyServer`'s.

    Args:
        program: the modules.
        inference: what is where.
        classes: the classes of all parties that are instances of what becomes a class of the class form.
    """

    def __init__(self, program: Program, inference: Inference, classes: Sequence[ClassPlan]) -> None:
        self._program = program
        self._inference = inference
        self._classes = classes
        self._owners: dict[cst.FunctionDef, cst.ClassDef] = {}
        self._rooms: dict[Binding, cst.FunctionDef] = {}
        self._parameters: dict[Binding, tuple[_Helper, _Place, cst.FunctionDef]] = {}
        self._helpers: dict[tuple[cst.ClassDef, str], _Helper] = {}

    def find(self) -> list[HelperPlan]:
        """The methods that can go without the room, each with the calls that hand it over."""
        for own in self._classes:
            self._methods(own)
            self._handlers(own)
        self._close_families()
        self._uses()
        for helper in self._helpers.values():
            if not helper.is_open and helper.calls:
                helper.own = self._places(helper)
        while True in [self._narrow(helper) for helper in self._helpers.values()]:
            pass
        return [plan for helper in self._helpers.values() if helper.own for plan in self._plans(helper)]

    # the methods

    def _methods(self, own: ClassPlan) -> None:
        scope = self._program.scope_of(own.node)
        family = self._inference.attributes.family(own.node)
        for statement in own.node.body.body:
            if isinstance(statement, cst.FunctionDef):
                self._owners[statement] = own.node
        for name, binding in scope.bindings.items():
            is_special = name.startswith("__") and name.endswith("__")
            if name in HANDLER_SPELLINGS or is_special:
                continue
            helper = self._helpers.setdefault((family, name), _Helper())
            method = binding.stores[0].node if len(binding.stores) == 1 else None
            if not isinstance(method, cst.FunctionDef) or binding.loads or not self._is_plain(method):
                helper.is_open = True
            else:
                helper.methods[method] = _places(method)

    def _is_plain(self, method: cst.FunctionDef) -> bool:
        """Whether a method gets its arguments as they are handed over, behind a `self`."""
        names = [self._program.qualified_name(item.decorator) for item in method.decorators]
        return (
            method in self._owners
            and _self_of(method) is not None
            and all(name in HARMLESS_DECORATORS for name in names)
        )

    def _handlers(self, own: ClassPlan) -> None:
        for handler in own.handlers:
            parameter = handler.room_parameter
            binding = self._program.binding(parameter.name) if parameter is not None else None
            function = handler.signature.function
            if (
                binding is not None
                and len(binding.stores) == 1
                and handler.move is Move.METHOD
                and isinstance(function, cst.FunctionDef)
            ):
                self._rooms[binding] = function

    def _close_families(self) -> None:
        """A class that is related to these and none of them may do anything."""
        known = {own.node for own in self._classes}
        attributes = self._inference.attributes
        foreign = {
            attributes.family(node)
            for node in self._program.nodes()
            if isinstance(node, cst.ClassDef) and node not in known
        }
        for (family, name), helper in self._helpers.items():
            is_assigned = self._inference.get((family, name)) or self._inference.get((family, "*"))
            helper.is_open |= family in foreign or bool(is_assigned)

    # their uses

    def _uses(self) -> None:
        names = {name for _, name in self._helpers}
        for node in self._program.nodes():
            if isinstance(node, cst.Attribute) and node.attr.value in names:
                self._use(node)
            elif isinstance(node, cst.Attribute):
                self._mangled(node.attr.value)
            elif isinstance(node, cst.SimpleString):
                self._named(node)

    def _use(self, node: cst.Attribute) -> None:
        name = node.attr.value
        method = self._method_of(node.value)
        if method is None:
            for helper in self._reached(node):
                helper.is_open = True
            return
        family = self._inference.attributes.family(self._owners[method])
        helper = self._helpers.get((family, name), _Helper())
        call, first = self._call_of(node)
        if call is not None and not any(argument.star for argument in call.args):
            helper.calls[call] = _Call(method, first)
        else:
            helper.is_open = True

    def _call_of(self, function: cst.Attribute) -> tuple[cst.Call | None, int]:
        """The call that hands a function arguments, and the place of the first of these."""
        parent = self._program.parents[function]
        if isinstance(parent, cst.Call) and parent.func is function:
            return parent, 0
        call = self._program.parents[parent]
        if not isinstance(parent, cst.Arg) or not isinstance(call, cst.Call) or parent.keyword is not None:
            return None, 0
        place = PASSING_FUNCTIONS.get(self._program.qualified_name(call.func) or "")
        if place is None and isinstance(call.func, cst.Attribute):
            is_standard = self._inference.value(call.func.value) == {Other.STDLIB}
            place = PASSING_METHODS.get(call.func.attr.value) if is_standard else None
        is_called = place is not None and list(call.args).index(parent) == place
        return (call, place + 1) if is_called and place is not None else (None, 0)

    def _mangled(self, name: str) -> None:
        """`self._Chat__poll`, which is another class's name for `self.__poll`."""
        for (_, known), helper in self._helpers.items() if name.startswith("_") else ():
            helper.is_open |= known.startswith("__") and name.endswith(known)

    def _method_of(self, receiver: cst.CSTNode) -> cst.FunctionDef | None:
        """The method whose own `self`, or whose `super()`, an expression is."""
        if isinstance(receiver, cst.Call):
            is_super = self._program.qualified_name(receiver.func) == "builtins.super"
            around = self._program.scope_at(receiver.func).node if is_super and not receiver.args else None
            return around if isinstance(around, cst.FunctionDef) and around in self._owners else None
        binding = self._program.binding(receiver)
        method = binding.scope.node if binding is not None else None
        if binding is None or not isinstance(method, cst.FunctionDef) or method not in self._owners:
            return None
        first = _self_of(method)
        is_self = first is not None and binding is self._program.binding(first.name)
        return method if is_self and len(binding.stores) == 1 else None

    def _reached(self, node: cst.Attribute) -> Iterator[_Helper]:
        """What an attribute of anything else than a method's own `self` may be."""
        name, value = node.attr.value, self._inference.value(node.value)
        families = {
            self._inference.attributes.family(atom.node)
            for atom in value
            if isinstance(atom, (Instance, ClassObject, Super))
        }
        is_opaque = not value or bool(value & _OPAQUE)
        for (family, known), helper in self._helpers.items():
            if known == name and (is_opaque or family in families):
                yield helper

    def _named(self, node: cst.SimpleString) -> None:
        """A string that ends as `mock.patch("app.chat.Chat._poll")` does."""
        text = node.evaluated_value
        _, dot, last = text.rpartition(".") if isinstance(text, str) else ("", "", "")
        for (_, name), helper in self._helpers.items():
            helper.is_open |= bool(dot) and name == last

    # what they are handed

    def _places(self, helper: _Helper) -> set[_Place]:
        """The places of parameters that may go, in every one of the methods."""
        eligible = [
            {place for place, parameter in places.items() if self._may_go(parameter)}
            for places in helper.methods.values()
        ]
        found = {place for place in set.intersection(*eligible) if _is_the_same(helper, place)}
        for method, places in helper.methods.items():
            for place in found:
                binding = self._program.binding(places[place].name)
                assert binding is not None
                self._parameters[binding] = (helper, place, method)
        return found

    def _may_go(self, parameter: cst.Param) -> bool:
        binding, default = self._program.binding(parameter.name), parameter.default
        return (
            binding is not None
            and len(binding.stores) == 1
            and all(isinstance(load, cst.Name) for load in binding.loads)
            and (default is None or (isinstance(default, cst.Name) and default.value == "None"))
        )

    def _narrow(self, helper: _Helper) -> bool:
        """Take away the places at which a call hands anything else, and say whether there are any."""
        kept = {
            place
            for place in helper.own
            if all(self._hands_own(helper, call, place) for call in helper.calls)
        }
        changed = kept != helper.own
        helper.own = kept
        return changed

    def _hands_own(self, helper: _Helper, call: cst.Call, place: _Place) -> bool:
        index = _argument(helper, call, place)
        return index is not None and self._is_own(call.args[index].value, helper.calls[call].inside)

    def _is_own(self, node: cst.CSTNode, method: cst.FunctionDef) -> bool:
        """Whether an expression in a method is the room of its own instance."""
        seen: set[Binding] = set()
        binding = self._program.binding(node) if isinstance(node, cst.Name) else None
        while binding is not None and binding not in seen:
            seen.add(binding)
            if binding in self._rooms:
                return self._rooms[binding] is method
            if binding in self._parameters:
                helper, place, owner = self._parameters[binding]
                return owner is method and place in helper.own
            binding = self._copied(binding)
        return False

    def _copied(self, binding: Binding) -> Binding | None:
        """The name whose value another one holds: `here = room`."""
        store = binding.stores[0] if len(binding.stores) == 1 else None
        if store is None or store.role is not Role.ASSIGNMENT:
            return None
        line = store.node
        is_plain = isinstance(line, (cst.Assign, cst.AnnAssign)) and isinstance(line.value, cst.Name)
        if isinstance(line, cst.Assign):
            is_plain &= any(target.target is store.name for target in line.targets)
        return self._program.binding(line.value) if is_plain else None  # type: ignore[attr-defined]

    # what is done

    def _plans(self, helper: _Helper) -> Iterator[HelperPlan]:
        place = min(helper.own, key=lambda place: (isinstance(place, str), place))
        calls = {call: _argument(helper, call, place) for call in helper.calls}
        for method, places in helper.methods.items():
            parameter = places[place]
            binding = self._program.binding(parameter.name)
            assert binding is not None
            alias = is_declared_within(binding)
            alias |= reads_room_under_another_self(self._inference, method, binding)
            own = {call: index for call, index in calls.items() if index is not None}
            yield HelperPlan(self._owners[method], method, parameter, alias, own)


def _self_of(method: cst.FunctionDef) -> cst.Param | None:
    """The `self` of a method, if it has one."""
    parameters = method.params
    first = next(iter((*parameters.posonly_params, *parameters.params)), None)
    has_none = first is None or first.name.value != "self" or is_static(method) or is_classmethod(method)
    return None if has_none else first


def _places(method: cst.FunctionDef) -> dict[_Place, cst.Param]:
    parameters = method.params
    positional = [*parameters.posonly_params, *parameters.params][1:]
    places: dict[_Place, cst.Param] = dict(enumerate(positional))
    return places | {parameter.name.value: parameter for parameter in parameters.kwonly_params}


def _is_the_same(helper: _Helper, place: _Place) -> bool:
    """Whether no method has elsewhere what is at a place of another one."""
    names = {places[place].name.value for places in helper.methods.values()}
    return not any(
        parameter.name.value in names
        for places in helper.methods.values()
        for at, parameter in places.items()
        if at != place
    )


def _argument(helper: _Helper, call: cst.Call, place: _Place) -> int | None:
    """Which argument of a call goes to a place of the methods; None if none does, or not in each of them."""
    first = helper.calls[call].first
    for index, argument in enumerate(call.args):
        if argument.keyword is None:
            if index - first == place:
                return index
            continue
        if first and not isinstance(
            place, str
        ):  # callers of that method would find later arguments at other places
            continue
        by_name = {
            next(
                (at for at, parameter in places.items() if parameter.name.value == argument.keyword.value),
                None,
            )
            for places in helper.methods.values()
        }
        if by_name == {place}:
            return index
    return None

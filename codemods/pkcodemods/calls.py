"""What calls do: arguments flow into parameters, and something comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods import external
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
    Partial,
    Record,
    Value,
)
from pkcodemods.vocabulary import CALLBACK_RESULT, CONNECTION_LIST, Callback, member

if TYPE_CHECKING:
    from pkcodemods.inference import Inference

_GIVE_ELEMENT = frozenset({"get", "pop", "popleft", "popitem", "setdefault", "__getitem__"})
_TAKE_ELEMENT = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "setdefault": 1, "__setitem__": 1}
_TAKE_MANY = frozenset({"extend", "update", "union", "__ior__"})
_GIVE_SAME = frozenset({"copy", "values", "union", "difference", "intersection", "keys"})
VALUES = " values"
_VIEWS = {
    "keys": Kind.CONNECTION_KEYS,
    "values": Kind.CONNECTION_VALUES,
    "items": Kind.CONNECTION_ITEMS,
}
_CALLBACK_VALUE: dict[Callback, Sequence[Value]] = {
    Callback.LISTENER: [frozenset({Kind.EVENT})],
    Callback.TRANSACTION: [frozenset({Kind.TRANSACTION})],
    Callback.NOTHING: [],
    Callback.STATE: [PLAIN],
}


class CallFlow:
    """Evaluates calls for an `Inference`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def call(self, node: cst.CSTNode) -> Value:
        """What a call gives."""
        assert isinstance(node, cst.Call)
        inference = self._inference
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        for argument in node.args:
            value = inference.value(argument.value)
            if argument.keyword is not None:
                keywords[argument.keyword.value] = value
            elif argument.star == "*":
                positional.extend(self._spread(value))
            elif not argument.star:
                positional.append(value)
        return self.apply(node, inference.value(node.func), positional, keywords)

    def _spread(self, value: Value) -> list[Value]:
        """The arguments that `*value` stands for: by place where it is a tuple or `*args`."""
        inference = self._inference
        for atom in value:
            if isinstance(atom, Box):
                known = [inference.get((atom, index)) for index in range(6)]
                while known and not known[-1]:
                    known.pop()
                if known:
                    return known
        return [inference.contents(value)] * 3

    def apply(
        self,
        site: cst.CSTNode,
        callee: Value,
        positional: Sequence[Value],
        keywords: dict[str, Value] | None = None,
    ) -> Value:
        """What calling any of several values gives."""
        result: set[Atom] = set()
        for atom in callee:
            result |= self._apply_atom(site, atom, positional, keywords or {})
        return frozenset(result)

    def _apply_atom(
        self, site: cst.CSTNode, atom: Atom, positional: Sequence[Value], keywords: dict[str, Value]
    ) -> Value:
        if isinstance(atom, Function):
            return self.invoke(site, atom, positional, keywords)
        if isinstance(atom, Partial):
            return self._apply_partial(atom, positional, keywords)
        if isinstance(atom, ClassObject):
            return self._construct(site, atom.node, positional, keywords)
        if isinstance(atom, Method):
            if isinstance(atom.owner, Box):
                return self._box_method(site, atom.owner, atom.name, positional)
            return self._kind_method(site, atom.owner, atom.name, positional)
        if isinstance(atom, Imported):
            return self._imported(site, atom.name, positional, keywords)
        if atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN):
            self._hand_over(site, positional, keywords)
            return frozenset({atom})
        return PLAIN if atom is not Other.NONE else NOTHING

    def invoke(
        self,
        site: cst.CSTNode,
        function: Function,
        positional: Sequence[Value],
        keywords: dict[str, Value],
    ) -> Value:
        """Call a function of the program."""
        inference = self._inference
        arguments = list(positional)
        if function.receiver is not None:
            arguments.insert(0, frozenset({function.receiver}))
        parameters = function.node.params
        places = [*parameters.posonly_params, *parameters.params]
        for place, value in zip(places, arguments, strict=False):
            inference.assign(place.name, received(value))
        if isinstance(parameters.star_arg, cst.Param):
            box = Box(parameters.star_arg)
            for index, value in enumerate(arguments[len(places) :]):
                inference.put((box, index), received(value))
                inference.put(box, received(value))
        by_name = {place.name.value: place for place in (*parameters.params, *parameters.kwonly_params)}
        for name, value in keywords.items():
            if name in by_name:
                inference.assign(by_name[name].name, received(value))
            elif parameters.star_kwarg is not None:
                inference.put(Box(parameters.star_kwarg), received(value))
        node = function.node
        if isinstance(node, cst.FunctionDef) and node.asynchronous is not None and not self._yields(node):
            return frozenset({Coroutine(node)})
        return inference.get(("return", function.node)) or NONE

    def _yields(self, node: cst.FunctionDef) -> bool:
        return Box(node, "yielded") in self._inference.get(("return", node))

    def _apply_partial(
        self, partial: Partial, positional: Sequence[Value], keywords: dict[str, Value]
    ) -> Value:
        inference = self._inference
        function, *given = partial.call.args
        first = [inference.value(a.value) for a in given if a.keyword is None and not a.star]
        named = {a.keyword.value: inference.value(a.value) for a in given if a.keyword is not None}
        return self.apply(
            partial.call, inference.value(function.value), [*first, *positional], {**named, **keywords}
        )

    def _construct(
        self,
        site: cst.CSTNode,
        node: cst.ClassDef,
        positional: Sequence[Value],
        keywords: dict[str, Value],
    ) -> Value:
        inference = self._inference
        instance = Instance(node)
        scope = inference.program.scope_of(node)
        if "__init__" in scope.bindings:
            for atom in inference.attribute_of(instance, "__init__"):
                if isinstance(atom, Function):
                    self.invoke(site, atom, positional, keywords)
        else:  # a dataclass or NamedTuple: its annotated names in order
            fields = [
                name
                for name, binding in scope.bindings.items()
                if any(isinstance(store.node, cst.AnnAssign) for store in binding.stores)
            ]
            for name, value in (*zip(fields, positional, strict=False), *keywords.items()):
                inference.put((node, name), received(value))
        return frozenset({instance})

    def _kind_method(self, site: cst.CSTNode, kind: Kind, name: str, positional: Sequence[Value]) -> Value:
        inference = self._inference
        if kind in (Kind.CONNECTIONS, Kind.SNAPSHOT):
            return self._connections_method(kind, name)
        known = member(kind, name)
        if known is None or known.returns is None:
            return UNKNOWN
        given: Value = NOTHING
        if known.callback is not None:
            offered = _CALLBACK_VALUE[known.callback]
            for value in positional[-1:]:
                given = self.apply(site, functions_in(value), offered)
        if known.returns == CONNECTION_LIST:
            box = Box(site)
            inference.put(box, frozenset({Kind.CONNECTION}))
            return frozenset({box})
        if known.returns == CALLBACK_RESULT:
            return inference.awaited(given) or PLAIN
        assert isinstance(known.returns, frozenset)
        return known.returns

    def _connections_method(self, kind: Kind, name: str) -> Value:
        if name == "copy":
            return frozenset({Kind.SNAPSHOT})
        if name in _VIEWS:
            return frozenset({_VIEWS[name]})
        if name == "get":
            return frozenset({Kind.CONNECTION}) | NONE
        return UNKNOWN if kind is Kind.SNAPSHOT else PLAIN

    def _box_method(self, site: cst.CSTNode, box: Box, name: str, positional: Sequence[Value]) -> Value:
        inference = self._inference
        if name in _TAKE_ELEMENT and len(positional) > _TAKE_ELEMENT[name]:
            inference.put(box, positional[_TAKE_ELEMENT[name]])
        if name in _TAKE_MANY:
            for value in positional:
                inference.put(box, inference.mapped(value) | inference.contents(value))
        if name == "items":
            return frozenset({Items(box)})
        if name == "setdefault" and positional:
            inference.put((box, "key"), positional[0])
        if name in _GIVE_SAME:
            return frozenset({Box(box.site, box.slot + VALUES)}) if name == "values" else frozenset({box})
        if name in _GIVE_ELEMENT:
            given = inference.get(box)
            if name == "get":
                given |= positional[1] if len(positional) > 1 else NONE
            return given
        return PLAIN

    def _imported(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: dict[str, Value]
    ) -> Value:
        inference = self._inference
        first = positional[0] if positional else NOTHING
        if name in external.SAME:
            return first or UNKNOWN
        if name in external.ELEMENTS:
            rest = positional[1] if len(positional) > 1 else NOTHING
            self._apply_key(site, first, keywords)
            return inference.contents(first) | rest
        if name in external.COPIES or name in external.CONTAINERS:
            box = inference.mapping(site) if name in external.CONTAINERS else Box(site)
            for value in positional:
                taken = inference.mapped if name in external.CONTAINERS else inference.contents
                inference.put(box, taken(value))
            if name == "collections.defaultdict" and first:
                inference.put(box, self.apply(site, first, []))
            for value in keywords.values():
                inference.put(box, value)
            self._apply_key(site, first, keywords)
            return frozenset({box})
        if name in ("builtins.enumerate", "builtins.zip"):
            return self._pairs(site, name, positional)
        if name in external.MAPPERS:
            given = self.apply(site, first, [inference.contents(value) for value in positional[1:]])
            box = Box(site)
            kept = inference.contents(positional[1]) if "filter" in name and len(positional) > 1 else given
            inference.put(box, kept)
            return frozenset({box})
        if name == "types.SimpleNamespace":
            for keyword, value in keywords.items():
                inference.put((site, keyword), value)
            return frozenset({Record(site)})
        if inference.annotations.is_legacy(name):
            return PLAIN
        if name == "functools.partial" and isinstance(site, cst.Call):
            return frozenset({Partial(site)})
        if name in external.CALLERS:
            start = external.CALLERS[name]
            for value in positional[start : start + 1]:
                return self.apply(site, functions_in(value), positional[start + 1 :])
        if name in ("functools.wraps", "builtins.staticmethod", "builtins.classmethod", "functools.cache"):
            return frozenset({Imported("pkcodemods.same")}) if name == "functools.wraps" else first
        if name == "pkcodemods.same":
            return first
        self._hand_over(site, positional, keywords)
        return frozenset({Other.STDLIB if external.is_standard(name) else Other.FOREIGN})

    def _apply_key(self, site: cst.CSTNode, values: Value, keywords: dict[str, Value]) -> None:
        if "key" in keywords:
            self.apply(site, functions_in(keywords["key"]), [self._inference.contents(values)])

    def _pairs(self, site: cst.CSTNode, name: str, positional: Sequence[Value]) -> Value:
        inference = self._inference
        box, pair = Box(site), Box(site, "pair")
        values = [inference.contents(value) for value in positional]
        for index, value in enumerate([PLAIN, *values[:1]] if name.endswith("enumerate") else values):
            inference.put((pair, index), value)
            inference.put(pair, value)
        inference.put(box, frozenset({pair}))
        return frozenset({box})

    def _hand_over(self, site: cst.CSTNode, positional: Sequence[Value], keywords: dict[str, Value]) -> None:
        """Functions that other code gets may be called with anything."""
        if isinstance(site, cst.Call) and isinstance(site.func, cst.Attribute):
            start = external.CALLER_METHODS.get(site.func.attr.value)
            if start is not None and len(positional) > start:
                self.apply(site, functions_in(positional[start]), positional[start + 1 :])
                return
        for value in (*positional, *keywords.values()):
            for atom in value:
                if isinstance(atom, Function):
                    self._called_with_anything(atom)

    def _called_with_anything(self, function: Function) -> None:
        parameters = function.node.params
        places = [*parameters.posonly_params, *parameters.params]
        for place in places[1 if function.receiver is not None else 0 :]:
            self._inference.assign(place.name, frozenset({Other.STDLIB}))


def functions_in(value: Value) -> Value:
    """The atoms of a value that can be called."""
    return frozenset(
        atom for atom in value if isinstance(atom, (Function, Partial, Method, ClassObject, Imported))
    )


def received(value: Value) -> Value:
    """What a parameter gets of an argument: of the live connections a snapshot."""
    if Kind.CONNECTIONS in value:
        return (value - {Kind.CONNECTIONS}) | {Kind.SNAPSHOT}
    return value

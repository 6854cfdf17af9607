"""What calls do: arguments flow into parameters, return values flow back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import (
    CALLBACK_RESULT,
    CONNECTION_LIST,
    NONE,
    NOTHING,
    PLAIN,
    UNKNOWN,
    Atom,
    Box,
    Callback,
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
    RecordType,
    Value,
    member,
)
from pkcodemods.inference.containers import VALUES
from pkcodemods.inference.library_calls import ImportedCalls, functions_only
from pkcodemods.inference.statements import YIELDED

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference

Keywords = Mapping[str, Value]
ANY_KEYWORD = "**"
"""Stands among keyword arguments for what `**value` may give to any of them."""

_GIVE_ELEMENT = frozenset(
    {"get", "pop", "popleft", "popitem", "setdefault", "__getitem__", "get_nowait", "result", "__next__"}
)
_TAKE_ELEMENT = {
    "append": 0,
    "add": 0,
    "appendleft": 0,
    "put": 0,
    "put_nowait": 0,
    "set": 0,
    "set_result": 0,
    "insert": 1,
    "setdefault": 1,
    "__setitem__": 1,
}
_TAKE_MANY = frozenset({"extend", "extendleft", "update", "union", "__ior__", "__iadd__"})
_GIVE_SAME = frozenset(
    {"copy", "values", "union", "difference", "intersection", "symmetric_difference", "keys", "__iter__"}
)
_GIVE_PLAIN = frozenset(
    {"count", "index", "isdisjoint", "issubset", "issuperset", "clear", "remove", "discard", "reverse"}
    | {"sort", "__len__", "__contains__", "qsize", "empty", "full", "task_done", "join", "cancel", "done"}
)
_VIEWS = {
    "keys": Kind.CONNECTION_KEYS,
    "values": Kind.CONNECTION_VALUES,
    "items": Kind.CONNECTION_ITEMS,
}
_CALLBACKS: dict[Callback, tuple[int, Sequence[Value]]] = {
    Callback.LISTENER: (1, [frozenset({Kind.EVENT})]),
    Callback.TRANSACTION: (0, [frozenset({Kind.TRANSACTION})]),
    Callback.NOTHING: (0, []),
    Callback.STATE: (0, [PLAIN]),
}
_SPREAD = 8


class CallFlow:
    """Evaluates calls for an `Inference`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._imported = ImportedCalls(inference, self)

    def evaluate(self, node: cst.CSTNode) -> Value:
        """What a call returns."""
        assert isinstance(node, cst.Call)
        inference = self._inference
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        for argument in node.args:
            value = inference.value(argument.value)
            if argument.keyword is not None:
                keywords[argument.keyword.value] = value
            elif argument.star == "*":
                positional.extend(self.spread(value))
            elif argument.star == "**":
                keywords |= self._spread_keywords(value)
            else:
                positional.append(value)
        return self.apply(node, inference.value(node.func), positional, keywords)

    def spread(self, value: Value) -> list[Value]:
        """The arguments that `*value` stands for: by place where it is a tuple or `*args`."""
        inference = self._inference
        for atom in value:
            if isinstance(atom, Box) and len(value) == 1:
                known = [inference.get((atom, index)) for index in range(_SPREAD)]
                while known and not known[-1]:
                    known.pop()
                if known:
                    return known
        return [inference.containers.contents(value)] * _SPREAD

    def _spread_keywords(self, value: Value) -> dict[str, Value]:
        """The keyword arguments that `**value` stands for: by name where all of its keys are known."""
        containers = self._inference.containers
        known = [containers.by_key(atom) for atom in value]
        if len(known) == 1 and known[0] is not None:
            return known[0]
        return {ANY_KEYWORD: containers.mapped(value)}

    def apply(
        self,
        site: cst.CSTNode,
        callee: Value,
        positional: Sequence[Value],
        keywords: Keywords | None = None,
    ) -> Value:
        """What calling any of several values returns."""
        result: set[Atom] = set()
        for atom in callee:
            result |= self._apply_atom(site, atom, positional, keywords or {})
        return frozenset(result)

    def _apply_atom(
        self, site: cst.CSTNode, atom: Atom, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        if isinstance(atom, Function):
            return self.invoke(site, atom, positional, keywords)
        if isinstance(atom, Partial):
            return self._apply_partial(atom, positional, keywords)
        if isinstance(atom, ClassObject):
            return self._construct(site, atom.node, positional, keywords)
        if isinstance(atom, Instance):
            return self.apply(site, self._inference.attributes.of(atom, "__call__"), positional, keywords)
        if isinstance(atom, Method):
            if isinstance(atom.owner, Box):
                return self._box_method(site, atom.owner, atom.name, positional, keywords)
            return self._kind_method(site, atom.owner, atom.name, positional, keywords)
        if isinstance(atom, Imported):
            return self._imported.call(site, atom.name, positional, keywords)
        if isinstance(atom, RecordType):
            return self._inference.records.make(atom, positional, keywords)
        if atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN):
            self._imported.hand_over(site, atom, positional, keywords)
            return frozenset({atom})
        return PLAIN if atom is not Other.NONE else NOTHING

    # functions and classes of the program

    def invoke(
        self,
        site: cst.CSTNode,
        function: Function,
        positional: Sequence[Value],
        keywords: Keywords,
    ) -> Value:
        """Call a function of the program."""
        inference = self._inference
        arguments = list(positional)
        if function.receiver is not None:
            arguments.insert(0, frozenset({function.receiver}))
        parameters = function.node.params
        places = [*parameters.posonly_params, *parameters.params]
        for place, value in zip(places, arguments, strict=False):
            inference.statements.assign(place.name, received(value))
        if isinstance(parameters.star_arg, cst.Param):
            box = Box(parameters.star_arg)
            for index, value in enumerate(arguments[len(places) :]):
                inference.put((box, index), received(value))
                inference.put(box, received(value))
        self._give_keywords(function, len(arguments), keywords)
        called = function.called
        given = inference.get(("return", called)) or NONE
        is_async = isinstance(called, cst.FunctionDef) and called.asynchronous is not None
        if is_async and Box(called, YIELDED) not in given:
            assert isinstance(called, cst.FunctionDef)
            return frozenset({Coroutine(called)})
        return given

    def _give_keywords(self, function: Function, given: int, keywords: Keywords) -> None:
        inference, parameters = self._inference, function.node.params
        by_name = {place.name.value: place for place in (*parameters.params, *parameters.kwonly_params)}
        for name, value in keywords.items():
            if name == ANY_KEYWORD:
                places = [*parameters.posonly_params, *parameters.params]
                for place in (*places[given:], *parameters.kwonly_params):
                    inference.statements.assign(place.name, received(value))
            if name in by_name:
                inference.statements.assign(by_name[name].name, received(value))
            elif parameters.star_kwarg is not None:
                inference.put(Box(parameters.star_kwarg), received(value))

    def _apply_partial(self, partial: Partial, positional: Sequence[Value], keywords: Keywords) -> Value:
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
        keywords: Keywords,
    ) -> Value:
        inference = self._inference
        instance = Instance(node)
        for atom in inference.attributes.of(instance, "__init__"):
            if isinstance(atom, Function):
                self.invoke(site, atom, positional, keywords)
                return frozenset({instance})
        # a dataclass or NamedTuple: its annotated names in order
        fields = inference.attributes.field_names(node)
        for name, value in (*zip(fields, positional, strict=False), *keywords.items()):
            inference.attributes.assign(instance, name, received(value))
        return frozenset({instance})

    # methods of the platform's objects, and of containers

    def _kind_method(
        self, site: cst.CSTNode, kind: Kind, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        inference = self._inference
        if kind in (Kind.CONNECTIONS, Kind.SNAPSHOT):
            return self._connections_method(site, kind, name, positional, keywords)
        known = member(kind, name)
        if known is None or known.returns is None:
            return UNKNOWN
        given: Value = NOTHING
        if known.callback is not None:
            place, offered = _CALLBACKS[known.callback]
            for value in (*positional[place : place + 1], *keywords.values()):
                given |= self.apply(site, functions_only(value), offered)
        if known.returns == CONNECTION_LIST:
            box = Box(site)
            inference.put(box, frozenset({Kind.CONNECTION}))
            return frozenset({box})
        if known.returns == CALLBACK_RESULT:
            return inference.awaited(given) or PLAIN
        assert isinstance(known.returns, frozenset)
        return known.returns

    def _connections_method(
        self, site: cst.CSTNode, kind: Kind, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        if name == "copy":
            return frozenset({Kind.SNAPSHOT})
        if name in _VIEWS:
            return frozenset({_VIEWS[name]})
        connection: Value = frozenset({Kind.CONNECTION})
        if name == "get":
            given = [*positional[1:], *keywords.values()]
            return connection | (NOTHING if given else NONE) | frozenset().union(*given)
        if name == "forEach":
            for value in positional[:1]:
                self.apply(site, functions_only(value), [connection, PLAIN])
            return NONE
        return UNKNOWN if kind is Kind.SNAPSHOT else PLAIN

    def _box_method(
        self, site: cst.CSTNode, box: Box, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        inference = self._inference
        if name in _TAKE_ELEMENT and len(positional) > _TAKE_ELEMENT[name]:
            inference.put(box, positional[_TAKE_ELEMENT[name]])
        if name in _TAKE_MANY:
            for value in positional:
                inference.containers.added(box, value)
            for value in keywords.values():
                inference.put(box, value)
        if name == "items":
            return frozenset({Items(box)})
        if name == "setdefault" and positional:
            inference.put((box, "key"), positional[0])
        if "key" in keywords:
            self.apply(
                site, functions_only(keywords["key"]), [inference.containers.contents(frozenset({box}))]
            )
        if name in _GIVE_SAME:
            return frozenset({inference.containers.part(box, VALUES) if name == "values" else box})
        if name == "popitem":
            return inference.containers.elements(Items(box))
        if name in _GIVE_ELEMENT:
            given = inference.get(box)
            if name == "get" and isinstance(site, cst.Call) and site.args and not site.args[0].star:
                given = inference.containers.under(box, site.args[0].value)
            if name == "get":
                given |= positional[1] if len(positional) > 1 else NONE
            elif name == "pop":
                given |= frozenset().union(*positional[1:])
            return given
        if name in _TAKE_ELEMENT or name in _TAKE_MANY:
            return NONE
        return PLAIN if name in _GIVE_PLAIN else PLAIN | inference.get(box)


def received(value: Value) -> Value:
    """What a parameter gets of an argument: of the live connections a snapshot."""
    if Kind.CONNECTIONS in value:
        return (value - {Kind.CONNECTIONS}) | {Kind.SNAPSHOT}
    return value

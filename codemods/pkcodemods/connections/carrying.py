"""Helpers that get `room.connections` and read it later: they get the room instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from pkcodemods.api import Function, Kind
from pkcodemods.connections.arguments import ConnectionHanding
from pkcodemods.connections.lookups import ConnectionLookups
from pkcodemods.connections.uses import ConnectionUses
from pkcodemods.inference import Inference
from pkcodemods.source import Binding, Program, SourceModule

_ROOM = "room"


class ConnectionCarriers:
    """Finds the parameters that can carry the room, whichever modules they and the calls are of."""

    def __init__(
        self,
        program: Program,
        inference: Inference,
        handing: ConnectionHanding,
        uses: ConnectionUses,
        is_mapping: Callable[[cst.CSTNode], bool],
    ) -> None:
        self._program = program
        self._inference = inference
        self._handing = handing
        self._uses = uses
        self._lookups = ConnectionLookups(program)
        self._is_mapping = is_mapping
        self._known: dict[cst.Param, str | None] = {}

    def takes_room(self, node: cst.CSTNode) -> bool:
        """Whether the mapping is an argument whose parameter carries the room."""
        argument = self._program.parents[node]
        call = self._program.parents[argument]
        if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
            return False
        place = self._parameter(argument, call)
        return place is not None and self._name(*place) is not None

    def parameters(self, module: SourceModule) -> Iterator[tuple[cst.Param, Binding, str]]:
        """The parameters in a module that carry the room, and what they are called then."""
        for function in module.nodes:
            if not isinstance(function, cst.FunctionDef):
                continue
            for place in _places(function):
                name, binding = self._name(function, place), self._program.binding(place.name)
                if name is not None and binding is not None:
                    yield place, binding, name

    def _parameter(self, argument: cst.Arg, call: cst.Call) -> tuple[cst.FunctionDef, cst.Param] | None:
        callees = list(self._inference.value(call.func))
        if len(callees) != 1 or not isinstance(callees[0], Function):
            return None
        callee = callees[0]
        if not isinstance(callee.node, cst.FunctionDef) or callee.wrapper or callee.stands_for:
            return None
        place = self._handing.parameter(callee, argument, call)
        return None if place is None else (callee.node, place)

    def _name(self, function: cst.FunctionDef, place: cst.Param) -> str | None:
        """What a parameter is called that carries the room; None if it does not."""
        if place not in self._known:
            self._known[place] = None  # a cycle carries nothing
            self._known[place] = self._found(function, place)
        return self._known[place]

    def _found(self, function: cst.FunctionDef, place: cst.Param) -> str | None:
        binding = self._program.binding(place.name)
        if binding is None or len(binding.stores) != 1 or place.annotation or place.default:
            return None
        if self._inference.binding_value(binding) != {Kind.SNAPSHOT} or function.decorators:
            return None
        given = [self._given(call, function, place) for call in self._handing.functions.calls_of(function)]
        mappings = [node for node in given if node is not None]
        if not mappings or len(mappings) < len(given) or all(map(self._handing.snapshot, mappings)):
            return None
        if not all(self._is_decidable(load, function) for load in binding.loads):
            return None
        parents = self._program.parents
        by_keyword = any(isinstance(a := parents[node], cst.Arg) and a.keyword for node in mappings)
        taken = {name for scope in binding.scope.inside() for name in (*scope.names, *scope.bindings)}
        return place.name.value if by_keyword or _ROOM in taken else _ROOM

    def _given(
        self, call: cst.CSTNode | None, function: cst.FunctionDef, place: cst.Param
    ) -> cst.BaseExpression | None:
        """The mapping that a call hands over for a parameter; None if it is not the very mapping."""
        for argument in call.args if isinstance(call, cst.Call) else ():
            if argument.star or not isinstance(call, cst.Call):
                return None
            if self._parameter(argument, call) == (function, place):
                is_mapping = isinstance(argument.value, cst.Attribute) and self._is_mapping(argument.value)
                return argument.value if is_mapping else None
        return None

    def _is_decidable(self, load: cst.CSTNode, function: cst.FunctionDef) -> bool:
        if self._program.scope_at(load).function().node is not function:
            return False
        return (
            self._lookups.statement(load) is not None
            or self._uses.decide(load, lambda updated: cst.Name(_ROOM)) is not None
            or self._handing.snapshot(load) is not None
        )


def _places(function: cst.FunctionDef) -> list[cst.Param]:
    parameters = function.params
    return [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]

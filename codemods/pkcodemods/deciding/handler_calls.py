"""Calls of handlers within the classes that become a party: `super().onConnect(connection, room)`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import libcst as cst

from pkcodemods.api import HANDLER_SPELLINGS, ClassObject, Function, Handler, Instance, Super
from pkcodemods.inference import Inference
from pkcodemods.parties import own_signature
from pkcodemods.plans import ClassPlan, HandlerPlan
from pkcodemods.source import Edit, Program

_Argument = int | str
"""One that the call has, by its place there, or the name of one that it left out."""


@dataclass(frozen=True, slots=True)
class _Caller:
    """The handler in which a call stands."""

    owner: ClassPlan
    plan: HandlerPlan
    function: cst.FunctionDef


class HandlerCalls:
    """Finds the calls of handlers of a party's classes, and decides what becomes of them.

    Args:
        program: the modules.
        inference: what is where.
        classes: the party's classes.
        others: the classes of other parties, whose calls are looked at with those.
    """

    def __init__(
        self,
        program: Program,
        inference: Inference,
        classes: Sequence[ClassPlan],
        others: Collection[cst.ClassDef],
    ) -> None:
        self._others = set(others) - {owner.node for owner in classes}
        self._program = program
        self._inference = inference
        self._handlers = {
            handler.entry.value: (owner, handler) for owner in classes for handler in owner.handlers
        }
        self._atoms = {atom(owner.node) for owner in classes for atom in (Instance, ClassObject, Super)}
        self._names = {handler.entry.key for owner in classes for handler in owner.handlers}

    def plan(self) -> str | None:
        """Plan the calls.

        Returns:
            The name of a handler that is called, or handed on, where the class form has no equivalent.
        """
        for module in self._program.modules:
            for use in module.nodes:
                if not isinstance(use, cst.Attribute) or use.attr.value not in self._names:
                    continue
                if not self._atoms & self._inference.value(use.value) or self._is_of_other(use):
                    continue
                call = self._program.parents[use]
                caller = self._caller(use)
                if caller is None or not isinstance(call, cst.Call) or call.func is not use:
                    return use.attr.value
                edit = self._edit(call, use, caller)
                if edit is None:
                    return use.attr.value
                caller.owner.calls[call] = edit
        return None

    def _is_of_other(self, node: cst.CSTNode) -> bool:
        return any(around in self._others for around in self._program.ancestors(node))

    def _caller(self, node: cst.CSTNode) -> _Caller | None:
        for around in self._program.ancestors(node):
            if isinstance(around, cst.ClassDef):
                return None
            if isinstance(around, cst.FunctionDef) and around in self._handlers:
                owner, plan = self._handlers[around]
                return None if plan.entry.handler.static else _Caller(owner, plan, around)
        return None

    def _edit(self, call: cst.Call, use: cst.Attribute, caller: _Caller) -> Edit | None:
        """The call in the class form; None if it has no equivalent."""
        handler = HANDLER_SPELLINGS[use.attr.value]
        first = self._places_of_self(call, use.value, caller)
        targets = self._inference.value(use)
        if first is None or handler.static or not targets:
            return None
        found: set[tuple[_Argument, ...] | None] = set()
        for target in targets:
            if not isinstance(target, Function) or not isinstance(target.node, cst.FunctionDef):
                return None
            found.add(self._arguments(call, first, target.node, handler, caller))
        if len(found) != 1 or (chosen := found.pop()) is None:
            return None
        for argument in chosen:
            if isinstance(argument, str):
                self._note_left_out(argument, handler, caller)
        kept = [*range(first), *chosen]
        return lambda updated: _rewritten(updated, handler.method, kept)

    def _places_of_self(self, call: cst.Call, receiver: cst.BaseExpression, caller: _Caller) -> int | None:
        """How many arguments are `self`: none of `self.f()` and `super().f()`, one of `Base.f(self)`."""
        if self._is_self(receiver, caller):
            return 0
        if isinstance(receiver, cst.Call):
            return 0 if self._program.qualified_name(receiver.func) == "builtins.super" else None
        if not all(isinstance(atom, ClassObject) for atom in self._inference.value(receiver)):
            return None
        return 1 if call.args and self._is_self(call.args[0].value, caller) else None

    def _is_self(self, node: cst.CSTNode, caller: _Caller) -> bool:
        parameters = caller.function.params
        first = next(iter((*parameters.posonly_params, *parameters.params)), None)
        binding = self._program.binding(node)
        return first is not None and binding is not None and binding is self._program.binding(first.name)

    def _arguments(
        self, call: cst.Call, first: int, target: cst.FunctionDef, handler: Handler, caller: _Caller
    ) -> tuple[_Argument, ...] | None:
        """What the call hands over in the class form; None where that cannot be said."""
        parameters = own_signature(target, bound=True).positional
        given = self._given(call, first, [parameter.name.value for parameter in parameters])
        room = handler.room_index
        if given is None or isinstance(target.params.star_arg, cst.Param):
            return None
        taken = given.pop(room, None) if room is not None else None
        takes_room = room is not None and room < len(parameters)
        if takes_room and (taken is None or not self._is_room(call.args[taken].value, caller)):
            return None  # another room than the instance's, or the default
        result: list[_Argument] = []
        missing = False
        for place in range(len(handler.offered)):
            if place == room:
                continue
            if place in given:
                if missing and call.args[given[place]].keyword is None:
                    return None
                result.append(given.pop(place))
            elif place < len(parameters):
                missing = True  # its default
            else:
                name = self._left_out(place, handler, caller)
                if name is None or missing:
                    return None
                result.append(name)
        further = [given[place] for place in sorted(given)]
        if missing and any(call.args[index].keyword is None for index in further):
            return None
        plain = [a for a in (*result, *further) if isinstance(a, str) or call.args[a].keyword is None]
        by_keyword = [a for a in (*result, *further) if a not in plain]
        return (*plain, *by_keyword) if [*result, *further] == [*plain, *by_keyword] else None

    def _given(self, call: cst.Call, first: int, names: list[str]) -> dict[int, int] | None:
        """The places of a call's arguments, by the places of the parameters that they go to."""
        given: dict[int, int] = {}
        further = len(names)
        for index, argument in enumerate(call.args[first:], first):
            if argument.star:
                return None
            if argument.keyword is None:
                given[index - first] = index
            elif argument.keyword.value in names:
                given[names.index(argument.keyword.value)] = index
            else:
                given[further] = index
                further += 1
        positional = sum(1 for argument in call.args[first:] if argument.keyword is None)
        return given if positional <= len(names) else None

    def _is_room(self, node: cst.CSTNode, caller: _Caller) -> bool:
        """Whether an expression is the room of the handler that calls, and nothing else."""
        parameter = caller.plan.room_parameter
        binding = self._program.binding(node)
        return (
            parameter is not None
            and binding is not None
            and binding is self._program.binding(parameter.name)
            and len(binding.stores) == 1
        )

    def _left_out(self, place: int, handler: Handler, caller: _Caller) -> str | None:
        """The calling handler's own name for an argument that the called one leaves out."""
        if caller.plan.entry.handler is not handler:
            return None
        own = caller.plan.signature.positional
        if place < len(own):
            binding = self._program.binding(own[place].name)
            return own[place].name.value if binding is not None and len(binding.stores) == 1 else None
        used = {
            name
            for scope in self._program.scope_of(caller.function).inside()
            for name in (*scope.names, *scope.bindings)
        }
        name = handler.offered[place].name
        while name in used:
            name = f"_{name}"
        return name

    def _note_left_out(self, name: str, handler: Handler, caller: _Caller) -> None:
        own = caller.plan.signature.positional
        for place, offered in enumerate(handler.offered):
            if place >= len(own) and name.lstrip("_") == offered.name:
                caller.plan.left_out[place] = name


def _rewritten(call: cst.Call, method: str, kept: Sequence[_Argument]) -> cst.Call:
    """A call of a handler's method with those of its arguments that are kept, and others by name."""
    assert isinstance(call.func, cst.Attribute)
    arguments = [cst.Arg(cst.Name(item)) if isinstance(item, str) else call.args[item] for item in kept]
    separator = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    for index, argument in enumerate(arguments):
        if index == len(arguments) - 1:
            last = call.args[-1]
            arguments[index] = argument.with_changes(
                comma=last.comma, whitespace_after_arg=last.whitespace_after_arg
            )
        elif not isinstance(argument.comma, cst.Comma):
            arguments[index] = argument.with_changes(comma=separator)
    return call.with_changes(func=call.func.with_changes(attr=cst.Name(method)), args=arguments)

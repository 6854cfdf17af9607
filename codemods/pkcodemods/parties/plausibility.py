"""Whether an object of handlers is a party, in a module that imports nothing of PartyKit."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods.api import OLD_NAMES, Kind, member
from pkcodemods.parties.party import Entry, Party
from pkcodemods.result import Form
from pkcodemods.source import Program

_USUAL = frozenset({"id", "name", "env", "socket"})
"""Attributes of rooms and connections that anything may have."""

_CONTAINERS = (Form.DICT, Form.NAMESPACE)


class Plausibility:
    """Judges objects by their keys, and by how their handlers use their parameters."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def of(self, party: Party) -> bool:
        """Whether an object is a party beyond doubt.

        Its keys are spelled as only PartyKit spells them (`onConnect`); or a parameter is called `room` or
        `lobby` where that is offered; or it is used as one.
        """
        if party.form in _CONTAINERS and any(_is_camel_case(entry.key) for entry in party.entries):
            return True
        return any(self._tells(party, entry) for entry in party.entries)

    def _tells(self, party: Party, entry: Entry) -> bool:
        shown: set[Kind] = set()
        for kind, parameter in self._parameters(party, entry):
            if kind in (Kind.ROOM, Kind.LOBBY) and parameter.name.value == kind.name.lower():
                return True
            names = {name for name in self._attributes(parameter) if member(kind, name) is not None}
            if any(name in OLD_NAMES or kind in (Kind.ROOM, Kind.LOBBY) for name in names - _USUAL):
                return True
            if names:
                shown.add(kind)
        return len(shown) > 1

    def _parameters(self, party: Party, entry: Entry) -> Iterator[tuple[Kind, cst.Param]]:
        """The parameters that get something of PartyKit's, with what that is."""
        function = self._function(entry.value)
        if function is None or (isinstance(function, cst.FunctionDef) and function.decorators):
            return
        parameters = [*function.params.posonly_params, *function.params.params]
        if party.form is Form.INSTANCE:
            del parameters[:1]
        for offered, parameter in zip(entry.handler.offered, parameters, strict=False):
            if offered.kind is not None:
                yield offered.kind, parameter

    def _attributes(self, parameter: cst.Param) -> Iterator[str]:
        binding = self._program.binding(parameter.name)
        for load in binding.loads if binding is not None else ():
            parent = self._program.parents[load]
            if isinstance(parent, cst.Attribute) and parent.value is load:
                yield parent.attr.value

    def _function(self, value: cst.CSTNode) -> cst.FunctionDef | cst.Lambda | None:
        if isinstance(value, (cst.FunctionDef, cst.Lambda)):
            return value
        binding = self._program.definition(value)
        store = binding.sole_store() if binding is not None else None
        if store is not None and isinstance(store.node, cst.FunctionDef):
            return store.node
        return None


def _is_camel_case(name: str) -> bool:
    return any(letter.isupper() for letter in name)

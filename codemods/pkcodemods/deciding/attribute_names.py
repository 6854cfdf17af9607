"""Attributes that are named by strings: `getattr(room, "internalID")`, `hasattr(ctx, "waitUntil")`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import NONE, Member, Rule, Value, is_old, kinds_in, member
from pkcodemods.inference import Inference
from pkcodemods.plans import UsePlan
from pkcodemods.source import (
    Program,
    attribute,
    constant_string,
    fitting_string,
    parenthesized,
    quotes_around,
)

_STANDS_FOR = {
    Rule.CONNECTIONS: "get_connections",
    Rule.READ_ATTACHMENT: "state",
    Rule.WRITE_ATTACHMENT: "set_state",
    Rule.CONNECT: "socket",
}
"""What is there in the class form wherever the old word is there in the object form."""
_ITSELF = "id"
_DEFAULTS = (cst.Name, cst.SimpleString, cst.Integer)


class AttributeNames:
    """Decides for such calls."""

    def __init__(self, program: Program, inference: Inference, plan: UsePlan) -> None:
        self._program = program
        self._inference = inference
        self._plan = plan

    def decide(self, call: cst.Call, function: str) -> bool:
        """Plan the edit of a call.

        Args:
            call: the call.
            function: the qualified name of what is called.

        Returns:
            Whether nothing else is to be done.
        """
        if len(call.args) < 2 or any(argument.star or argument.keyword for argument in call.args):
            return False
        name = constant_string(self._program, call.args[1].value)
        value = self._inference.value(call.args[0].value)
        if name is None:
            return False
        if not any(is_old(kind, name) for kind in kinds_in(value)):
            return True
        found = _only_member(value, name)
        if found is None:
            return False
        if function == "builtins.getattr":
            return self._read(call, found, value)
        if function == "builtins.hasattr":
            text = fitting_string(_name_of(found), quotes_around(self._program, call))
            if text is None:
                return False
            self._plan.edits[call.args[1]] = lambda argument: argument.with_changes(value=text)
            return True
        return False

    def _read(self, call: cst.Call, found: Member, value: Value) -> bool:
        if found.rule is Rule.CONNECTIONS:  # that is decided with the other uses of the mapping
            return True
        is_certain = len(call.args) == 2 or (
            not value & NONE and isinstance(call.args[2].value, _DEFAULTS)  # never needed
        )
        if found.rule is not None or not is_certain:
            return False
        self._plan.edits[call] = lambda updated: attribute(
            parenthesized(updated.args[0].value), *found.path
        ).with_changes(lpar=updated.lpar, rpar=updated.rpar)
        return True


def _only_member(value: Value, name: str) -> Member | None:
    """What an attribute of a value is, where that is the same for all that it may be."""
    kinds = kinds_in(value)
    members = {member(kind, name) for kind in kinds}
    return members.pop() if len(members) == 1 and value - NONE == kinds else None


def _name_of(found: Member) -> str:
    if found.rule is not None:
        return _STANDS_FOR.get(found.rule, found.path[0])
    return found.path[0] if found.path else _ITSELF

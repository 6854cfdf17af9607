"""Functions that other modules call with stand-ins for the objects of the platform, as tests do."""

from __future__ import annotations

from collections.abc import Container, Iterator

import libcst as cst

from pkcodemods.api import NONE, Imported, Value, kinds_in
from pkcodemods.inference import Inference, received
from pkcodemods.parties import OutsideRead, OutsideUses
from pkcodemods.source import Program, Role, SourceModule

_STAND_IN: Value = frozenset({Imported("a stand-in of a caller elsewhere")})


def called_with_stand_ins(
    program: Program, inference: Inference, outside: OutsideUses, exporting: Container[SourceModule]
) -> set[cst.FunctionDef]:
    """The functions that may be called with others than the rooms and connections that the party hands them.

    Args:
        program: the modules.
        inference: what flows where in them.
        outside: what the modules use of each other.
        exporting: the modules that have parties: what else they do with functions is to export them.
    """
    found: set[cst.FunctionDef] = set()
    for binding, reads in outside.reads.items():
        store = binding.sole_store()
        if store is None or store.role is not Role.FUNCTION:
            continue
        assert isinstance(store.node, cst.FunctionDef)
        kinds = list(_kinds(inference, program, store.node))
        if any(kind for _, kind in kinds) and any(
            _is_call_with_others(program, inference, read, kinds, exporting) for read in reads
        ):
            found.add(store.node)
    return found


def seed_stand_ins(inference: Inference, function: cst.FunctionDef) -> None:
    """Let a function be called with what is of no kind that is known."""
    count = len(function.params.posonly_params) + len(function.params.params)
    inference.seed(function, lambda: inference.function_value(function), [_STAND_IN] * count)


def _kinds(inference: Inference, program: Program, function: cst.FunctionDef) -> Iterator[tuple[str, Value]]:
    """The parameters of a function by name, with the kinds of what they hold."""
    for parameter in (*function.params.posonly_params, *function.params.params):
        binding = program.binding(parameter.name)
        assert binding is not None
        yield parameter.name.value, frozenset(kinds_in(inference.binding_value(binding)))


def _is_call_with_others(
    program: Program,
    inference: Inference,
    read: OutsideRead,
    kinds: list[tuple[str, Value]],
    exporting: Container[SourceModule],
) -> bool:
    call = program.parents[read.node]
    if not isinstance(call, cst.Call) or call.func is not read.node:
        return read.module not in exporting and not isinstance(call, (cst.Attribute, cst.Expr))
    names = dict(kinds)
    for index, argument in enumerate(call.args):
        if argument.star:
            return True
        if argument.keyword is not None:
            expected = names.get(argument.keyword.value)
        else:
            expected = kinds[index][1] if index < len(kinds) else None
        value = received(inference.value(argument.value))
        if not value and read.module in exporting:
            continue  # a party that stays as it is hands on what it gets, which has all names
        if expected and not _is_within(value, expected):
            return True
    return False


def _is_within(value: Value, kinds: Value) -> bool:
    """Whether a value is certainly of some of the kinds, or None."""
    return bool(value) and value - NONE <= kinds

"""The lines of a party's handlers, which show whether a handler ever ran."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import CodeType, ModuleType
from typing import Any

from pkcompat.forms.line_coverage import Line, own_lines
from pkcompat.legacy import exported_by, read_handlers
from pkcompat.project import LoadedParty


def lines_of_handlers(party: LoadedParty, names: tuple[str, ...]) -> dict[str, frozenset[Line]]:
    """The lines of each handler's function, in whichever file; a handler without Python code is left out.

    Args:
        party: the party.
        names: its handlers, by their class-form names.
    """
    functions = _functions_of(party, names)
    codes = {name: _code_of(function) for name, function in functions.items()}
    return {name: own_lines(code) for name, code in codes.items() if code is not None}


def never_ran(handlers: Mapping[str, frozenset[Line]], ran: frozenset[Line]) -> tuple[str, ...]:
    """The handlers of which no line ran."""
    return tuple(name for name, lines in handlers.items() if lines and not lines & ran)


def _functions_of(party: LoadedParty, names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    if party.form == "class":
        return {name: getattr(party.server_class, name) for name in names}
    found: object = attrgetter(party.attribute)(party.module) if party.attribute else party.module
    if isinstance(found, ModuleType):
        found = exported_by(found)
    return {name: handler.function for name, handler in read_handlers(found).items()}


def _code_of(function: Any) -> CodeType | None:
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    if not hasattr(function, "__code__"):  # a method, or a callable object
        function = getattr(function, "__func__", None) or getattr(type(function), "__call__", None)  # noqa: B004
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None

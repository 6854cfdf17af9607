"""Finding the parties that an imported module defines, in either form."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import TypeGuard

from partyserver import PartyServer
from pkcompat.legacy.handler_names import is_handler_name


def is_server_class(value: object) -> TypeGuard[type[PartyServer]]:
    """Whether a value is a party in the class form."""
    return isinstance(value, type) and issubclass(value, PartyServer) and value is not PartyServer


def is_base_class(value: object) -> bool:
    """Whether a value is `PartyServer` itself."""
    return value is PartyServer


def find_parties(module: ModuleType) -> list[str]:
    """The names of the parties that a module defines, in source order.

    Imported parties do not count, nor a class that another party of the module subclasses; of several names
    of one party, the first counts. The empty name means the module itself, whose functions are the handlers.
    """
    names = _BoundNames(module)
    parties: dict[int, tuple[str, object]] = {}
    for name, value in vars(module).items():
        if not name.startswith("__") and names.defines(name) and is_party(value):
            parties.setdefault(id(value), (name, value))
    bases = {
        id(base) for _, value in parties.values() if isinstance(value, type) for base in value.__mro__[1:]
    }
    found = [name for name, value in parties.values() if id(value) not in bases]
    if not found and any(is_handler_name(name) and callable(value) for name, value in vars(module).items()):
        return [""]
    return found


def is_party(value: object) -> bool:
    """Whether a value looks like a party of either form: it has at least one callable handler."""
    if is_server_class(value):
        return True
    if isinstance(value, type | ModuleType | FunctionType):
        return False
    if isinstance(value, Mapping):
        return any(isinstance(key, str) and is_handler_name(key) and callable(value[key]) for key in value)
    return any(is_handler_name(name) and _is_called(item) for name, item in _members(value))


def described(module: ModuleType) -> str:
    """Explain why a module has no party, and what to do."""
    for name, value in vars(module).items():
        if (
            isinstance(value, type)
            and value.__module__ == module.__name__
            and any(map(is_handler_name, vars(value)))
        ):
            return (
                f"has the class {name} with handlers, but no instance of it; "
                f"export one (default = {name}()), or let {name} subclass PartyServer"
            )
    return (
        "has no party: no `default`, no PartyServer subclass, no object of handlers, no handler function "
        "such as on_connect, on_message or on_request"
    )


def _members(value: object) -> Iterator[tuple[str, object]]:
    """The attributes of an object as stored, so that no code of the user's runs."""
    yield from getattr(value, "__dict__", {}).items()
    for base in type(value).__mro__:
        if base.__module__ != "builtins":
            yield from vars(base).items()


def _is_called(item: object) -> bool:
    """Whether a stored attribute is callable, or may return a callable, as a property does."""
    return callable(item) or hasattr(type(item), "__get__")


class _BoundNames:
    """Which of a module's names its own code binds, rather than imports."""

    def __init__(self, module: ModuleType) -> None:
        self._bound: set[str] = set()
        self._imported: set[str] = set()
        self._imports_all = False
        try:
            self._visit(ast.parse(inspect.getsource(module)))
        except (OSError, TypeError, SyntaxError):
            self._bound.update(vars(module))  # without a source, every name may be the module's own

    def defines(self, name: str) -> bool:
        return name in self._bound or (name not in self._imported and not self._imports_all)

    def _visit(self, tree: ast.AST) -> None:
        waiting = [tree]  # no recursion: an expression may be nested deeper than Python's recursion limit
        while waiting:
            for child in ast.iter_child_nodes(waiting.pop()):
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self._bound.add(child.name)
                    continue
                if isinstance(child, ast.Import | ast.ImportFrom):
                    names = [(alias.asname or alias.name).partition(".")[0] for alias in child.names]
                    self._imported.update(names)
                    self._imports_all |= "*" in names
                elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                    self._bound.add(child.id)
                waiting.append(child)

"""`legacy_to_class`: makes a `PartyServer` class of an object of handlers."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isfunction
from types import ModuleType, SimpleNamespace
from typing import Any

from partyserver import PartyServer, Room, ServerOptions
from pkcompat.errors import LegacyPartyError
from pkcompat.legacy.arity import arguments_taken
from pkcompat.legacy.deprecation import warn_once
from pkcompat.legacy.handler_methods import handler_method
from pkcompat.legacy.handler_names import BY_SPELLING
from pkcompat.legacy.reading import FoundHandler, read_handlers
from pkcompat.legacy.room import legacy_room


class LegacyServer(PartyServer):
    """The base of the classes that `legacy_to_class` makes: their room has the old names too."""

    def __init__(self, room: Room) -> None:
        super().__init__(legacy_room(room))


def legacy_to_class(obj: object, *, name: str | None = None) -> type[PartyServer]:
    """A `PartyServer` class that behaves, event by event, as the object of handlers does on PartyKit.

    It hibernates exactly when the object would: if it has `onMessage`, or lacks `onConnect`. The handlers are
    read now; one that is added to the object later is not called. The class may be subclassed, for example to
    add `on_start`.

    Args:
        obj: a dict of handlers, `PartyKitServer(...)`, a namespace, an instance of a handler class, or a
            module, in PartyKit's spelling or in snake_case; or a `PartyServer` class, which is returned
            unchanged. Of a module, its `default` is used, or the one party that it defines, or its functions
            as handlers.
        name: the class's name; by default that of the object's class or of the handlers' module.

    Raises:
        LegacyPartyError: a `TypeError`: a handler is not a function or requires more arguments than it gets,
            a name is not a handler's (the message has the nearest), a handler has two spellings, or there is
            none.
    """
    if isinstance(obj, ModuleType):
        obj = exported_by(obj)
    if isinstance(obj, type) and issubclass(obj, PartyServer):
        return obj
    if isinstance(obj, PartyServer):
        raise LegacyPartyError(
            f"got an instance of the PartyServer {type(obj).__name__}; give the class itself, one instance a "
            "room is made of it"
        )
    handlers = read_handlers(obj)
    for handler in handlers.values():
        if handler.name.startswith("unstable_"):
            warn_once(handler.name, handler.name.removeprefix("unstable_"))
    module = _module_of(obj, handlers)
    namespace: dict[str, Any] = {
        "__doc__": f"The {_kind_of(obj)}{f' in {module}' if module else ''}, as a class.",
        "__module__": module or __name__,
        "options": ServerOptions(hibernate=hibernates(handlers)),
    }
    for method, handler in handlers.items():
        taken = arguments_taken(handler.function, BY_SPELLING[method].offered, handler.name)
        namespace[method] = handler_method(method, handler.function, taken)
    return type(name or _class_name(obj, module), (LegacyServer,), namespace)


def hibernates(handlers: Mapping[str, object]) -> bool:
    """Whether PartyKit hibernates an object.

    The codemod has the same rule, of its own; see `handler_names`.

    Args:
        handlers: its handlers, by their class-form names.
    """
    return "on_message" in handlers or "on_connect" not in handlers


def exported_by(module: ModuleType) -> object:
    """The party that a module exports: an object, or the module itself."""
    from pkcompat.legacy.party_finding import find_parties

    exported = getattr(module, "default", None)
    if isinstance(exported, ModuleType) and exported is not module:
        return exported_by(exported)
    if exported is not None:
        return exported
    found = find_parties(module)
    if len(found) > 1:
        raise LegacyPartyError(
            f"module {module.__name__!r} has several parties: {', '.join(found)}; "
            f"give the one that is meant, such as {module.__name__}.{found[0]}"
        )
    return getattr(module, found[0]) if found and found[0] else module


def _module_of(obj: object, handlers: Mapping[str, FoundHandler]) -> str | None:
    """The name of the module of an object's class; of a container, the module of its functions."""
    if isinstance(obj, ModuleType):
        return obj.__name__
    if not _is_container(obj):
        return type(obj).__module__
    functions = [handler.function for handler in handlers.values() if isfunction(handler.function)]
    return functions[0].__module__ if functions else None


def _class_name(obj: object, module: str | None) -> str:
    if not isinstance(obj, ModuleType) and not _is_container(obj):
        return type(obj).__name__
    if module is None or module == "__main__":
        return "LegacyParty"
    words = module.rpartition(".")[2].split("_")
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() else "LegacyParty"


def _is_container(obj: object) -> bool:
    return isinstance(obj, Mapping) or type(obj) is SimpleNamespace


def _kind_of(obj: object) -> str:
    if isinstance(obj, ModuleType):
        return "handlers"
    return "object of handlers" if _is_container(obj) else f"{type(obj).__name__} object"

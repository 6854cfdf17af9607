"""Reading the handlers of an object, whatever its type, and explaining what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pkcompat.errors import LegacyPartyError
from pkcompat.legacy.handler_names import BY_SPELLING, HANDLER_NAMES, missed_handler, nearest


@dataclass(frozen=True, slots=True)
class FoundHandler:
    """A handler of an object.

    Attributes:
        name: its name in the object.
        function: the callable.
    """

    name: str
    function: Callable[..., Any]


def read_handlers(obj: object) -> dict[str, FoundHandler]:
    """The handlers of an object, by their class-form names, in the object's order.

    `onFetch` wins over `unstable_onFetch`, as on PartyKit.

    Args:
        obj: a mapping, a namespace, an instance of a handler class, or a module; handlers that are None count
            as absent.

    Raises:
        LegacyPartyError: a handler is not callable, a name is not a handler's, a handler has two spellings,
            or there is no handler.
    """
    if isinstance(obj, type):
        raise LegacyPartyError(
            f"{obj.__name__} is a class, but not a PartyServer; give an instance of it, {obj.__name__}()"
        )
    entries = _entries_of_mapping(obj) if isinstance(obj, Mapping) else _entries_of_attributes(obj)
    handlers: dict[str, FoundHandler] = {}
    for name, value in entries:
        method = BY_SPELLING[name].method
        if method in handlers:
            raise LegacyPartyError(
                f"{handlers[method].name} and {name} are two spellings of one handler; keep one"
            )
        if not callable(value):
            raise LegacyPartyError(f"{name} must be a function, got {type(value).__name__}: {value!r}")
        handlers[method] = FoundHandler(name, value)
    if not isinstance(obj, Mapping):
        _refuse_slips(obj, handlers)
    unstable = handlers.pop("unstable_on_fetch", None)
    if unstable is not None:
        handlers.setdefault("on_fetch", unstable)
    if not handlers:
        raise LegacyPartyError(
            f"{_described(obj)} holds no handler; a party has at least one, such as onMessage or onRequest"
        )
    return handlers


def _entries_of_mapping(obj: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in obj.items():
        if name in _OF_THE_CLASS:
            raise LegacyPartyError(f"{name!r} {_OF_THE_CLASS[name]}")
        if name not in BY_SPELLING:
            near = nearest(str(name))
            hint = f"did you mean {near!r}?" if near else f"handlers are {', '.join(_PARTYKIT_NAMES)}"
            raise LegacyPartyError(f"{name!r} is no handler; {hint}")
        if value is not None:
            yield name, value


def _entries_of_attributes(obj: object) -> Iterator[tuple[str, Any]]:
    for name in _names_of(obj):
        if name in BY_SPELLING and (value := getattr(obj, name, None)) is not None:
            yield name, value


def _refuse_slips(obj: object, handlers: Mapping[str, FoundHandler]) -> None:
    """Refuse a function that is named almost like a missing handler; any other name may be the user's own."""
    for name in _names_of(obj):
        if name in _OF_THE_CLASS and callable(getattr(obj, name, None)):
            raise LegacyPartyError(f"{name!r} {_OF_THE_CLASS[name]}")
        missed = missed_handler(name)
        if missed is None or missed.method in handlers:
            continue
        value = getattr(obj, name, None)
        if callable(value) and not isinstance(value, type):
            raise LegacyPartyError(f"{name!r} is no handler; did you mean {missed.spelled_like(name)!r}?")


def _names_of(obj: object) -> list[str]:
    """The attributes of an object in the order of their definition, those of a class's bases first."""
    if isinstance(obj, ModuleType):
        return list(vars(obj))
    names: dict[str, None] = {}
    for base in reversed(type(obj).__mro__[:-1]):
        names.update(dict.fromkeys(vars(base)))
    names.update(dict.fromkeys(getattr(obj, "__dict__", {})))
    names.update(dict.fromkeys(name for name in BY_SPELLING if hasattr(obj, name)))  # from __getattr__
    return [name for name in names if not name.startswith("__")]


_PARTYKIT_NAMES = [
    handler.spellings[0] for handler in HANDLER_NAMES if not handler.method.startswith("unstable")
]


_TAGS = (
    "belongs to the class form: an object has no tags. Take it out, make the object a class "
    "(pkcompat migrate), and write get_connection_tags(self, connection, ctx) there"
)
_OF_THE_CLASS = {"getConnectionTags": _TAGS, "get_connection_tags": _TAGS}


def _described(obj: object) -> str:
    if isinstance(obj, ModuleType):
        return f"module {obj.__name__!r}"
    return "the dict" if isinstance(obj, Mapping) else f"the {type(obj).__name__} object"

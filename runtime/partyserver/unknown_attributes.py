"""Errors for unknown attributes of the objects that handlers get, with the name that was probably meant."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any, NoReturn

_NEAR = 0.75

# Names of the object form that have a different name in the class form.
_FORMER_NAMES = {
    "room": {"connections": "get_connections()", "parties": "context.parties"},
    "connection": {"deserialize_attachment": "state", "serialize_attachment": "set_state"},
}


def attribute_refusal(called: str, *attributes: str) -> Any:
    """A `__getattr__` for classes of objects that handlers get.

    The error's text is the same for both forms of a party: the names that it suggests work in both. Hide it
    from type checkers: they would accept any attribute.

    Args:
        called: how users know the class's objects, such as `room.storage`.
        attributes: the names of their attributes that are no methods or properties.
    """

    def refuse(self: object, name: str) -> NoReturn:
        kind: Any = type(self)
        # Without `obj` Python does not add a suggestion of its own to the traceback.
        raise AttributeError(_text(kind, called, attributes, name), name=name, obj=None)

    return refuse


@lru_cache(maxsize=1024)  # `getattr(room, "seats", None)` may be called with each message
def _text(kind: Any, called: str, attributes: tuple[str, ...], name: str) -> str:
    meant = None if name.startswith("_") else _meant(kind, called, attributes, name)
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"{called} has no attribute {name!r}{hint}"


def _meant(kind: type, called: str, attributes: tuple[str, ...], name: str) -> str | None:
    # The old names, which the wrapper's subclasses add, are none to offer.
    own = next(base for base in kind.__mro__ if base.__module__.startswith("partyserver."))
    names = (*attributes, *(method for method in dir(own) if not method.startswith("_")))
    known = {_plain(known): known for known in names}
    known |= {_plain(old): new for old, new in _FORMER_NAMES.get(called, {}).items()}
    near = difflib.get_close_matches(_plain(name), known, 1, _NEAR)
    return known[near[0]] if near else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "")

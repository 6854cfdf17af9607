"""Teaching an object of the class form the names of the object form.

The object itself learns them: its class becomes one that has both. So there is one room and one connection,
whoever asks: `is`, `==`, sets and attributes of a handler's own need no care, and no call costs more.
"""

from __future__ import annotations

import pkgutil
from abc import ABCMeta
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


class _OldNamesFirst(ABCMeta):
    """A class of `(base, names)`: laid out as the base, so that the base's objects can become its own; looked
    up in the names first, so that those can build on the base with `super()`."""

    def mro(cls) -> list[type]:
        base, names = cls.__bases__
        return [cls, *(each for each in names.__mro__ if each not in base.__mro__), *base.__mro__]


@cache
def _class_of_both(base: type, names: type) -> type:
    own: dict[str, Any] = {"__slots__": (), "__module__": names.__module__, "__doc__": names.__doc__}
    if is_dataclass(base):  # which says the name of its class
        own["__repr__"] = lambda self: base.__repr__(self).replace(names.__name__, base.__name__, 1)
    return _OldNamesFirst(names.__name__, (base, names), own)


@cache
def _class_at(home: str) -> type:
    found = pkgutil.resolve_name(home)
    assert isinstance(found, type)
    return found


def called(name: str) -> Callable[[T], T]:
    """A class decorator: let a class go by the name that it has on the platform, such as `PartyKitRoom`."""

    def rename(cls: T) -> T:
        cls.__name__ = cls.__qualname__ = name
        return cls

    return rename


def taught(obj: Any, names: type, home: str) -> Any:
    """Give an object the attributes of another class beside its own.

    Args:
        obj: any object.
        names: the class; it has `__slots__ = ()`, since it may add no attributes to an object.
        home: which objects learn: those of this class, such as `partyserver:Room`. It is imported only
            now, since old modules import `names`, and must not need the server for it.

    Returns:
        The same object; an instance of `names` if it is of the class.
    """
    if not isinstance(obj, names) and isinstance(obj, _class_at(home)):
        base: type = obj.__class__
        object.__setattr__(obj, "__class__", _class_of_both(base, names))  # frozen dataclasses too
    return obj

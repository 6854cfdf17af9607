"""Gives a live object of `partyserver` the names of the object form, by setting its `__class__`.

The new class has both names. So there is one room and one connection in either form, not a wrapper beside
the real one: `is`, `==`, sets and attributes that a handler sets just work, and no call costs more. Nothing
gentler serves: a host that made its objects with the old names would have to know them. Python allows the
assignment where both classes are laid out alike, which `_OldNamesFirst` sees to.
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
    """The metaclass of classes of `(base, names)`.

    They have the base's memory layout, since only then Python lets its instances change to them; but methods
    are looked up in `names` first, so that those can build on the base's with `super()`.
    """

    def mro(cls) -> list[type]:
        base, names = cls.__bases__
        return [cls, *(each for each in names.__mro__ if each not in base.__mro__), *base.__mro__]


@cache
def _class_of_both(base: type, names: type) -> type:
    own: dict[str, Any] = {"__slots__": (), "__module__": names.__module__, "__doc__": names.__doc__}
    if is_dataclass(base):  # whose repr has the name of the class
        own["__repr__"] = lambda self: base.__repr__(self).replace(names.__name__, base.__name__, 1)
    return _OldNamesFirst(names.__name__, (base, names), own)


@cache
def _class_at(home: str) -> type:
    found = pkgutil.resolve_name(home)
    assert isinstance(found, type)
    return found


def called(name: str) -> Callable[[T], T]:
    """A class decorator: give a class the name that it has on the platform, such as `PartyKitRoom`."""

    def rename(cls: T) -> T:
        cls.__name__ = cls.__qualname__ = name
        return cls

    return rename


def taught(obj: Any, names: type, home: str) -> Any:
    """Give an object the methods of another class, besides its own.

    Args:
        obj: any object.
        names: the class with the methods. It has `__slots__ = ()`, as it must not change the layout.
        home: only instances of this class are changed, such as `partyserver:Room`. It is imported only now:
            old modules import `names`, and must not need the server for that.

    Returns:
        The same object, now an instance of `names`; unchanged if it is not an instance of `home`.
    """
    if not isinstance(obj, names) and isinstance(obj, _class_at(home)):
        base: type = obj.__class__
        object.__setattr__(obj, "__class__", _class_of_both(base, names))  # works for frozen dataclasses too
    return obj

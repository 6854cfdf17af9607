"""Views: an object of the class form, under the names of the object form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class View:
    """Shows another object; whatever it does not know itself is the other object's, so that every new name
    works too, and attributes that a handler hangs on it are the other object's.

    Two views of one object are equal.
    """

    _other: Any
    _old_names: ClassVar[Mapping[str, str]] = {}

    def __init__(self, other: Any) -> None:
        object.__setattr__(self, "_other", other)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._other, self._old_names.get(name, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._other, self._old_names.get(name, name), value)

    def __delattr__(self, name: str) -> None:
        delattr(self._other, self._old_names.get(name, name))

    def __eq__(self, other: object) -> bool:
        return self._other is (other._other if isinstance(other, View) else other)

    def __hash__(self) -> int:
        return hash(self._other)

    def __repr__(self) -> str:
        return repr(self._other)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._other), *self._old_names})


def uncovered(value: Any) -> Any:
    """What a view shows; anything else as it is."""
    return value._other if isinstance(value, View) else value

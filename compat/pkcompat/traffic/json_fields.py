"""Reading fields of JSON objects, with errors that say what is wrong and where.

Home-made, though msgspec converts JSON to dataclasses: people write traffic files and partykit.json by
hand, and need errors that name the step and suggest the right spelling, such as "step 1 (send): `clint` is
not a field here; did you mean `client`?". msgspec says "Object contains unknown field `clint` - at
`$.steps[0]`", as text only, out of which no better message can be made:
https://github.com/msgspec/msgspec/issues/264.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pkcompat.errors import PkcompatError

_KINDS: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class FieldError(PkcompatError):
    """A field is missing or has a wrong value. The message names the place."""

    def __init__(self, message: str) -> None:
        # It may show a value of the file, which may be a megabyte.
        super().__init__(message if len(message) <= 1_000 else f"{message[:700]} […] {message[-200:]}")


class Fields:
    """A JSON object at a known place.

    Args:
        value: the object.
        place: the place, for errors, such as `step 3 (send)`.
    """

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise FieldError(f"{place}: must be an object, is {kind(value)}")
        self._values: Mapping[str, Any] = value
        self.place = place

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def error(self, name: str, problem: str) -> FieldError:
        """Make an error about one field."""
        return FieldError(f"{self.place}: `{name}` {problem}")

    def get(self, name: str, default: Any = None) -> Any:
        """The value, unchecked."""
        return self._values.get(name, default)

    def text(self, name: str, default: str | None = None) -> str:
        """A string; without a default, the field is required."""
        if name not in self._values:
            if default is None:
                raise self.error(name, "is missing")
            return default
        value = self._values[name]
        if not isinstance(value, str):
            raise self.error(name, f"must be a string, is {kind(value)}")
        if not value.isascii() and (half := half_pair(value)):
            raise self.error(name, f"holds half of a surrogate pair, {half}, which cannot be sent or stored")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; False if the field is missing."""
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise self.error(name, f"must be true or false, is {kind(value)}")
        return value

    def number(self, name: str, most: float = math.inf) -> float:
        """A finite number that is not negative, and at most `most`."""
        value = self._values.get(name)
        if name not in self._values:
            raise self.error(name, "is missing")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(name, f"must be a number, is {kind(value)}")
        if not 0 <= value < math.inf:
            raise self.error(name, f"must be zero or more, is {value}")
        if value > most or value > sys.float_info.max:
            raise self.error(name, f"must be at most {min(most, sys.float_info.max):,g}, is {shown(value)}")
        return float(value)

    def whole_number(self, name: str, allowed: range | None = None) -> int:
        """An integer, one of `allowed` if that is given."""
        value = self._values.get(name)
        if name not in self._values:
            raise self.error(name, "is missing")
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(name, f"must be a whole number, is {kind(value)}")
        if allowed is not None and value not in allowed:
            raise self.error(name, f"must be {allowed[0]} to {allowed[-1]}, is {shown(value)}")
        return value

    def items(self, name: str) -> list[Any]:
        """A list."""
        value = self._values.get(name)
        if name not in self._values:
            raise self.error(name, "is missing")
        if not isinstance(value, list):
            raise self.error(name, f"must be a list, is {kind(value)}")
        return value

    def base64(self, name: str) -> bytes:
        """Bytes, written in base64."""
        try:
            return base64.b64decode(self.text(name), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.error(name, f"is not base64: {error}") from None

    def one_of(self, names: Iterable[str]) -> str | None:
        """Which one of some fields is present; None if none is, an error if several are."""
        there = [name for name in names if name in self._values]
        if len(there) > 1:
            raise self.error(there[1], f"is given besides `{there[0]}`; only one of them may be")
        return there[0] if there else None

    def reject_misspelt(self, known: Iterable[str]) -> None:
        """Raise for an unknown field whose name is close to a known one; ignore other unknown fields."""
        known = list(known)
        for name in self._values:
            if name not in known and (right := nearest(name, known)):
                raise self.error(name, f"is not a field here; did you mean `{right}`?")


def half_pair(text: str) -> str:
    """The first half of a surrogate pair in a text, as JSON spells it; empty if there is none.

    JSON may hold one, UTF-8 may not: such a text can neither be sent nor stored.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"\\u{ord(text[error.start]):04x}"
    return ""


def shown(number: float) -> str:
    """A number for an error, which must not have thousands of digits."""
    text = f"{number}"
    return text if len(text) <= 30 else f"{text[:20]}… ({len(text)} digits)"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The closest of some names, if any is close."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)

"""Stored values as JSON, each with its type, and back.

What JSON has is written as it is; what it has not, as an object with its type as key: `{"$bytes": "AA=="}`.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from partyserver import StorageValueError
from partyserver.storage import decode_value, encode_value

_EXACT_INT = 2**53  # up to here each number is one in JavaScript, and so in what reads JSON as it does
_DEEPEST = 100  # what is nested deeper is written as it is stored: readers of JSON have limits of their own
_CANONICAL_NAN = struct.pack(">d", math.nan)


class ValueJsonError(ValueError):
    """JSON is no stored value; the message says why, as the rest of a sentence."""


def value_to_json(encoded: bytes) -> Any:
    """A stored value as what `json.dumps` takes. One that cannot be decoded, being damaged or nested very
    deep, is kept as its bytes."""
    try:
        return _to_json(decode_value("", encoded), 0)
    except (StorageValueError, RecursionError):
        return {"$encoded": base64.b64encode(encoded).decode()}


def value_from_json(key: str, value: Any) -> bytes:
    """The stored value that `value_to_json` made this of.

    Args:
        key: the value's key, for messages.
        value: what `json.loads` gave.

    Raises:
        ValueJsonError: it is none.
        StorageValueError: it is larger than storage takes.
    """
    if isinstance(value, dict) and value.keys() == {"$encoded"}:
        return _bytes(value["$encoded"])
    return encode_value(key, _from_json(value))


def _to_json(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise RecursionError
    convert = _TO_JSON.get(type(value))
    return value if convert is None else convert(value, depth + 1)


def _int_to_json(value: int, _: int) -> Any:
    return value if -_EXACT_INT <= value <= _EXACT_INT else {"$int": str(value)}


def _float_to_json(value: float, _: int) -> Any:
    if math.isfinite(value):
        return value
    packed = struct.pack(">d", value)
    is_named = math.isinf(value) or packed == _CANONICAL_NAN
    return {"$float": str(value) if is_named else packed.hex()}


def _items_to_json(items: Any, depth: int) -> list[Any]:
    return [_to_json(item, depth) for item in items]


def _set_to_json(value: set[Any], depth: int) -> Any:
    return {"$set": sorted(_items_to_json(value, depth), key=json.dumps)}  # the same text each time


def _dict_to_json(value: dict[Any, Any], depth: int) -> Any:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: _to_json(item, depth) for key, item in value.items()}
    return {"$dict": [_items_to_json(pair, depth) for pair in value.items()]}


_TO_JSON: Mapping[type, Callable[[Any, int], Any]] = {
    int: _int_to_json,
    float: _float_to_json,
    bytes: lambda value, _: {"$bytes": base64.b64encode(value).decode()},
    datetime: lambda value, _: {"$datetime": value.isoformat()},
    list: _items_to_json,
    tuple: lambda value, depth: {"$tuple": _items_to_json(value, depth)},
    set: _set_to_json,
    dict: _dict_to_json,
}


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    tags = [key for key in value if key.startswith("$")]
    if not tags:
        return {key: _from_json(item) for key, item in value.items()}
    if len(value) > 1 or tags[0] not in _FROM_JSON:
        raise ValueJsonError(
            f"has {tags[0]!r}, which is no type of a value; a dict with such a key is written as "
            '{"$dict": [[key, value], ...]}'
        )
    try:
        return _FROM_JSON[tags[0]](value[tags[0]])
    except ValueJsonError:
        raise
    except (TypeError, ValueError, LookupError, OverflowError, struct.error) as error:
        raise ValueJsonError(f"has no {tags[0]} that can be read: {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is needed, got {type(value).__name__}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list is needed, got {type(value).__name__}")
    return [_from_json(item) for item in value]


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise ValueJsonError(f"has bytes that are no base64: {error}") from None


def _float(value: Any) -> float:
    text = _text(value)
    if text in ("nan", "inf", "-inf"):
        return float(text)
    (number,) = struct.unpack(">d", bytes.fromhex(text))
    return float(number)


_FROM_JSON: Mapping[str, Callable[[Any], Any]] = {
    "$int": lambda value: int(_text(value)),
    "$float": _float,
    "$bytes": _bytes,
    "$datetime": lambda value: datetime.fromisoformat(_text(value)),
    "$tuple": lambda value: tuple(_list(value)),
    "$set": lambda value: set(_list(value)),
    "$dict": lambda value: {key: item for key, item in _list(value)},  # noqa: C416 - it unpacks, and so checks
}

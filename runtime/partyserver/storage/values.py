"""Storage values and keys: which are kept, within which limits, and how they are encoded.

A value is encoded when it is put and decoded when it is read, so what a handler does to its own object
later never changes what is stored (recording `storage_kv`, step `mutate`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import msgspec

from partyserver.exceptions import StorageKeyError, StorageValueError

MAX_KEY_BYTES = 2_048
MAX_VALUE_BYTES = 128 * 1_024
_HEADER_BYTES = 5  # of a large value's encoding: its type and length, which are not the user's bytes

_TUPLE, _SET, _DATETIME, _BIG_INT, _PAIRS = 1, 2, 3, 4, 5
_AS_IT_IS: frozenset[type] = frozenset({str, float, bool, bytes, type(None)})  # an int may be too big
_SCALARS = _AS_IT_IS | {int}
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_MAX_DIGITS = 4_300  # CPython's limit (`sys.set_int_max_str_digits`), so that every process can read the file
_TOO_BIG_INT = 10**_MAX_DIGITS

_encoder = msgspec.msgpack.Encoder()


def check_key(key: object) -> str:
    """The key itself, if storage takes it.

    Raises:
        StorageKeyError: it is no string, cannot be encoded, or has more than 2,048 bytes of UTF-8.
    """
    if not isinstance(key, str):
        raise StorageKeyError(f"a storage key is a str, got {type(key).__name__}: {key!r}")
    if key.isascii() and len(key) <= MAX_KEY_BYTES:
        return key
    size = key_size(key)
    if size > MAX_KEY_BYTES:
        raise StorageKeyError(
            f"storage key {key[:40]!r}... has {size:,} bytes; at most {MAX_KEY_BYTES:,} are kept"
        )
    return key


def key_size(key: str) -> int:
    """The bytes of a key, or of a bound of keys, in UTF-8.

    Raises:
        StorageKeyError: it cannot be encoded.
    """
    try:
        return len(key.encode())
    except UnicodeEncodeError as error:
        raise StorageKeyError(f"storage key {key!r} is no valid text: {error.reason}") from None


def encode_value(key: str, value: object) -> bytes:
    """A value as bytes.

    Raises:
        StorageValueError: it holds something of a type that is not kept, an int of more than 4,300 digits, or
            needs more than 128 KiB; the message names the key.
    """
    try:
        try:
            encoded = _encoder.encode(value if _is_plain(value) else _portable(value))
        except OverflowError:  # an int that has no type of its own in MessagePack
            encoded = _encoder.encode(_portable(value))
    except _UnsupportedType as unsupported:
        raise StorageValueError(
            f"storage key {key!r}: a value of type {unsupported.type_name} cannot be stored; "
            "use None, bool, int, float, str, bytes, list, tuple, dict, set or datetime"
        ) from None
    except _TooBigIntError:
        raise StorageValueError(
            f"storage key {key!r}: an int of more than {_MAX_DIGITS:,} digits cannot be stored; store it as "
            "text, hex(number), or as bytes"
        ) from None
    except RecursionError:
        raise StorageValueError(
            f"storage key {key!r}: the value is nested too deep, or contains itself"
        ) from None
    except UnicodeEncodeError as error:
        raise StorageValueError(
            f"storage key {key!r}: the value holds invalid text: {error.reason}"
        ) from None
    size = len(encoded) - _HEADER_BYTES
    if size > MAX_VALUE_BYTES:
        raise StorageValueError(
            f"storage key {key!r}: the value takes {size:,} bytes; "
            f"at most {MAX_VALUE_BYTES:,} (128 KiB) are kept"
        )
    return encoded


def decode_value(key: str, encoded: bytes) -> Any:
    """The value that `encode_value` encoded, as a new object.

    Raises:
        StorageValueError: it is no such value; the message names the key.
    """
    try:
        return _decoder.decode(encoded)
    except RecursionError:
        raise StorageValueError(
            f"storage key {key!r}: the stored value is nested too deep to be read from here; read it with "
            "fewer calls on the stack"
        ) from None
    # msgspec's own errors, and those of the extensions below: what is damaged can fail in any of them.
    except (ValueError, TypeError, LookupError, OverflowError, msgspec.MsgspecError) as error:
        raise StorageValueError(
            f"storage key {key!r}: the stored value is damaged ({error}); put a backup of the storage in its "
            "place, or put or delete the key"
        ) from error


class _TooBigIntError(Exception):
    """It never leaves this module."""


class _UnsupportedType(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, value: object) -> None:
        self.type_name = type(value).__qualname__


def _is_plain(value: Any) -> bool:
    """Whether a value, as nearly all are, consists of MessagePack's own types, but for the size of ints.

    What is no container gets no call of its own: it takes a fraction of `_portable`.
    """
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is dict:
        for key in value:
            if type(key) not in _AS_IT_IS:
                return False
        items = value.values()
    elif kind is list:
        items = value
    else:
        return False
    for item in items:  # noqa: SIM110 - `all` takes twice as long
        if type(item) not in _SCALARS and not _is_plain(item):
            return False
    return True


def _portable(value: Any) -> Any:
    """The value with MessagePack's own types and extensions only; types are matched exactly, so that
    no value is read as another type than it was written as."""
    convert = _CONVERT.get(type(value))
    if convert is None:
        raise _UnsupportedType(value)
    return convert(value)


def _same(value: Any) -> Any:
    return value


def _int(value: int) -> Any:
    if _INT64_MIN <= value <= _UINT64_MAX:
        return value
    if not -_TOO_BIG_INT < value < _TOO_BIG_INT:
        raise _TooBigIntError
    return msgspec.msgpack.Ext(_BIG_INT, str(value).encode())


# Values that stay as they are get no call of their own: most of a value is made of them.


def _sequence(value: Collection[Any]) -> Any:
    return [item if type(item) in _AS_IT_IS else _portable(item) for item in value]


def _mapping(value: dict[Any, Any]) -> Any:
    if _AS_IT_IS.issuperset(map(type, value)):
        return {key: item if type(item) in _AS_IT_IS else _portable(item) for key, item in value.items()}
    return _extension(_PAIRS)([list(pair) for pair in value.items()])


def _extension(code: int) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return msgspec.msgpack.Ext(code, _encoder.encode(_sequence(value)))

    return convert


_CONVERT: dict[type, Callable[[Any], Any]] = {
    **dict.fromkeys(_AS_IT_IS, _same),
    int: _int,
    list: _sequence,
    tuple: _extension(_TUPLE),
    set: _extension(_SET),
    dict: _mapping,
    datetime: lambda value: msgspec.msgpack.Ext(_DATETIME, value.isoformat().encode()),
}


def _restore(code: int, data: memoryview) -> Any:
    return _RESTORE[code](bytes(data))


_decoder = msgspec.msgpack.Decoder(ext_hook=_restore)

_RESTORE: dict[int, Callable[[bytes], Any]] = {
    _TUPLE: lambda data: tuple(_decoder.decode(data)),
    _SET: lambda data: set(_decoder.decode(data)),
    _DATETIME: lambda data: datetime.fromisoformat(data.decode()),
    _BIG_INT: lambda data: int(data),
    _PAIRS: lambda data: dict(_decoder.decode(data)),
}

"""Stored values as JSON and back: each of them, with its type, and what is no value."""

from __future__ import annotations

import json
import math
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partyserver.storage import decode_value, encode_value
from pkcompat.stores.value_json import ValueJsonError, value_from_json, value_to_json

TEXTS = st.text(max_size=20) | st.sampled_from(["$bytes", "$", "\0", "\u2028"])
INTS = st.integers() | st.sampled_from([2**53 + 1, -(2**63), 2**64, 10**4_000])
ZONES = st.none() | st.timezones() | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
SCALARS = (
    st.none()
    | st.booleans()
    | INTS
    | st.floats(width=64)
    | TEXTS
    | st.binary(max_size=30)
    | st.datetimes(timezones=ZONES)
)
HASHABLE = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=4)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
    ),
    max_leaves=12,
)
"""All that storage keeps."""


def there_and_back(encoded: bytes) -> bytes:
    return value_from_json("k", json.loads(json.dumps(value_to_json(encoded), allow_nan=False)))


@given(VALUES)
def test_every_value_comes_back_as_the_type_that_it_is(value: Any) -> None:
    encoded = encode_value("k", value)
    back = there_and_back(encoded)
    assert described(decode_value("k", back)) == described(decode_value("k", encoded))


def described(value: Any) -> object:
    """A value with the types of all that it holds, for `1 == True == 1.0`, and no NaN equals itself."""
    kind = type(value).__name__
    if isinstance(value, float):
        return kind, struct.pack(">d", value)
    if isinstance(value, datetime):
        return kind, value.isoformat()
    if isinstance(value, list | tuple):
        return kind, [described(item) for item in value]
    if isinstance(value, set):
        return kind, sorted(repr(described(item)) for item in value)
    if isinstance(value, dict):
        return kind, [(described(key), described(item)) for key, item in value.items()]
    return kind, value


@given(st.binary(max_size=40))
def test_what_is_damaged_comes_back_byte_by_byte(encoded: bytes) -> None:
    try:
        decode_value("k", encoded)
    except ValueError:
        assert there_and_back(encoded) == encoded


def test_what_is_nested_very_deep_comes_back() -> None:
    value: Any = 1
    for _ in range(400):
        value = [value]
    encoded = encode_value("k", value)
    assert there_and_back(encoded) == encoded


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": [1, None, True, "é", 1.5]}, {"a": [1, None, True, "é", 1.5]}),
        (b"\x00\x01", {"$bytes": "AAE="}),
        (2**53 + 1, {"$int": "9007199254740993"}),
        (-math.inf, {"$float": "-inf"}),
        ((1, {2}), {"$tuple": [1, {"$set": [2]}]}),
        ({1: "a"}, {"$dict": [[1, "a"]]}),
        ({"$bytes": "AAE="}, {"$dict": [["$bytes", "AAE="]]}),
        (datetime(2026, 12, 1, tzinfo=UTC), {"$datetime": "2026-12-01T00:00:00+00:00"}),
    ],
)
def test_what_json_has_is_written_as_it_is_and_the_rest_by_its_type(value: Any, shown: Any) -> None:
    assert value_to_json(encode_value("k", value)) == shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"$nope": 1},
        {"$bytes": "A"},
        {"$bytes": 1},
        {"$encoded": [1]},
        {"$int": "x"},
        {"$int": 1},
        {"$float": "00"},
        {"$datetime": "yesterday"},
        {"$tuple": "text"},
        {"$set": [[1]]},
        {"$dict": [[1, 2, 3]]},
        {"$dict": [[[1], 2]]},
        {"$dict": [1]},
        {"a": {"$bytes": "", "b": 1}},
    ],
)
def test_json_that_is_no_value_is_said_to_be_none(wrong: Any) -> None:
    with pytest.raises(ValueJsonError, match=r"^has "):
        value_from_json("k", wrong)

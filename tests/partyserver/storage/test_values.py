"""Values in storage: types, sizes, cycles."""

from __future__ import annotations

import enum
from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest

from partyserver import StorageValueError
from partyserver.storage.values import decode_value, encode_value


class Point(NamedTuple):
    x: int


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**63),
        2**64,
        -(10**40),
        1.5,
        float("inf"),
        "é\0",
        b"\0\xff",
        [1, [2, (3, {4})]],
        (),
        ((1,), "x"),
        set(),
        {1, "a", (2, 3)},
        {"a": {1: (2, [3])}, (1, 2): None},
        datetime(2026, 11, 24, 1, 2, 3, 4),
        datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC),
        datetime(2026, 11, 24, 1, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_what_goes_in_comes_out(value: Any) -> None:
    decoded = decode_value(encode_value("k", value))
    assert decoded == value
    assert repr(decoded) == repr(value)  # the types too, all the way down


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (object(), "object"),
        (len, "builtin_function_or_method"),
        (frozenset(), "frozenset"),
        (bytearray(), "bytearray"),
        (Point(1), "Point"),
        (Colour.RED, "Colour"),
        (OrderedDict(), "OrderedDict"),
        ({"deep": [{1: complex(1)}]}, "complex"),
    ],
)
def test_other_types_are_refused_by_name(value: Any, named: str) -> None:
    with pytest.raises(StorageValueError, match=rf"'the key'.*{named}"):
        encode_value("the key", value)


@pytest.mark.parametrize("unit", ["x", b"x"])
def test_a_value_may_have_128_kib_and_no_more(unit: Any) -> None:
    assert decode_value(encode_value("k", unit * 131_072)) == unit * 131_072
    with pytest.raises(StorageValueError, match="'k': the value takes 131,073 bytes; at most 131,072"):
        encode_value("k", unit * 131_073)


def test_a_value_that_contains_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(StorageValueError, match="contains itself"):
        encode_value("k", loop)


def test_text_that_is_no_unicode() -> None:
    with pytest.raises(StorageValueError, match="invalid text"):
        encode_value("k", "\ud800")

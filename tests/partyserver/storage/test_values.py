"""Values in storage: types, sizes, cycles."""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable
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
    decoded = decode_value("k", encode_value("k", value))
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
    assert decode_value("k", encode_value("k", unit * 131_072)) == unit * 131_072
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


@pytest.mark.parametrize(
    "wrap", [int, lambda n: -n, lambda n: [{"n": (n,)}], lambda n: {n}, lambda n: {n: 1}, lambda n: {1: n}]
)
def test_an_int_of_5_000_digits_is_refused_by_its_key(wrap: Callable[[int], Any]) -> None:
    """CPython neither reads nor writes one (`sys.set_int_max_str_digits`)."""
    with pytest.raises(
        StorageValueError, match=r"'the key': an int of more than 4,300 digits .* hex\(number\)"
    ):
        encode_value("the key", wrap(10**5_000))
    with pytest.raises(StorageValueError):
        encode_value("the key", wrap(10**4_300))
    largest = 10**4_300 - 1
    assert decode_value("k", encode_value("k", wrap(largest))) == wrap(largest)


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"a": v}, lambda v: (v,), lambda v: {1: v}])
def test_nesting_comes_back_or_is_refused(wrap: Callable[[Any], Any]) -> None:
    value: Any = 1
    for depth in range(3_000):
        value = wrap(value)
        if depth in (10, 100, 150, 500, 1_500, 2_999):
            try:
                encoded = encode_value("the key", value)
            except StorageValueError as error:
                refused = str(error)
                assert depth > 100
                assert "'the key': the value is nested too deep" in refused
            else:
                assert repr(decode_value("the key", encoded)) == repr(value)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xc1",
        b"\xa5ab",
        b"\xa2\xff\xff",
        b"\x93\x01",
        b"\xc7\x01\x09x",  # an extension that there is none of
        b"\xc7\x02\x03no",  # a datetime
        b"\xc7\x02\x04no",  # a large int
        b"\xc7\x01\x01\x05",  # a tuple
        b"\xc7\x03\x02\x91\x91\x01",  # a set of lists
        b"\xc7\x02\x05\x91\x01",  # the pairs of a dict
        b"\xc9\x00\x00\x13\x88\x04" + b"9" * 5_000,
        "text",
        7,
        None,
    ],
)
def test_a_damaged_value_is_named(encoded: Any) -> None:
    with pytest.raises(StorageValueError, match=r"'the key': the stored value is damaged .* put a backup"):
        decode_value("the key", encoded)


def test_a_value_that_is_too_deep_to_be_read_is_named() -> None:
    with pytest.raises(StorageValueError, match="'the key': the stored value is nested too deep to be read"):
        decode_value("the key", b"\x91" * 100_000 + b"\x01")

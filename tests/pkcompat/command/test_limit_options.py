"""The options that set limits: their defaults, and how sizes are written."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import typer

from partyserver import Limits
from pkcompat.command.limit_options import LIMIT_OPTIONS, size


def test_each_limit_has_an_option_with_its_default() -> None:
    assert {name: option.value for name, option in LIMIT_OPTIONS.items()} == asdict(Limits())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("65536", 65_536),
        ("64KiB", 65_536),
        ("64 kib", 65_536),
        ("1.5MB", 1_500_000),
        ("1GiB", 2**30),
    ],
)
def test_a_size_is_written_with_or_without_a_unit(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "much", "1 apple", "-1", "1e3", "nan", "1MiB2"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no size; write"):
        size(text)

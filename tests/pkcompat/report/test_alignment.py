"""Aligning two sequences of events into rows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pkcompat.report import alignment
from pkcompat.report.alignment import align


def table(*sequences: str) -> list[str]:
    """Rows as texts, with a dash where a sequence has nothing."""
    return [
        "".join(
            "-" if index is None else sequence[index] for sequence, index in zip(sequences, row, strict=True)
        )
        for row in align(sequences)
    ]


@pytest.mark.parametrize(
    ("sequences", "rows"),
    [
        (("abc", "abc"), ["aa", "bb", "cc"]),
        (("abc", "ac"), ["aa", "b-", "cc"]),
        (("ac", "abc"), ["aa", "-b", "cc"]),
        (("abc", "axc"), ["aa", "bx", "cc"]),
        (("aa", "aaa"), ["aa", "aa", "-a"]),
        (("", "ab"), ["-a", "-b"]),
        (("", ""), []),
        (("abc", "abc", "ac"), ["aaa", "bb-", "ccc"]),
        (("ac", "abc", "abc"), ["aaa", "-bb", "ccc"]),
        (("abc", "ac", "abc"), ["aaa", "b-b", "ccc"]),
    ],
)
def test_rows(sequences: Sequence[str], rows: list[str]) -> None:
    assert table(*sequences) == rows


@given(st.lists(st.text("abc", max_size=8), min_size=1, max_size=3))
def test_every_item_stands_in_one_row_in_its_order(sequences: list[str]) -> None:
    rows = align(sequences)
    for column, sequence in enumerate(sequences):
        assert [row[column] for row in rows if row[column] is not None] == list(range(len(sequence)))
    assert all(any(index is not None for index in row) for row in rows)


def test_very_many_items_are_put_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_TOO_MANY", 3)
    assert table("abcz", "bcdz") == ["ab", "bc", "cd", "zz"]

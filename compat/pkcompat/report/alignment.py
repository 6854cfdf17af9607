"""Aligning several sequences, so that equal items are in the same row.

`difflib.SequenceMatcher` takes quadratic time, so equal ends are split off before it is used, and what is
still too long is aligned by position.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

_TOO_MANY = 250_000  # pairs of items; more are aligned by position

Row = tuple[int | None, ...]
"""For each sequence the index of its item in this row, or None."""


def align(sequences: Sequence[Sequence[Hashable]]) -> list[Row]:
    """The rows of a table with one column per sequence; the items of each sequence stay in their order."""
    rows: list[Row] = [(index,) for index in range(len(sequences[0]))]
    for column in range(1, len(sequences)):
        keys = [_key(row, sequences) for row in rows]
        merged: list[Row] = []
        for left, right in _pairs(keys, sequences[column]):
            merged.append(((None,) * column if left is None else rows[left]) + (right,))
        rows = merged
    return rows


def _key(row: Row, sequences: Sequence[Sequence[Hashable]]) -> Hashable:
    return next(sequences[column][index] for column, index in enumerate(row) if index is not None)


def _pairs(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int | None, int | None]]:
    head = alike_at_start(first, second)
    shorter = min(len(first), len(second)) - head
    tail = alike_at_start(first[::-1][:shorter], second[::-1][:shorter])
    ends = len(first) - tail, len(second) - tail
    pairs: list[tuple[int | None, int | None]] = [(index, index) for index in range(head)]
    pairs += _middle(first, second, head, ends)
    pairs += [(ends[0] + index, ends[1] + index) for index in range(tail)]
    return pairs


def _middle(
    first: Sequence[Hashable], second: Sequence[Hashable], start: int, ends: tuple[int, int]
) -> list[tuple[int | None, int | None]]:
    middle = first[start : ends[0]], second[start : ends[1]]
    if len(middle[0]) * len(middle[1]) > _TOO_MANY:
        return _side_by_side((start, ends[0]), (start, ends[1]))
    pairs: list[tuple[int | None, int | None]] = []
    for _, *spans in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        left, left_end, right, right_end = (start + bound for bound in spans)
        pairs += _side_by_side((left, left_end), (right, right_end))
    return pairs


def _side_by_side(left: tuple[int, int], right: tuple[int, int]) -> list[tuple[int | None, int | None]]:
    length = max(left[1] - left[0], right[1] - right[0])
    return [(_at(left, index), _at(right, index)) for index in range(length)]


def _at(span: tuple[int, int], index: int) -> int | None:
    return span[0] + index if span[0] + index < span[1] else None


def alike_at_start(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """How many items two sequences have in common at their start."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length

"""Undoing a mask, with and without websockets' extension in C."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from partyserver.wire.masking import apply_mask, apply_mask_in_python

MASKS = st.binary(min_size=4, max_size=4)


@given(st.binary(max_size=40), MASKS)
def test_masking_twice_gives_the_data_again(data: bytes, mask: bytes) -> None:
    assert apply_mask_in_python(apply_mask_in_python(data, mask), mask) == data


@given(st.binary(max_size=40), MASKS)
def test_both_ways_give_the_same(data: bytes, mask: bytes) -> None:
    assert apply_mask_in_python(data, mask) == apply_mask(data, mask)

"""Batches of any length as pieces of at most 512 KiB."""

from __future__ import annotations

import pytest

from partyserver.cluster.passing.pieces import PIECE, Joiner, cut


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
def test_pieces_give_the_batch_again(size: int) -> None:
    joiner = Joiner()
    for data in (bytes(index % 251 for index in range(size)), b"after"):
        pieces = list(cut(data))
        assert all(len(piece) <= PIECE + 1 for piece in pieces)
        *others, last = [joiner.add(piece) for piece in pieces]
        assert last == data
        assert others == [None] * len(others)


@pytest.mark.parametrize("piece", [b"", b"\2rest", b"text"])
def test_what_is_no_piece(piece: bytes) -> None:
    with pytest.raises(ValueError, match="a piece begins with"):
        Joiner().add(piece)

"""Batches of messages as WebSocket messages that no server finds too long."""

from __future__ import annotations

from collections.abc import Iterator

PIECE = 512 * 1_024
"""Bytes of a piece at most; hosts refuse WebSocket messages of more than 1 MiB."""

_LAST, _MORE = b"\0", b"\1"


def cut(data: bytes) -> Iterator[bytes]:
    """The pieces of a batch, in their order."""
    if len(data) <= PIECE:
        yield _LAST + data
        return
    view = memoryview(data)
    for start in range(0, len(data), PIECE):
        yield b"".join((_LAST if start + PIECE >= len(data) else _MORE, view[start : start + PIECE]))


class Joiner:
    """Puts pieces together again."""

    def __init__(self) -> None:
        self._pieces: list[memoryview] = []

    def add(self, piece: bytes) -> bytes | None:
        """The batch that ends with this piece; None where more belongs to it.

        Raises:
            ValueError: it is no piece.
        """
        kind = piece[:1]
        if kind not in (_LAST, _MORE):
            raise ValueError(f"a piece begins with 0 or 1, not with {kind!r}")
        if kind == _LAST and not self._pieces:
            return piece[1:]
        self._pieces.append(memoryview(piece)[1:])
        if kind == _MORE:
            return None
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

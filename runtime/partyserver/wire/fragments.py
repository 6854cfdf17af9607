"""A message that comes in several frames (RFC 6455, section 5.4)."""

from __future__ import annotations

from partyserver.wire.frames import Data

MOST_EMPTY = 1_024
"""So many fragments of a message may be empty: they cost time, and say nothing."""

TOO_MANY_EMPTY = (1008, "Too many empty fragments")
"""Code and reason of the close."""


class TooManyEmptyFragmentsError(Exception):
    """More than `MOST_EMPTY` of a message's fragments are empty."""


class Fragments:
    """What has come of a message. How long it may be is the parser's business."""

    __slots__ = ("_data", "_empty", "_is_text")

    def __init__(self, *, is_text: bool) -> None:
        self._data = bytearray()
        self._empty = 0
        self._is_text = is_text

    def __len__(self) -> int:
        return len(self._data)

    def add(self, data: bytes | bytearray | memoryview) -> None:
        """Add the next fragment.

        Raises:
            TooManyEmptyFragmentsError: it is one too many.
        """
        if data:
            self._data += data
            return
        self._empty += 1
        if self._empty > MOST_EMPTY:
            raise TooManyEmptyFragmentsError

    def message(self) -> Data:
        """The whole message.

        Raises:
            UnicodeDecodeError: it is text, and not in UTF-8.
        """
        return self._data.decode() if self._is_text else bytes(self._data)

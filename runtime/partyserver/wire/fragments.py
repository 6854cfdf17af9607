"""A message that comes in several frames (RFC 6455, section 5.4)."""

from __future__ import annotations

from websockets.frames import Frame

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
        self._data: bytes | bytearray = b""
        self._empty = 0
        self._is_text = is_text

    def __len__(self) -> int:
        return len(self._data)

    def take(self, frame: Frame) -> None:
        """Take the next fragment out of its frame: the parser keeps the last frame until the next has come.

        Raises:
            TooManyEmptyFragmentsError: it is one too many.
        """
        data, frame.data = frame.data, b""
        if not data:
            self._empty += 1
            if self._empty > MOST_EMPTY:
                raise TooManyEmptyFragmentsError
        elif self._data:
            if isinstance(self._data, bytes):
                self._data = bytearray(self._data)
            self._data += data
        else:
            self._data = bytes(data)  # most messages have one

    def message(self) -> Data:
        """The whole message.

        Raises:
            UnicodeDecodeError: it is text, and not in UTF-8.
        """
        return self._data.decode() if self._is_text else bytes(self._data)

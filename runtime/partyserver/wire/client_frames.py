"""Reads what clients nearly always send: messages of one whole, masked frame (RFC 6455, section 5.2).

websockets' parser takes any frame, and decides what is wrong with one, but takes several times as long for a
message.
"""

from __future__ import annotations

import sys

from partyserver.wire.frames import BINARY, TEXT, Data
from partyserver.wire.masking import apply_mask

_SHORT_HEAD = 6  # bytes of a frame before its data: two of head, four of mask
_MASKED = 0x80
_EXTENDED = {126: 2, 127: 8}  # bytes in which a length of that number follows


def read_messages(data: bytes, start: int, limit: int, most: int = sys.maxsize) -> tuple[list[Data], int]:
    """The messages that begin at a place, up to the first frame that is of another kind, incomplete, or
    whose text is not UTF-8.

    Args:
        data: what was received.
        start: where a frame begins.
        limit: how many bytes a message may have.
        most: how many messages are read.

    Returns:
        The messages, and where the rest begins.
    """
    messages: list[Data] = []
    size = len(data)
    while size - start >= _SHORT_HEAD and len(messages) < most:
        kind, length, mask = data[start], data[start + 1] - _MASKED, start + 2
        if (kind != TEXT and kind != BINARY) or length < 0:
            break
        if length > 125:
            mask += _EXTENDED[length]
            length = int.from_bytes(data[start + 2 : mask], "big")
        end = mask + 4 + length
        if length > limit or end > size:
            break
        payload = apply_mask(data[mask + 4 : end], data[mask : mask + 4])
        if kind == BINARY:
            messages.append(payload)
        else:
            try:
                messages.append(payload.decode())
            except UnicodeDecodeError:
                break
        start = end
    return messages, start


def frame_length(data: bytes, start: int) -> int | None:
    """The length of the frame that begins at a place; None if the bytes that hold it are not there yet.

    A frame without a mask is an error that its first two bytes show, so its length is two.
    """
    if len(data) - start < 2:
        return None
    second = data[start + 1]
    if not second & _MASKED:
        return 2
    length, head = second & 0x7F, _SHORT_HEAD
    if extended := _EXTENDED.get(length):
        if len(data) - start < 2 + extended:
            return None
        length = int.from_bytes(data[start + 2 : start + 2 + extended], "big")
        head += extended
    return head + length

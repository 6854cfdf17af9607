"""Data frames of a server: a whole message each, not masked (RFC 6455, section 5.2)."""

from __future__ import annotations

Data = str | bytes
"""A whole message: `str` travels as text, `bytes` as binary."""

TEXT = 0x81  # the first byte of a frame that is a whole text message
BINARY = 0x82


def encode_frame(message: Data) -> bytes:
    """The frame of a message, the same for every peer that has no extension."""
    if isinstance(message, str):
        kind, payload = TEXT, message.encode()
    else:
        kind, payload = BINARY, message
    length = len(payload)
    if length < 126:
        return bytes((kind, length)) + payload
    if length < 1 << 16:
        return bytes((kind, 126)) + length.to_bytes(2, "big") + payload
    return bytes((kind, 127)) + length.to_bytes(8, "big") + payload

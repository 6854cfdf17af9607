"""Frames as a client sends them, right and wrong ones (RFC 6455, section 5.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_MASK = bytes.fromhex("37fa213d")


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    """A masked frame."""
    size = len(payload)
    head = bytes([fin << 7 | rsv << 4 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += struct.pack("!BH", 0x80 | 126, size)
    else:
        head += struct.pack("!BQ", 0x80 | 127, size)
    mask = int.from_bytes((_MASK * (size // 4 + 1))[:size], "big")
    return head + _MASK + (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big")


def close(code: int | None = 1000, reason: bytes = b"") -> bytes:
    """A close frame; without a code an empty one."""
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


def fragments(opcode: int, *payloads: bytes) -> list[bytes]:
    """The frames of a message in fragments."""
    last = len(payloads) - 1
    return [
        frame(CONT if number else opcode, payload, fin=number == last)
        for number, payload in enumerate(payloads)
    ]


def pieces(data: bytes, size: int) -> list[bytes]:
    """Data in pieces of a size; the last may be shorter."""
    return [data[start : start + size] for start in range(0, len(data), size)] or [b""]


def read_frames(data: bytearray) -> Iterator[tuple[int, bool, bytes]]:
    """Take the whole frames of a server from the front of what was received: opcode, fin, payload."""
    while len(data) >= 2:
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < max(start, start + size):
            return
        opcode, fin = data[0] & 0x0F, bool(data[0] & 0x80)
        payload = bytes(data[start : start + size])
        del data[: start + size]
        yield opcode, fin, payload

"""Undoes the mask of a client's frame (RFC 6455, section 5.3), by websockets' C extension if it is there.

Where websockets has `apply_mask` is not documented; without it a message takes some microseconds more.
"""

from __future__ import annotations

from collections.abc import Callable


def apply_mask_in_python(data: bytes, mask: bytes) -> bytes:
    """`data` with each byte XORed with that of the mask, whose four bytes repeat."""
    key = mask * (len(data) // 4 + 1)
    masked = int.from_bytes(data) ^ int.from_bytes(key[: len(data)])
    return masked.to_bytes(len(data))


apply_mask: Callable[[bytes, bytes], bytes]
try:
    from websockets.speedups import apply_mask
except ImportError:
    apply_mask = apply_mask_in_python

"""Compressed messages that unfold a thousandfold (RFC 7692)."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from tests.autobahn.cases import Case
from tests.autobahn.frames import BINARY, TEXT, fragments, frame, pieces
from tests.autobahn.playing import play
from tests.autobahn.servers import WAYS, Way, echoing

KIB, MIB = 1_024, 1_024 * 1_024
OFFER = "permessage-deflate"


@cache
def unfolding(size: int) -> bytes:
    """A text of a size, compressed as in a frame."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts = [packed.compress(b"*" * min(MIB, size - at)) for at in range(0, size, MIB)]
    return (b"".join(parts) + packed.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


def in_one_frame(bomb: bytes) -> tuple[bytes, ...]:
    return (frame(BINARY, bomb, rsv=4),)


def in_fragments(bomb: bytes) -> tuple[bytes, ...]:
    first = frame(TEXT, bomb[: len(bomb) // 10], fin=False, rsv=4)
    return first, *fragments(TEXT, *pieces(bomb, len(bomb) // 10))[1:]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("packets", [in_one_frame, in_fragments])
async def test_a_message_that_unfolds_a_thousandfold_closes_with_1009(
    way: Way, packets: Callable[[bytes], tuple[bytes, ...]]
) -> None:
    bomb = unfolding(100 * MIB)
    assert len(bomb) < 110 * KIB
    case = Case("bomb", packets(bomb), codes=frozenset({1009}))
    async with echoing(way, deflate=True, max_size=MIB) as port:
        await play(Case("first", (frame(TEXT, b"hi"),), ((TEXT, b"hi"),)), port, strict=True)
        tracemalloc.start()
        try:
            result = await play(case, port, strict=True, extensions=OFFER)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert result.passed, result
    assert peak < 8 * MIB

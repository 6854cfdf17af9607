"""WebSocket frames: the same as those of `websockets`."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from partyserver.wire.frames import encode_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 1_048_576])
def test_frames_are_those_of_websockets(length: int) -> None:
    assert encode_frame("x" * length) == Frame(Opcode.TEXT, b"x" * length).serialize(mask=False)
    assert encode_frame(b"x" * length) == Frame(Opcode.BINARY, b"x" * length).serialize(mask=False)


def test_the_length_is_that_of_the_bytes() -> None:
    assert encode_frame("é" * 63) == Frame(Opcode.TEXT, "é".encode() * 63).serialize(mask=False)

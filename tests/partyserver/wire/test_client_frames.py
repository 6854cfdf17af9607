"""Frames of clients: which are read without websockets' parser, and how long one is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.partyserver.wires import client_frame
from websockets.frames import Frame, Opcode

from partyserver.wire.client_frames import frame_length, read_messages

LIMIT = 70_000
LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, LIMIT]


@pytest.mark.parametrize("length", LENGTHS)
def test_messages_of_every_length(length: int) -> None:
    text, binary = client_frame(Opcode.TEXT, b"t" * length), client_frame(Opcode.BINARY, b"b" * length)
    assert read_messages(text + binary, 0, LIMIT) == (
        ["t" * length, b"b" * length],
        len(text + binary),
    )


@pytest.mark.parametrize("length", LENGTHS)
def test_a_frame_that_is_not_all_there_is_left(length: int) -> None:
    first, second = client_frame(Opcode.TEXT, b"1"), client_frame(Opcode.TEXT, b"2" * length)
    for end in {*range(min(len(second), 20)), len(second) - 1}:
        assert read_messages(first + second[:end], 0, LIMIT) == (["1"], len(first))


OTHERS = {
    "ping": client_frame(Opcode.PING, b"?"),
    "pong": client_frame(Opcode.PONG, b"!"),
    "close": client_frame(Opcode.CLOSE, b"\x03\xe8"),
    "first fragment": client_frame(Opcode.TEXT, b"a", fin=False),
    "last fragment": client_frame(Opcode.CONT, b"b"),
    "not masked": Frame(Opcode.TEXT, b"not masked").serialize(mask=False),
    "reserved bit": b"\xc1" + client_frame(Opcode.TEXT, b"x")[1:],
    "reserved opcode": b"\x83" + client_frame(Opcode.TEXT, b"x")[1:],
    "text that is not UTF-8": client_frame(Opcode.TEXT, b"\xff"),
    "too long": client_frame(Opcode.BINARY, bytes(LIMIT + 1)),
}


@pytest.mark.parametrize("other", OTHERS)
def test_other_frames_are_left(other: str) -> None:
    message = client_frame(Opcode.BINARY, b"x")
    found = read_messages(message + OTHERS[other] + message, 0, LIMIT)
    assert found == ([b"x"], len(message))


@given(
    st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING]),
    st.sampled_from([0, 125, 126, 65_536]),
    st.booleans(),
)
def test_how_long_a_frame_is_can_be_told_once_its_length_is_there(
    opcode: Opcode, length: int, mask: bool
) -> None:
    if opcode is Opcode.PING:
        length = min(length, 125)
    frame = Frame(opcode, bytes(length)).serialize(mask=mask)
    told = 2 + (0 if length < 126 or not mask else 2 if length < 65_536 else 8)
    whole = len(frame) if mask else 2  # a frame without a mask is wrong, whatever follows
    for end in range(12):
        assert frame_length(b"before" + frame[:end], 6) == (whole if end >= told else None)

"""Where frames end in what clients send, packet by packet, without a socket."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.partyserver.wires import client_frame
from websockets.frames import Opcode

from partyserver.wire.frame_progress import FrameProgress

PING, LONG = client_frame(Opcode.PING, b"?"), client_frame(Opcode.BINARY, b"x" * 300)


def pieces(progress: FrameProgress, *packets: bytes) -> list[bytes]:
    """What the parser is given, piece by piece."""
    found = []
    for packet in packets:
        data, start = progress.resume(packet), 0
        while start < len(data) and (end := progress.take(data, start)) != start:
            found.append(data[start:end])
            start = end
    return found


def test_a_packet_of_several_frames_is_taken_frame_by_frame() -> None:
    progress = FrameProgress()
    assert pieces(progress, PING + LONG + PING) == [PING, LONG, PING]
    assert not progress.is_inside_frame


def test_a_frame_of_several_packets_is_taken_as_it_comes() -> None:
    progress = FrameProgress()
    assert pieces(progress, LONG[:50]) == [LONG[:50]]
    assert progress.is_inside_frame
    assert pieces(progress, LONG[50:200], LONG[200:] + PING) == [LONG[50:200], LONG[200:], PING]
    assert not progress.is_inside_frame


@pytest.mark.parametrize("end", [1, 2, 3])
def test_a_head_too_short_to_tell_a_length_is_kept(end: int) -> None:
    progress = FrameProgress()
    assert pieces(progress, PING + LONG[:end]) == [PING]
    assert not progress.is_inside_frame
    assert pieces(progress, LONG[end:]) == [LONG]


def test_a_parser_that_may_be_inside_a_frame_reads_everything() -> None:
    progress = FrameProgress(parser_reads_all=True)
    assert pieces(progress, PING[:1], PING[1:] + LONG) == [PING[:1], PING[1:] + LONG]
    assert progress.is_inside_frame


@given(st.lists(st.sampled_from([PING, LONG]), max_size=5), st.lists(st.integers(1, 400), max_size=6))
def test_nothing_is_lost_and_every_frame_ends_a_piece(frames: list[bytes], lengths: list[int]) -> None:
    data = b"".join(frames)
    ends = [0, *(end for end in itertools.accumulate(lengths) if end < len(data)), len(data)]
    found = pieces(FrameProgress(), *(data[start:end] for start, end in itertools.pairwise(ends)))
    assert b"".join(found) == data
    assert {*itertools.accumulate(map(len, frames))} <= {*itertools.accumulate(map(len, found))}

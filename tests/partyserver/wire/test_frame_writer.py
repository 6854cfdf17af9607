"""Writing frames: joined once a turn, shared by sockets, held back by slow peers."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.partyserver.wires import FakeTransport

from partyserver.wire.frame_writer import MOST_JOINED, FrameWriter, SharedFrames, joined


class Pausing:
    """A protocol that tells its writer of what the transport says."""

    def __init__(self, writer: FrameWriter) -> None:
        self.pause_writing = writer.pause
        self.resume_writing = writer.resume


def make(full: float = float("inf")) -> tuple[FakeTransport, FrameWriter]:
    transport = FakeTransport(full)
    writer = FrameWriter(transport, asyncio.get_running_loop(), paused=False)
    transport.set_protocol(Pausing(writer))
    return transport, writer


def share(*writers: FrameWriter, closed: Any = lambda frames: None) -> SharedFrames:
    return SharedFrames(writers, asyncio.get_running_loop(), closed)


async def turn() -> None:
    await asyncio.sleep(0)


async def test_what_is_put_in_a_turn_is_one_write_at_its_end() -> None:
    transport, writer = make()
    for frame in (b"1", b"2", b"3"):
        writer.put(frame)
    assert transport.writes == []
    assert writer.waits
    await turn()
    assert transport.writes == [b"123"]
    assert not writer.waits
    writer.put(b"4")
    await turn()
    assert transport.writes == [b"123", b"4"]


async def test_what_is_shared_is_joined_once_and_written_once_a_socket() -> None:
    ends = [make() for _ in range(3)]
    frames = share(*(writer for _, writer in ends))
    frames.add(b"1")
    frames.add(b"2")
    await turn()
    assert [transport.writes for transport, _ in ends] == [[b"12"]] * 3
    assert ends[0][0].writes[0] is ends[1][0].writes[0] is ends[2][0].writes[0]


async def test_a_single_frame_is_not_copied() -> None:
    transport, writer = make()
    frame = b"x" * 1_000
    share(writer).add(frame)
    await turn()
    assert transport.writes[0] is frame


async def test_frames_of_its_own_keep_their_place_among_those_that_are_shared() -> None:
    (near, a), (far, b) = make(), make()
    closed: list[SharedFrames] = []
    a.put(b"1")
    first = share(a, b, closed=closed.append)
    first.add(b"2")
    first.add(b"3")
    assert closed == []
    a.put(b"4")
    assert closed == [first]
    second = share(a, b)
    second.add(b"5")
    b.put(b"6")
    await turn()
    assert (near.writes, far.writes) == ([b"12345"], [b"2356"])


async def test_a_peer_that_does_not_read_gets_the_rest_when_it_does() -> None:
    (slow, a), (fast, b) = make(full=0), make()
    a.put(b"1")
    await turn()
    assert a.is_paused
    frames = share(a, b)
    frames.add(b"2")
    a.put(b"3")
    await turn()
    again = share(a, b)
    again.add(b"4")
    await turn()
    assert (slow.writes, fast.writes) == ([b"1"], [b"2", b"4"])
    assert a.waits
    slow.drain()
    assert slow.writes == [b"1", b"234"]


async def test_no_more_is_written_than_the_peer_takes() -> None:
    transport, writer = make(full=2 * MOST_JOINED)
    big = bytes(MOST_JOINED // 2)
    for _ in range(10):
        writer.put(big)
    await turn()
    assert transport.written == 2 * MOST_JOINED
    transport.drain(full=MOST_JOINED)
    assert transport.written == 3 * MOST_JOINED
    transport.drain()
    assert transport.written == 5 * MOST_JOINED


async def is_done(waiting: asyncio.Future[None]) -> bool:
    for _ in range(5):
        await turn()
    return waiting.done()


async def test_waiting_until_a_peer_that_does_not_read_takes_more() -> None:
    transport, writer = make(full=1)
    writer.put(b"1")
    await turn()
    assert writer.is_paused
    assert await is_done(asyncio.ensure_future(writer.drained()))  # nothing waits for the peer
    ready = asyncio.ensure_future(writer.ready())
    assert not await is_done(ready)
    writer.put(b"2")
    drained = asyncio.ensure_future(writer.drained())
    assert not await is_done(drained)
    transport.drain()
    await asyncio.wait_for(asyncio.gather(drained, ready), 5)
    assert transport.writes == [b"1", b"2"]


async def test_nobody_waits_while_little_is_put() -> None:
    (_, a), (_, b) = make(), make()
    a.put(b"1")
    frames = share(a, b)
    frames.add(b"2")
    for drained in (a.drained(), frames.drained()):
        with pytest.raises(StopIteration):
            drained.send(None)  # it does not suspend


async def test_who_puts_much_waits_for_the_turns_end() -> None:
    (near, a), (far, b) = make(), make()
    a.put(bytes(MOST_JOINED))
    waiting = asyncio.ensure_future(a.drained())
    await turn()
    assert near.written == MOST_JOINED
    await asyncio.wait_for(waiting, 5)
    frames = share(a, b)
    frames.add(bytes(MOST_JOINED))
    waiting = asyncio.ensure_future(frames.drained())
    await turn()
    assert far.written == MOST_JOINED
    await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("parted", [False, True])
async def test_waiting_for_the_slowest_of_several_peers(parted: bool) -> None:
    (_, a), (slow, b) = make(), make(full=1)
    b.put(b"1")
    await turn()
    frames = share(a, b)
    frames.add(b"2")
    if parted:
        a.put(b"3")
    waiting = asyncio.ensure_future(frames.drained())
    assert not await is_done(waiting)
    slow.drain()
    await asyncio.wait_for(waiting, 5)


async def test_after_the_end_nothing_is_written_and_nobody_waits() -> None:
    (transport, a), (other, b) = make(full=1), make()
    a.put(b"1")
    await turn()
    frames = share(a, b)
    frames.add(b"2")
    waiting = asyncio.ensure_future(a.ready())
    await asyncio.sleep(0)
    a.end()
    a.put(b"3")
    late = share(a, b)
    late.add(b"4")
    await asyncio.wait_for(waiting, 5)
    await turn()
    assert (transport.writes, other.writes) == ([b"1"], [b"2", b"4"])
    assert not a.waits


async def test_a_transport_that_fails_holds_up_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    (broken, a), (other, b) = make(), make()
    broken.write = None  # type: ignore[method-assign,assignment]
    share(a, b).add(b"1")
    with caplog.at_level(logging.ERROR):
        await turn()
    assert [record.message for record in caplog.records] == ["a frame could not be written"]
    share(a, b).add(b"2")
    await turn()
    assert other.writes == [b"1", b"2"]


async def test_dropping_what_waits() -> None:
    (transport, a), (other, b) = make(), make()
    a.put(b"1")
    share(a, b).add(b"2")
    a.drop()
    a.put(b"3")
    await turn()
    assert (transport.writes, other.writes) == ([b"3"], [b"2"])


async def test_writing_before_the_turn_ends() -> None:
    (transport, a), (other, b) = make(), make()
    a.put(b"1")
    share(a, b).add(b"2")
    a.write_now()
    assert (transport.writes, other.writes) == ([b"12"], [])
    await turn()
    assert (transport.writes, other.writes) == ([b"12"], [b"2"])


def test_joining_keeps_the_order_and_the_size() -> None:
    big, small = bytes(MOST_JOINED + 1), b"s"
    assert joined([]) == []
    assert joined([small, small, big, small]) == [b"ss", big, b"s"]
    assert [len(piece) for piece in joined([bytes(40_000)] * 3)] == [40_000] * 3

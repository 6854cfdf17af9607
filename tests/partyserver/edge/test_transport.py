"""The transport of a socket over ASGI: handshake, order, commits, slow and absent peers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.partyserver.in_process import settle
from tests.partyserver.wires import FakeTransport

from partyserver import MemoryStorage
from partyserver.edge.transport import AsgiTransport
from partyserver.storage.backend import Commit
from partyserver.wire.direct_events import TakenOver
from partyserver.wire.frame_writer import FrameWriter
from partyserver.wire.frames import encode_frame


class Storage(MemoryStorage):
    """Storage whose commit a test decides on."""

    commit: Commit | None = None

    @property
    def pending(self) -> Commit | None:
        return None if self.commit is None or self.commit.done() else self.commit


@pytest.fixture
def storage() -> Storage:
    return Storage()


class Told:
    """Notes how much waited for a peer that is too slow."""

    def __init__(self) -> None:
        self.queued: list[int] = []

    def is_too_slow(self, queued: int) -> None:
        self.queued.append(queued)


class AsgiServer:
    """Takes what an application sends; may block, or have lost its peer."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.error: Exception | None = None

    async def send(self, message: Any) -> None:
        await self.writable.wait()
        if self.error is not None:
            raise self.error
        kind = message["type"].removeprefix("websocket.")
        self.sent.append((kind, *(value for key, value in message.items() if key != "type")))


async def test_everything_waits_for_the_handshake_and_keeps_its_order(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    transport.send("a")
    transport.send(b"b")
    transport.close(4000, "bye")
    await settle()
    assert server.sent == []
    await transport.accept()
    await settle()
    assert server.sent == [("accept",), ("send", "a"), ("send", b"b"), ("close", 4000, "bye")]


async def test_reject_drops_what_waits(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    transport.send("a")
    await transport.reject(1011, "no")
    transport.send("late")
    await settle()
    assert server.sent == [("accept",), ("close", 1011, "no")]


async def test_drain_waits_until_the_peer_takes_more(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    await transport.accept()
    await transport.drain()
    server.writable.clear()
    transport.send("a")
    transport.send("b")
    draining = asyncio.ensure_future(transport.drain())
    await settle()
    assert not draining.done()
    server.writable.set()
    await asyncio.wait_for(draining, 5)
    assert server.sent[1:] == [("send", "a"), ("send", "b")]


async def test_cancelling_a_drain_does_not_stop_the_messages(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    await transport.accept()
    server.writable.clear()
    transport.send("a")
    draining = asyncio.ensure_future(transport.drain())
    await settle()
    draining.cancel()
    server.writable.set()
    await settle()
    assert server.sent == [("accept",), ("send", "a")]


async def test_once_the_peer_has_gone_messages_are_dropped(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    await transport.accept()
    server.error = OSError("gone")
    transport.send("a")
    transport.send("b")
    await settle()
    server.error = None
    transport.send("c")
    await settle()
    assert server.sent == [("accept",)]
    await transport.drain()


async def test_nothing_leaves_before_the_commit_of_what_was_written(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    await transport.accept()
    transport.send("before")
    await settle()
    storage.commit = asyncio.get_running_loop().create_future()
    transport.send("after")
    await settle()
    assert server.sent == [("accept",), ("send", "before")]
    storage.commit.set_result(None)
    await settle()
    assert server.sent[2:] == [("send", "after")]


async def test_a_failed_commit_drops_what_waits_and_closes(storage: Storage) -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    await transport.accept()
    storage.commit = asyncio.get_running_loop().create_future()
    transport.send("a lie")
    await settle()
    storage.commit.set_exception(OSError("disk full"))
    storage.commit.exception()
    transport.fail(1011, "Storage failed")
    await settle()
    assert server.sent == [("accept",), ("close", 1011, "Storage failed")]


async def with_frames(storage: Storage) -> tuple[AsgiTransport, FakeTransport]:
    """A transport whose ASGI server takes frames, and what these are written to."""
    wire = FakeTransport()
    frames = FrameWriter(wire, asyncio.get_running_loop(), paused=False)

    async def send(message: Any) -> None:
        await frames.ready()
        wire.write(message.get("text") or message["type"])

    transport = AsgiTransport(AsgiServer().send, storage)
    await transport.accept()
    transport.send_by(Told(), TakenOver(send, frames))
    return transport, wire


async def test_frames_need_no_task(storage: Storage) -> None:
    transport, wire = await with_frames(storage)
    transport.send("a")
    transport.send(b"b")
    assert transport._writer is None
    await settle()
    assert wire.writes == [encode_frame("a") + encode_frame(b"b")]


async def test_frames_wait_for_commits_and_keep_their_order(storage: Storage) -> None:
    transport, wire = await with_frames(storage)
    transport.send("before")
    assert transport.frames is not None
    commit = storage.commit = asyncio.get_running_loop().create_future()
    transport.send("after")
    assert transport.frames is None
    storage.commit = None
    transport.send("behind")
    await settle()
    assert wire.writes == [encode_frame("before")]
    commit.set_result(None)
    await settle()
    assert wire.writes[1:] == ["after", "behind"]
    transport.send("frames again")
    await settle()
    assert wire.writes[3:] == [encode_frame("frames again")]


async def test_a_close_comes_behind_the_frames(storage: Storage) -> None:
    transport, wire = await with_frames(storage)
    transport.send("a")
    transport.close(4000, "bye")
    await settle()
    assert wire.writes == [encode_frame("a"), "websocket.close"]


async def test_a_failure_drops_the_frames_that_wait(storage: Storage) -> None:
    transport, wire = await with_frames(storage)
    transport.send("a lie")
    transport.fail(1011, "Storage failed")
    await settle()
    assert wire.writes == ["websocket.close"]


async def test_draining_waits_for_frames_that_the_peer_does_not_take(storage: Storage) -> None:
    transport, wire = await with_frames(storage)
    frames = transport.frames
    assert frames is not None
    frames.pause()
    transport.send("a")
    draining = asyncio.ensure_future(transport.drain())
    await settle()
    assert not draining.done()
    frames.resume()
    await asyncio.wait_for(draining, 5)
    assert wire.writes == [encode_frame("a")]
    transport.peer_has_gone()
    transport.send("late")
    await asyncio.wait_for(transport.drain(), 5)
    assert len(wire.writes) == 1


async def test_half_of_a_surrogate_pair_is_refused_where_it_is_sent(storage: Storage) -> None:
    """In the queue it would end the connection's writer later, and nobody would know why."""
    server = AsgiServer()
    transport = AsgiTransport(server.send, storage)
    await transport.accept()
    with pytest.raises(UnicodeEncodeError):
        transport.send("\ud800")
    transport.send("é")
    await settle()
    assert server.sent[1:] == [("send", "é")]

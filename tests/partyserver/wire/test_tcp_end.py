"""How TCP connections of WebSockets end: with peers that do not read, do not answer, or go on sending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.partyserver.in_process import until
from tests.partyserver.wire_paths import DIRECT, OURS, PATHS, PLAIN, RawPeer, Server, raw_peer, serving
from tests.partyserver.wires import FakeTransport, client_frame, text_frame
from websockets.frames import Opcode

from partyserver import Connection, Host, Limits, PartyServer
from partyserver.wire import tcp_end
from partyserver.wire.frames import encode_frame
from partyserver.wire.tcp_end import EndingTransport, TcpEnd

TIMEOUT = 0.1
FLOOD = 12 * 1_048_576  # bytes: more than the kernel's buffers hold
UNLIMITED = Limits(max_queue=0)


class Room(PartyServer):
    """Floods its clients, closes them, and notes how they end."""

    def __init__(self, room: Any) -> None:
        super().__init__(room)
        self.ends: list[str] = []
        Room.latest = self

    latest: Room

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "flood":
            for _ in range(FLOOD // 65_536):
                sender.send(b"x" * 65_536)
        elif message == "close":
            sender.close(4001, "bye")
        else:
            sender.send(message)

    def on_close(self, connection: Connection) -> None:
        self.ends.append("close")

    def on_error(self, connection: Connection, error: Exception) -> None:
        self.ends.append("error")


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_end, "CLOSE_TIMEOUT", TIMEOUT)
    monkeypatch.setattr("partyserver.edge.transport.CLOSE_TIMEOUT", TIMEOUT)


async def server_closes(peer: RawPeer, server: Server) -> None:
    await peer.send(text_frame("close"))


async def protocol_error(peer: RawPeer, server: Server) -> None:
    await peer.send(b"\xff\x80\0\0\0\0")


async def client_closes(peer: RawPeer, server: Server) -> None:
    await peer.send(client_frame(Opcode.CLOSE, (1000).to_bytes(2)))


async def half_closes(peer: RawPeer, server: Server) -> None:
    peer.half_close()


async def falls_silent(peer: RawPeer, server: Server) -> None:
    """Nothing: the ping is not answered."""


async def server_stops(peer: RawPeer, server: Server) -> None:
    server.should_exit = True


CAUSES = {
    server_closes: "close",
    protocol_error: "error",
    client_closes: "close",
    half_closes: "close",
    falls_silent: "close",
    server_stops: "close",
}


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
async def test_a_peer_that_does_not_read_leaves_whatever_ends_it(
    cause: Callable[[RawPeer, Server], Awaitable[None]], path: str
) -> None:
    pings = {"ws_ping_interval": 0.15, "ws_ping_timeout": 0.15} if cause is falls_silent else {}
    async with serving(Host({"main": Room}, limits=UNLIMITED), path, **pings) as server:
        async with raw_peer(server, buffer=4_096) as peer:
            await peer.send(text_frame("flood"))
            await until(lambda: unsent(server), 10)
            await cause(peer, server)
            await until(lambda: Room.latest.ends, 10)
            await until(lambda: not server.server_state.connections, 10)
        assert Room.latest.ends == [CAUSES[cause]]
        assert list(Room.latest.room.get_connections()) == []


def unsent(server: Server) -> int:
    """What waits in the transport of the one connection."""
    for protocol in server.server_state.connections:
        transport = getattr(protocol, "_transport", None) or getattr(protocol, "transport", None)
        return transport.get_write_buffer_size()  # type: ignore[union-attr, no-any-return]
    return 0


async def test_a_peer_that_does_not_read_leaves_a_room_that_closes_it_under_any_server() -> None:
    async with serving(Host({"main": Room}, limits=UNLIMITED), PLAIN) as server:
        async with raw_peer(server, buffer=4_096) as peer:
            await peer.send(text_frame("flood"))
            await until(lambda: unsent(server), 10)
            await peer.send(text_frame("close"))
            await until(lambda: Room.latest.ends, 10)
        assert Room.latest.ends == ["close"]
        assert list(Room.latest.room.get_connections()) == []
        await until(lambda: not server.server_state.tasks, 10)


@pytest.mark.parametrize("path", PATHS)
async def test_what_was_sent_before_a_close_arrives_if_it_is_read(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_end, "CLOSE_TIMEOUT", 10.0)
    async with serving(Host({"main": Room}, limits=UNLIMITED), path) as server:
        async with raw_peer(server) as peer:
            monkeypatch.setattr("partyserver.edge.transport.CLOSE_TIMEOUT", 10.0)
            await peer.send(text_frame("flood") + text_frame("close"))
            read = await peer.read(FLOOD // 65_536 * len(encode_frame(b"x" * 65_536)) + 7)
            assert read[-7:] == b"\x88\x05\x0f\xa1bye"
            peer.half_close()


@pytest.mark.parametrize("path", OURS)
async def test_a_client_that_is_still_sending_reads_why_it_is_closed(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_end, "CLOSE_TIMEOUT", 10.0)
    async with serving(Host({"main": Room}), path) as server, raw_peer(server) as peer:
        too_long = b"\x82\xff" + (20_000_000).to_bytes(8) + bytes(4)
        await peer.send(text_frame("first"))
        assert await peer.read(7) == encode_frame("first")
        await peer.send(too_long + bytes(20_000_000))  # it reads only now
        peer.half_close()
        read, reset = await peer.read_all()
        assert (read[2:4], reset) == ((1009).to_bytes(2), False)
        await until(lambda: not server.server_state.connections)


@pytest.mark.parametrize("path", OURS)
async def test_a_client_that_never_closes_is_closed(path: str) -> None:
    async with serving(Host({"main": Room}), path) as server, raw_peer(server) as peer:
        await peer.send(b"\xff\x80\0\0\0\0")
        read, _ = await peer.read_all()
        assert read[2:4] == (1002).to_bytes(2)
        await until(lambda: not server.server_state.connections)


async def test_what_is_discarded_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_end, "MOST_DISCARDED", 100)
    transport = FakeTransport()
    end = TcpEnd(transport, asyncio.get_running_loop(), 60)
    end.discard(100)
    assert not transport.is_closing()
    end.discard(1)
    assert transport.is_closing()
    end.stop()


class Slow(FakeTransport):
    """Its peer takes a byte whenever it is asked."""

    unsent = 3

    def get_write_buffer_size(self) -> int:
        self.unsent -= 1
        return self.unsent


async def test_a_peer_that_reads_some_of_it_each_time_may_go_on() -> None:
    transport = Slow()
    started = asyncio.get_running_loop().time()
    TcpEnd(transport, asyncio.get_running_loop(), 0.05)
    await until(transport.is_closing)
    assert asyncio.get_running_loop().time() - started >= 0.1


@pytest.mark.parametrize("error", [OSError, RuntimeError])
async def test_a_peer_that_is_gone_already_is_aborted(error: type[Exception]) -> None:
    class Gone(FakeTransport):
        def can_write_eof(self) -> bool:
            return True

        def write_eof(self) -> None:
            raise error

    transport = Gone()
    end = TcpEnd(transport, asyncio.get_running_loop(), 60)
    end.half_close()
    assert transport.is_closing()
    end.stop()


async def test_a_transport_that_ends_writes_nothing_more() -> None:
    inner = FakeTransport()
    transport = EndingTransport(inner, asyncio.get_running_loop())
    transport.write(b"a")
    transport.close()
    transport.write(b"b")
    transport.close()
    assert (inner.writes, transport.is_closing(), inner.is_closing()) == ([b"a"], True, True)
    transport.lost()


@pytest.mark.parametrize("path", [DIRECT])
async def test_a_socket_that_cannot_be_closed_at_shutdown_costs_itself_alone(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(Host({"main": Room}), path) as server:
        async with raw_peer(server) as one, raw_peer(server) as other:
            broken = next(iter(server.server_state.connections))
            monkeypatch.setattr(broken._conn, "send_close", None)  # type: ignore[union-attr]
            server.should_exit = True
            ends = sorted([await one.read_all(), await other.read_all()])
            assert ends[1] == (b"\x88\x02" + (1012).to_bytes(2), False)
    assert "could not be closed at shutdown" in caplog.text
    assert Room.latest.ends == ["close", "close"]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_it_is_the_same_on_uvloop(cause: Callable[[RawPeer, Server], Awaitable[None]]) -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_a_peer_that_does_not_read_leaves_whatever_ends_it(cause, DIRECT))


def test_it_lingers_on_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for path in OURS:
            runner.run(test_a_client_that_is_still_sending_reads_why_it_is_closed(path, monkeypatch))

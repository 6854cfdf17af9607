"""Peers that read too slowly are closed with 1013; those that read are not, however much is sent at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import pytest
from tests.partyserver.in_process import until
from tests.partyserver.wire_paths import OURS, PATHS, PLAIN, RawPeer, raw_peer, serving
from tests.partyserver.wires import client_frame, text_frame
from websockets.frames import Opcode

from partyserver import Connection, EdgeSocket, ExecutionContext, Host, Limits, Lobby, PartyServer
from partyserver.wire.backlog import LOOKS, Backlog, Verdict
from partyserver.wire.frames import encode_frame

MARK = 64 * 1_024
PIECE = b"x" * 16_384
FLOOD = 12 * 1_048_576  # bytes: more than the kernel's buffers hold
CLOSE_1013 = b"\x88\x1e" + (1013).to_bytes(2) + b"Messages are read too slowly"


def verdicts(first: int, *looks: int, mark: int = 1_600) -> list[Verdict]:
    backlog = Backlog(mark)
    assert backlog.look(first) is Verdict.UNDECIDED
    return [backlog.look(queued) for queued in looks]


def test_a_peer_that_reads_nothing_is_too_slow_after_some_looks() -> None:
    *before, last = verdicts(2_000, *[2_000] * LOOKS)
    assert (set(before), last) == ({Verdict.UNDECIDED}, Verdict.TOO_SLOW)


def test_a_peer_that_falls_behind_is_too_slow_even_though_it_reads() -> None:
    assert verdicts(2_000, 2_100, 2_050, 2_200, 2_100)[-1] is Verdict.TOO_SLOW


def test_a_peer_that_comes_nearer_to_the_mark_keeps_up() -> None:
    found = verdicts(9_000, *range(8_900, 1_600, -100), 1_600)
    assert (set(found[:-1]), found[-1]) == ({Verdict.UNDECIDED}, Verdict.KEEPS_UP)


def test_a_peer_that_reads_a_byte_now_and_then_does_not() -> None:
    assert verdicts(9_000, 8_999, 8_998, 8_997, 8_996)[-1] is Verdict.TOO_SLOW


def test_a_queue_has_a_bound_but_not_for_what_it_held_at_first() -> None:
    assert verdicts(2_000, 16 * 1_600) == [Verdict.UNDECIDED]
    assert verdicts(2_000, 16 * 1_600 + 1) == [Verdict.TOO_SLOW]
    assert verdicts(100_000, 99_000, 98_000) == [Verdict.UNDECIDED] * 2


class Room(PartyServer):
    """Sends what it is asked to, and notes how its connections end."""

    def __init__(self, room: Any) -> None:
        super().__init__(room)
        self.ends: list[Any] = []
        Room.latest = self

    latest: Room

    def on_connect(self, connection: Connection, ctx: Any) -> None:
        connection.add_event_listener("close", lambda event: self.ends.append((event.code, event.reason)))

    def on_message(self, message: str | bytes, sender: Connection) -> Any:
        count = FLOOD // len(PIECE)
        if message == "send":
            for _ in range(count):
                sender.send(PIECE)
        elif message == "broadcast":
            for _ in range(count):
                self.room.broadcast(PIECE)
        elif message == "one":
            sender.send(b"x" * FLOOD)
        elif message == "store":
            return self.store(sender)
        else:
            sender.send(message)
        return None

    async def store(self, sender: Connection) -> None:
        await self.room.storage.put("key", "value")
        for _ in range(FLOOD // len(PIECE)):  # it waits for the commit
            sender.send(PIECE)

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
        socket.add_event_listener("close", lambda event: Room.latest.ends.append((event.code, event.reason)))

        def flood(event: Any) -> None:
            for _ in range(FLOOD // len(PIECE)):
                socket.send(PIECE)

        socket.add_event_listener("message", flood)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partyserver.edge.transport.LOOK_EVERY", 0.05)
    monkeypatch.setattr("partyserver.edge.transport.CLOSED_WITHIN", 0.1)


def host(mark: int = MARK) -> Host:
    return Host({"main": Room}, limits=Limits(max_queue=mark))


def log_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record for record in caplog.records if "does not keep up" in record.getMessage()]
    assert all(record.levelno == logging.WARNING for record in found)
    return [record.getMessage() for record in found]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("how", ["send", "broadcast", "one", "store"])
async def test_a_peer_that_does_not_read_is_closed_with_1013_and_costs_nobody_else(
    how: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    if (how, path) == ("one", PLAIN):
        pytest.skip("uvicorn's own class does not tell what waits in its transport")
    async with serving(host(), path) as server, raw_peer(server, "/party/room?_pk=healthy") as healthy:
        async with raw_peer(server, "/party/room?_pk=stuck", buffer=4_096) as peer:
            reading = asyncio.create_task(healthy.read_all())
            await peer.send(text_frame(how))
            await until(lambda: Room.latest.ends, 10)
            assert Room.latest.ends == [(1013, "Messages are read too slowly")]
            assert [found.id for found in Room.latest.room.get_connections()] == ["healthy"]
            if path in OURS:
                await until(lambda: len(server.server_state.connections) == 1, 10)
        await healthy.send(text_frame("still here"))
        expected = encode_frame("still here")
        if how == "broadcast":
            expected = encode_frame(PIECE) * (FLOOD // len(PIECE)) + expected
        await until(lambda: len(healthy.received) >= len(expected), 10)
        healthy.half_close()
        assert (await reading) == (expected, False)
    [line] = log_lines(caplog)
    assert line.startswith("connection 'stuck' of main/room does not keep up: ")


@pytest.mark.parametrize("path", OURS)
async def test_a_peer_that_reads_again_in_time_reads_why(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partyserver.edge.transport.CLOSED_WITHIN", 10.0)
    async with serving(host(), path) as server, raw_peer(server, buffer=4_096) as peer:
        await peer.send(text_frame("send"))
        await until(lambda: Room.latest.ends, 10)
        read = asyncio.create_task(peer.read_all())
        await until(lambda: peer.received.endswith(CLOSE_1013), 10)
        peer.half_close()
        await read


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("how", ["send", "one", "store"])
async def test_a_peer_that_reads_gets_all_that_is_sent_at_once(
    how: str, path: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partyserver.edge.transport.LOOK_EVERY", 0.5)
    frames = encode_frame(b"x" * FLOOD) if how == "one" else encode_frame(PIECE) * (FLOOD // len(PIECE))
    async with serving(host(), path) as server, raw_peer(server) as peer:
        await peer.send(text_frame(how))
        assert await peer.read(len(frames)) == frames
        await peer.send(text_frame("and on"))
        assert await peer.read(8) == encode_frame("and on")
        peer.half_close()
    assert log_lines(caplog) == []


async def test_without_a_limit_everything_waits(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(host(0)) as server, raw_peer(server, buffer=4_096) as peer:
        await peer.send(text_frame("send"))
        await asyncio.sleep(0.4)
        frames = encode_frame(PIECE) * (FLOOD // len(PIECE))
        assert await peer.read(len(frames)) == frames
        peer.half_close()
    assert log_lines(caplog) == []


@pytest.mark.parametrize("path", PATHS)
async def test_sockets_at_the_edge_have_the_same_limit(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(host(), path) as server:
        async with raw_peer(server), raw_peer(server, "/some/socket", buffer=4_096) as peer:
            await peer.send(text_frame("flood"))
            await until(lambda: Room.latest.ends, 10)
            assert Room.latest.ends == [(1013, "Messages are read too slowly")]
    [line] = log_lines(caplog)
    assert line.startswith("the socket of '/some/socket' does not keep up: ")


async def test_pongs_count(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(host()) as server, raw_peer(server, buffer=4_096) as peer:
        ping = client_frame(Opcode.PING, b"x" * 125)
        flooding = asyncio.create_task(flood(peer, ping * 1_000))
        await until(lambda: Room.latest.ends, 15)
        flooding.cancel()
        await asyncio.wait([flooding])
    assert Room.latest.ends == [(1013, "Messages are read too slowly")]
    assert len(log_lines(caplog)) == 1


async def flood(peer: RawPeer, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            await peer.send(data)

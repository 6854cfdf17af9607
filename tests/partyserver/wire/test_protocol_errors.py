"""What a peer has sent before it breaks the protocol is received and answered, as `websockets` does it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.partyserver.in_process import until
from tests.partyserver.wire_paths import OURS, WATCHED, raw_peer, serving
from tests.partyserver.wires import client_frame, text_frame
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Opcode

from partyserver import Connection, Host, PartyServer
from partyserver.wire.fragments import MOST_EMPTY

LIMIT = 4_096

BEFORE = {
    "nothing": b"",
    "a message": text_frame("hi"),
    "two messages": text_frame("hi") + client_frame(Opcode.BINARY, b"ho"),
    "a fragment": client_frame(Opcode.TEXT, b"par", fin=False),
    "a ping": client_frame(Opcode.PING, b"?"),
    "a message and a ping": text_frame("hi") + client_frame(Opcode.PING, b"?"),
    "a close": client_frame(Opcode.CLOSE, (1000).to_bytes(2)),
}

ERRORS = {
    "an unknown opcode": b"\x83\x80\0\0\0\0",
    "a reserved bit": b"\xc1\x80\0\0\0\0",
    "no mask": b"\x81\x01x",
    "text that is not UTF-8": client_frame(Opcode.TEXT, b"\xff"),
    "such text, then an unknown opcode": client_frame(Opcode.TEXT, b"\xff") + b"\x83\x80\0\0\0\0",
    "such text in fragments": client_frame(Opcode.TEXT, b"\xc3", fin=False) + client_frame(Opcode.CONT, b"x"),
    "text and not continued": client_frame(Opcode.TEXT, b"a", fin=False) + text_frame("b"),
    "a long ping": b"\x89\xfe\0\x7e" + bytes(4 + 126),
    "a ping in fragments": client_frame(Opcode.PING, b"", fin=False),
    "nothing to continue": client_frame(Opcode.CONT, b"x", fin=False) + text_frame("b"),
    "half a close code": client_frame(Opcode.CLOSE, b"\x03"),
    "a reserved close code": client_frame(Opcode.CLOSE, (1005).to_bytes(2)),
    "a close reason that is not UTF-8": client_frame(Opcode.CLOSE, (1000).to_bytes(2) + b"\xff"),
    "too long a message": b"\x82\xfe" + (LIMIT + 1).to_bytes(2) + bytes(4),
}


SEVERAL_ERRORS = {"such text, then an unknown opcode"}  # the first one counts, or the one that the parser met


class Echo(PartyServer):
    def __init__(self, room: Any) -> None:
        super().__init__(room)
        self.ends: list[str] = []
        Echo.latest = self

    latest: Echo

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)

    def on_close(self, connection: Connection) -> None:
        self.ends.append("close")

    def on_error(self, connection: Connection, error: Exception) -> None:
        self.ends.append("error")


class AsyncEcho(Echo):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        sender.send(message)


class Oracle:
    """websockets' own server, as `raw_peer` needs it."""

    def __init__(self, port: int) -> None:
        self.port = port


@asynccontextmanager
async def oracle() -> AsyncIterator[Any]:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0, max_size=LIMIT, compression=None, ping_interval=None) as server:
        yield Oracle(server.sockets[0].getsockname()[1])  # type: ignore[index]


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Short frames of a server: their first bytes and payloads."""
    while data:
        length = data[1]
        yield data[0], data[2 : 2 + length]
        data = data[2 + length :]


async def answers(server: Any, *packets: bytes) -> list[tuple[int, bytes]]:
    """What comes back, and then the code of the close; a packet follows when the one before is answered."""
    async with raw_peer(server) as peer:
        early, sent = b"", b""
        for packet in packets:
            due = sum(2 + len(data) for _, data in answers_to(sent))
            early += await peer.read(due - len(early))
            sent += packet
            with contextlib.suppress(ConnectionError):  # the close that was sent has been answered
                await peer.send(packet)
        found = list(frames(early + (await peer.read_all())[0]))
    assert found[-1][0] == 0x88, found
    return [*found[:-1], (0x88, found[-1][1][:2])]


OF_WEBSOCKETS: dict[tuple[bytes, ...], list[tuple[int, bytes]]] = {}
"""The oracle's answers to packets."""

ANSWERED = {
    text_frame("hi")[:2]: (0x81, b"hi"),
    client_frame(Opcode.BINARY, b"ho")[:2]: (0x82, b"ho"),
    client_frame(Opcode.PING, b"?")[:2]: (0x8A, b"?"),
}


def answers_to(sent: bytes) -> list[tuple[int, bytes]]:
    """The answers to the frames that are whole, but for a close."""
    found = []
    while len(sent) >= 2 and len(sent) >= (size := 6 + (sent[1] & 0x7F)):
        if answer := ANSWERED.get(sent[:2]):
            found.append(answer)
        sent = sent[size:]
    return found


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("party", [Echo, AsyncEcho])
async def test_every_error_behind_everything_else(party: type[Echo], path: str) -> None:
    pieces = random.Random(13)
    turn = (path == WATCHED) + (party is AsyncEcho)
    async with oracle() as websockets, serving(Host({"main": party}), path, ws_max_size=LIMIT) as server:
        for (before_name, before), (error_name, error) in itertools.product(BEFORE.items(), ERRORS.items()):
            data, turn = before + error, turn + 1
            at = pieces.randrange(1, len(data))
            packets = (data[:at], data[at:]) if turn % 2 else (data,)
            if packets not in OF_WEBSOCKETS:
                OF_WEBSOCKETS[packets] = await answers(websockets, *packets)
            theirs = OF_WEBSOCKETS[packets]
            ours = await answers(server, *packets)
            where = f"{before_name}, then {error_name}, in {[len(packet) for packet in packets]}"
            if error_name not in SEVERAL_ERRORS:
                assert ours[-1] == theirs[-1], where
            # Both may lose answers that were not out when the parser met the error.
            assert set(theirs[:-1]) <= set(ours[:-1]) <= set(answers_to(before)), where
            assert len(set(ours)) == len(ours), where


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("party", [Echo, AsyncEcho])
async def test_a_message_before_invalid_text_is_answered(party: type[Echo], path: str) -> None:
    async with serving(Host({"main": party}), path) as server:
        for count in (1, 3):
            packet = text_frame("hi") * count + client_frame(Opcode.TEXT, b"\xff") + text_frame("late")
            assert await answers(server, packet) == [(0x81, b"hi")] * count + [(0x88, (1007).to_bytes(2))]
            await until(lambda: Echo.latest.ends)
            assert Echo.latest.ends == ["error"]
            Echo.latest.ends.clear()


@pytest.mark.parametrize("path", OURS)
async def test_a_handler_that_never_answers_holds_no_close_up(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Echo):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:  # type: ignore[override]
            await asyncio.Event().wait()

    for module in ("open_websocket", "handshake"):
        monkeypatch.setattr(f"partyserver.wire.{module}.MOST_SETTLING", 0.05)
    async with serving(Host({"main": Hanging}, shutdown_timeout=0), path) as server:
        packet = text_frame("hi") + client_frame(Opcode.TEXT, b"\xff")
        assert await answers(server, packet) == [(0x88, (1007).to_bytes(2))]


@pytest.mark.parametrize("path", OURS)
async def test_a_client_that_is_gone_before_its_error_is_told_made_one_all_the_same(path: str) -> None:
    class Slow(Echo):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:  # type: ignore[override]
            await asyncio.sleep(0.1)

    async with serving(Host({"main": Slow}), path) as server:
        async with raw_peer(server) as peer:
            await peer.send(text_frame("hi") + client_frame(Opcode.TEXT, b"\xff"))
        await until(lambda: Echo.latest.ends)
        assert Echo.latest.ends == ["error"]


@pytest.mark.parametrize("path", OURS)
async def test_a_message_may_have_some_empty_fragments_but_not_any_number(path: str) -> None:
    empty = client_frame(Opcode.CONT, b"", fin=False)
    first, last = client_frame(Opcode.TEXT, b"a", fin=False), client_frame(Opcode.CONT, b"z")
    async with serving(Host({"main": Echo}), path) as server:
        async with raw_peer(server) as peer:
            await peer.send(first + empty * MOST_EMPTY + last)
            assert await peer.read(4) == b"\x81\x02az"
        assert await answers(server, first + empty * (MOST_EMPTY + 1)) == [(0x88, (1008).to_bytes(2))]


FLOODS = {
    "empty messages": text_frame(""),
    "pings": client_frame(Opcode.PING, b""),
    "pongs": client_frame(Opcode.PONG, b""),
    "fragments": client_frame(Opcode.CONT, b"x", fin=False),
}


class Sink(PartyServer):
    """Answers what is not empty."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message:
            sender.send(message)


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("flood", FLOODS)
async def test_others_get_their_turn_while_one_sends_a_flood_of_frames(flood: str, path: str) -> None:
    frame = FLOODS[flood]
    first = client_frame(Opcode.BINARY, b"", fin=False) if flood == "fragments" else b""
    async with serving(Host({"main": Sink}), path) as server, raw_peer(server):
        [protocol] = server.server_state.connections
        async with raw_peer(server) as other:
            protocol.data_received(first + frame * 40_000)
            await other.send(text_frame("me too"))
            assert await other.read(8) == b"\x81\x06me too"
            assert protocol._unread  # type: ignore[union-attr]

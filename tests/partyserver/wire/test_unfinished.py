"""Messages that begin and do not end: they are kept up to a bound, over all WebSockets of a host."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from tests.partyserver.in_process import until
from tests.partyserver.wire_paths import DIRECT, OURS, raw_peer, serving
from tests.partyserver.wires import client_frame
from websockets.frames import Opcode

from partyserver import Connection, Host, Limits, PartyServer
from partyserver.wire.unfinished import Unfinished

SIZE = 10_000
PEERS = 8
KEPT = 5
CLOSE_1008 = b"\x88\x21" + (1008).to_bytes(2) + b"Message unfinished for too long"

FIRST = {
    "a fragment": client_frame(Opcode.BINARY, bytes(SIZE), fin=False),
    "half a frame": client_frame(Opcode.BINARY, bytes(2 * SIZE))[: SIZE + 8],
    "half a second fragment": client_frame(Opcode.BINARY, bytes(SIZE // 2), fin=False)
    + client_frame(Opcode.CONT, bytes(SIZE), fin=True)[: SIZE // 2 + 8],
}
REST = {
    "a fragment": client_frame(Opcode.CONT, bytes(SIZE)),
    "half a frame": bytes(SIZE),
    "half a second fragment": bytes(SIZE // 2),
}


class Lengths(PartyServer):
    """Answers how long a message is, and notes who has left."""

    def on_start(self) -> None:
        self.left: list[str] = []
        Lengths.latest = self

    latest: Lengths

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send("hello" if isinstance(message, str) else f"{len(message):05}")

    def on_close(self, connection: Connection) -> None:
        self.left.append(connection.id)


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("part", FIRST)
async def test_where_they_are_too_much_those_that_began_first_are_given_up(part: str, path: str) -> None:
    limits = Limits(max_unfinished=KEPT * (SIZE + 1_000))
    async with serving(Host({"main": Lengths}, limits=limits), path) as server, AsyncExitStack() as stack:
        peers = []
        for number in range(PEERS):
            peer = await stack.enter_async_context(raw_peer(server, f"/party/room?_pk={number}"))
            await peer.send(client_frame(Opcode.TEXT, b"hello") + FIRST[part])
            assert await peer.read(7) == b"\x81\x05hello"
            peers.append(peer)
        given_up = [str(number) for number in range(PEERS - KEPT)]
        await until(lambda: len(Lengths.latest.left) == len(given_up))
        assert Lengths.latest.left == given_up
        for peer in peers[-KEPT:]:
            await peer.send(REST[part])
            assert (await peer.read(7))[:2] == b"\x81\x05"
        for peer in peers[:-KEPT]:
            assert await peer.read(len(CLOSE_1008)) == CLOSE_1008


async def test_a_message_that_ends_and_a_peer_that_leaves_no_longer_count() -> None:
    host = Host({"main": Lengths})
    unfinished = host._endpoints["websocket"]._bounds.unfinished  # type: ignore[attr-defined]
    async with serving(host, DIRECT) as server:
        for _ in range(2):
            async with raw_peer(server) as peer:
                await peer.send(FIRST["half a frame"])
                await until(lambda: unfinished._total >= SIZE)
                await peer.send(REST["half a frame"])
                assert await peer.read(7) == b"\x81\x0520000"
                assert (unfinished._total, unfinished._sizes) == (0, {})
                await peer.send(FIRST["a fragment"])
                await until(lambda: unfinished._total == SIZE)
            await until(lambda: not unfinished._sizes)
            assert unfinished._total == 0


class Socket:
    """Notes that it was given up."""

    given_up = False

    def give_up(self) -> None:
        self.given_up = True


def test_who_goes_on_is_as_old_as_before() -> None:
    one, other, third = Socket(), Socket(), Socket()
    unfinished = Unfinished(100)
    unfinished.note(one, 10)
    unfinished.note(other, 50)
    unfinished.note(one, 40)
    unfinished.note(third, 30)
    assert [socket.given_up for socket in (one, other, third)] == [True, False, False]


def test_without_a_limit_all_are_kept() -> None:
    socket = Socket()
    Unfinished(0).note(socket, 10**9)
    assert not socket.given_up

"""The WebSocket load client: counting deliveries, and ending when one is wrong."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any

import pytest
from benchmarks.broadcast_parties import Relay
from benchmarks.load_client import LoadError, answer_pings, client_frame, measure, server_frame
from websockets.frames import Frame, Opcode

from partyserver import Host, PartyServer
from pkcompat.serving.server import serving

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it needs epoll")


@pytest.mark.parametrize("length", [0, 1, 64, 125, 126, 65_535])
def test_frames(length: int) -> None:
    text = b"x" * length
    assert server_frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)
    assert len(client_frame(text)) == len(server_frame(text)) + 4


async def load(party: type[PartyServer], **options: Any) -> Any:
    async with serving(Host({"main": party})) as address:
        return await asyncio.to_thread(measure, address.port, "/party/room", seconds=0.1, **options)


async def test_every_delivery_is_counted() -> None:
    found = await load(Relay, sockets=4, in_flight=5)
    assert found.deliveries > 0
    assert found.deliveries % (3 * 5) == 0
    assert found.per_second == pytest.approx(found.deliveries / found.seconds)


async def test_a_server_that_delivers_something_else_is_an_error() -> None:
    class Wrong(PartyServer):
        def on_message(self, message: str | bytes, sender: Any) -> None:
            self.room.broadcast("y" * len(message), [sender.id])

    with pytest.raises(LoadError, match="expected"):
        await load(Wrong, sockets=2, in_flight=1)


async def test_pings_that_wait_are_answered_and_anything_else_is_an_error() -> None:
    server, client = socket.socketpair()
    with server, client:
        client.settimeout(30)
        started = time.monotonic()
        server.sendall(b"\x89\x04ping" + b"\x89\x00")
        answer_pings([client])
        assert server.recv(100) == b"\x8a\x84\0\0\0\0ping" + b"\x8a\x80\0\0\0\0"
        answer_pings([client])  # nothing waits
        assert time.monotonic() - started < 20
        assert client.gettimeout() == 30
        server.sendall(b"\x81\x01x")
        with pytest.raises(LoadError, match="nothing but pings"):
            answer_pings([client])

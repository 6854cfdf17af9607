from __future__ import annotations

import asyncio
from typing import Any

from tests.partyserver.in_process import settle

from partyserver.asgi_transport import AsgiTransport


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


async def test_everything_waits_for_the_handshake_and_keeps_its_order() -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send)
    transport.send("a")
    transport.send(b"b")
    transport.close(4000, "bye")
    await settle()
    assert server.sent == []
    await transport.accept()
    await settle()
    assert server.sent == [("accept",), ("send", "a"), ("send", b"b"), ("close", 4000, "bye")]


async def test_reject_drops_what_waits() -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send)
    transport.send("a")
    await transport.reject(1011, "no")
    transport.send("late")
    await settle()
    assert server.sent == [("accept",), ("close", 1011, "no")]


async def test_drain_waits_until_the_peer_takes_more() -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send)
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


async def test_cancelling_a_drain_does_not_stop_the_messages() -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send)
    await transport.accept()
    server.writable.clear()
    transport.send("a")
    draining = asyncio.ensure_future(transport.drain())
    await settle()
    draining.cancel()
    server.writable.set()
    await settle()
    assert server.sent == [("accept",), ("send", "a")]


async def test_once_the_peer_has_gone_messages_are_dropped() -> None:
    server = AsgiServer()
    transport = AsgiTransport(server.send)
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

"""Transports joined in memory: order, closing, pausing."""

from __future__ import annotations

import asyncio
from typing import cast

from pkcompat.playing.memory_pipe import MemoryTransport, join


class Notes(asyncio.Protocol):
    """Writes down what happens to it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(MemoryTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.seen.append(data.decode())

    def eof_received(self) -> None:
        self.seen.append("eof")

    def connection_lost(self, exc: Exception | None) -> None:
        self.seen.append("lost")


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def joined() -> tuple[Notes, Notes]:
    client, server = Notes(), Notes()
    join(client, server)
    return client, server


async def test_what_one_end_writes_the_other_receives_in_order() -> None:
    client, server = joined()
    client.transport.write(b"a")
    client.transport.writelines([b"b", b"c"])
    server.transport.write(b"d")
    assert server.seen == []
    await turns()
    assert (client.seen, server.seen) == (["d"], ["a", "bc"])


async def test_closing_ends_both_after_what_was_written() -> None:
    client, server = joined()
    client.transport.write(b"last")
    client.transport.close()
    client.transport.close()
    client.transport.write(b"late")
    await turns()
    assert (client.seen, server.seen) == (["lost"], ["last", "eof", "lost"])
    assert server.transport.is_closing()


async def test_paused_reading_keeps_what_arrives() -> None:
    client, server = joined()
    server.transport.pause_reading()
    client.transport.write(b"a")
    client.transport.write(b"b")
    await turns()
    assert server.seen == []
    assert not server.transport.is_reading()
    server.transport.resume_reading()
    await turns()
    assert server.seen == ["a", "b"]


async def test_another_protocol_takes_over() -> None:
    client, server = joined()
    other = Notes()
    server.transport.set_protocol(other)
    assert server.transport.get_protocol() is other
    client.transport.write(b"a")
    client.transport.abort()
    await turns()
    assert (server.seen, other.seen) == ([], ["a", "eof", "lost"])

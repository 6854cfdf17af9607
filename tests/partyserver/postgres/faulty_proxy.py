"""A proxy before the database, whose connections break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Literal

from pkcompat.clusters import PrivatePostgres

Fate = Literal["pass", "cut before", "cut after", "swallow"]
"""What becomes of what the client sends: it is passed on; the connection is cut instead of that, or after it
and before the answer; it is passed on, and no answer comes back ever."""


class FaultyProxy:
    """Passes on between its clients and a server.

    Attributes:
        decide: the fate of each piece that a client sends.
        port: where it listens.
    """

    def __init__(self, target: int) -> None:
        self.decide: Callable[[], Fate] = lambda: "pass"
        self.port = 0
        self.cuts = 0
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()

    def dsn(self, server: PrivatePostgres) -> str:
        """The connection string of a server through this proxy."""
        return server.dsn().replace(f":{server.port}/", f":{self.port}/")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        answers = asyncio.create_task(_copy(there, writer))
        try:
            with suppress(ConnectionError):
                while data := await reader.read(2**16):
                    fate = self.decide()
                    if fate != "pass":
                        self.cuts += 1
                    if fate == "cut before":
                        break
                    if fate != "pass":
                        answers.cancel()
                    back.write(data)
                    await back.drain()
                    if fate == "cut after":
                        break
        finally:
            answers.cancel()
            writer.close()
            back.close()
            self._writers -= {writer, back}

    def cut(self) -> None:
        """End all connections."""
        for writer in tuple(self._writers):
            writer.transport.abort()


@asynccontextmanager
async def faulty_proxy(target: int) -> AsyncIterator[FaultyProxy]:
    """A proxy before a port of loopback."""
    proxy = FaultyProxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await asyncio.sleep(0)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()
    writer.close()

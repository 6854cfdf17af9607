"""A TCP balancer for trials and tests: each new connection goes to the next node.

Home-made: a test tells it where to send a connection, to stand still and to cut. In front of nodes that
matter stands nginx, Caddy, HAProxy or a cloud's balancer (docs/deploy).
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

_AT_ONCE = 65_536
_CONNECT_TIMEOUT = 5.0  # seconds
_BACKLOG = 1024

Node = tuple[str, int]
"""The host and the port of a node."""


class Balancer:
    """Passes connections on to nodes, in turn.

    A node that refuses a connection is skipped, and the next one is tried; where all do, they are asked again
    for some seconds, for a node may be starting.

    Args:
        nodes: where connections go.
        patience: seconds within which a node must take a connection, before it is closed.

    Attributes:
        nodes: where connections go; may be changed at any time, for those to come.
        only: the node that every new connection goes to; None for each in turn.
        counts: how many connections each node has taken.
    """

    def __init__(self, nodes: Sequence[Node], *, patience: float = 10.0) -> None:
        self.nodes = list(nodes)
        self.only: Node | None = None
        self.counts: Counter[Node] = Counter()
        self._patience = patience
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._passing: dict[asyncio.Task[None], Node | None] = {}
        self._flows = asyncio.Event()
        self._flows.set()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None, "not started"
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, listener: socket.socket | None = None) -> None:
        """Take connections: those of a listening socket, by default on a free port of loopback."""
        listener = listener or socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._server = await asyncio.start_server(self._accept, sock=listener, backlog=_BACKLOG)

    async def stop(self) -> None:
        """Take no more connections, and end those that there are."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def cut(self, node: Node | None = None) -> None:
        """End the connections to a node, or all of them; both ends see a reset."""
        for task, where in self._passing.items():
            if node is None or where == node:
                task.cancel()

    def hold(self) -> None:
        """Let nothing pass, in either direction, as a network that drops packets: nobody sees an end."""
        self._flows.clear()

    def release(self) -> None:
        """Let what was held pass."""
        self._flows.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing[task] = None
        ends = [writer]
        try:
            node, inner_reader, inner_writer = await self._connect()
            self._passing[task] = node
            self.counts[node] += 1
            ends.append(inner_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, inner_writer))
                both.create_task(self._pass(inner_reader, writer))
        except* OSError:
            pass
        except* asyncio.CancelledError:
            for end in ends:
                end.transport.abort()
        finally:
            del self._passing[task]
            for end in ends:
                end.close()

    async def _connect(self) -> tuple[Node, asyncio.StreamReader, asyncio.StreamWriter]:
        end = time.monotonic() + self._patience
        while True:
            for node in self._next():
                with suppress(OSError, TimeoutError):
                    async with asyncio.timeout(_CONNECT_TIMEOUT):
                        await self._flows.wait()
                        reader, writer = await asyncio.open_connection(*node)
                    return node, reader, writer
            if time.monotonic() > end:
                raise ConnectionRefusedError
            await asyncio.sleep(0.05)

    def _next(self) -> list[Node]:
        if self.only is not None:
            return [self.only]
        self._turn = (self._turn + 1) % max(len(self.nodes), 1)
        return [*self.nodes[self._turn - 1 :], *self.nodes[: self._turn - 1]] if self.nodes else []

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_AT_ONCE):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        await self._flows.wait()
        if writer.can_write_eof():
            writer.write_eof()


@asynccontextmanager
async def balancing(nodes: Sequence[Node], *, patience: float = 10.0) -> AsyncIterator[Balancer]:
    """A balancer that runs while the context lasts; see `Balancer`."""
    balancer = Balancer(nodes, patience=patience)
    await balancer.start()
    try:
        yield balancer
    finally:
        balancer.release()
        await balancer.stop()

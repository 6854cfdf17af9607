"""What an idle WebSocket holds. Counted, not timed: `make bench-idle` measures the whole process."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.partyserver.in_process import until

from partyserver import Connection, Host, PartyServer, ServerOptions
from pkcompat.serving.server import Address, serving

SOCKETS = 100
PER_ROOM = 10
MOST_BYTES = 12 * 1024

# Each is large, or holds much: a task its coroutines, a deque half a kilobyte, a request its headers.
NOT_FOR_IDLING = {
    *("Task", "coroutine", "Future", "Event", "Queue", "deque", "cell", "function"),
    *("H11Protocol", "HttpToolsProtocol", "PartyWebSocketProtocol", "MutableHeaders", "HookRequest", "URL"),
}
# From Python 3.12 on each of asyncio's transports has a deque of its own.
OF_ASYNCIO = Counter(deque=SOCKETS) if sys.version_info >= (3, 12) else Counter[str]()


class Awake(PartyServer):
    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)


class Sleeping(Awake):
    options = ServerOptions(hibernate=True)


@asynccontextmanager
async def idle_sockets(address: Address, count: int) -> AsyncIterator[list[socket.socket]]:
    """Open WebSockets that cost the client next to nothing."""
    loop = asyncio.get_running_loop()
    clients: list[socket.socket] = []
    try:
        for number in range(count):
            clients.append(client := socket.socket())
            client.setblocking(False)
            await loop.sock_connect(client, (address.host, address.port))
            handshake = (
                f"GET /party/room{number // PER_ROOM} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Version: 13\r\nCookie: " + "c" * 4000 + "\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
            )
            await loop.sock_sendall(client, handshake.encode())
            assert (await loop.sock_recv(client, 4096)).startswith(b"HTTP/1.1 101 ")
        yield clients
    finally:
        for client in clients:
            client.close()


def is_quiet(host: Host) -> bool:
    """Whether nothing runs, and every room that can sleeps."""
    rooms = host._parties["main"]._rooms.values()
    asleep = all(room._instance.server is None for room in rooms if room._instance.hibernates)
    return asleep and not host._tasks._tasks


def kinds() -> Counter[str]:
    gc.collect()
    return Counter(type(found).__name__ for found in gc.get_objects())


@pytest.mark.parametrize("party", [Sleeping, Awake])
async def test_an_idle_socket_holds_no_task_and_little_memory(party: type[PartyServer]) -> None:
    host = Host({"main": party}, idle_timeout=0.01)
    async with serving(host) as address:
        async with idle_sockets(address, 1):
            await until(lambda: is_quiet(host))  # whatever is made once is made
        tasks, before = len(asyncio.all_tasks()), kinds()
        tracemalloc.start()
        try:
            async with idle_sockets(address, SOCKETS):
                await until(lambda: is_quiet(host))
                found = kinds() - before
                assert len(asyncio.all_tasks()) == tasks
                per_socket = tracemalloc.get_traced_memory()[0] / SOCKETS
        finally:
            tracemalloc.stop()
    assert per_socket <= MOST_BYTES, f"{per_socket:,.0f} bytes"
    # Some belong to rooms, of which there are fewer.
    assert {
        name: found[name] for name in NOT_FOR_IDLING if found[name] - OF_ASYNCIO[name] > SOCKETS / 2
    } == {}

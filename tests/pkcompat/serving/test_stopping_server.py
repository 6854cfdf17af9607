"""A stop under bad clients: it takes its time, ends with exit status 0, and everybody else gets a 1012."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from tests.partyserver.wire.raw_http import UPGRADE, Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from pkcompat.serving.server import listen, uvicorn_config
from pkcompat.serving.stopping_server import StoppingServer

SOCKETS = 8
HANDSHAKE = b"GET /party/room HTTP/1.1\r\n" + UPGRADE
TO_HOOK = HANDSHAKE.replace(b"/room", b"/room?hook")
TO_ON_CONNECT = HANDSHAKE.replace(b"/room", b"/other?hang")
REFUSED = HANDSHAKE.replace(b"/room", b"/room?refuse")
MASKED_TEXT = Frame(Opcode.TEXT, b"hello" * 100).serialize(mask=True)
FRAGMENT = Frame(Opcode.TEXT, b"begun", fin=False).serialize(mask=True)

# What a client has sent when the server is stopped.
UNFINISHED: dict[str, bytes] = {
    "nothing": b"",
    "half a request line": b"GET /party/ro",
    "half a head": b"GET /party/room HTTP/1.1\r\nHost: a\r\nX-",
    "half a handshake": HANDSHAKE,
    "no body": b"POST /party/room HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n",
    "half a body": b"POST /party/room HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
    "half a chunk": b"POST /party/room HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "a long header": HANDSHAKE + b"Cookie: " + b"c" * 9_000 + b"\r\n\r\n",
    "a longer header": HANDSHAKE + b"Cookie: " + b"c" * 90_000 + b"\r\n\r\n",
    "many headers": HANDSHAKE + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n",
    "a long path": HANDSHAKE.replace(b"/room", b"/room?" + b"p" * 9_000) + b"\r\n",
    "a handshake with a body": HANDSHAKE + b"Content-Length: 4\r\n\r\nbody",
    "a handshake that lacks its body": HANDSHAKE + b"Content-Length: 4\r\n\r\n",
    "a handshake that waits in on_before_connect": TO_HOOK + b"\r\n",
    "a handshake that waits in on_connect": TO_ON_CONNECT + b"\r\n",
    "a refused handshake": REFUSED + b"\r\n",
    "half a frame": HANDSHAKE + b"\r\n" + MASKED_TEXT[:100],
    "half a message": HANDSHAKE + b"\r\n" + FRAGMENT,
    "a close that comes twice": HANDSHAKE
    + b"\r\n"
    + Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True) * 2,
    "a close that is not answered": HANDSHAKE.replace(b"/room", b"/room?close") + b"\r\n",
    "output that is not read": HANDSHAKE.replace(b"/room", b"/room?flood") + b"\r\n",
    "an answer that is not read": b"GET /party/room?flood HTTP/1.1\r\nHost: a\r\n\r\n",
    "nonsense": b"\x16\x03\x01" + b"\xff" * 50 + b"\r\n\r\n",
    "a request behind a request": b"GET /party/room HTTP/1.1\r\nHost: a\r\n\r\n" * 3 + b"GET",
}

PROGRAM = """
import asyncio, json, sys
for name in sys.argv[1:]:
    sys.modules[name] = None
from partyserver import Host, PartyServer, Response
from pkcompat.serving.server import address_of, listen, serve

CLOSED = []

class Party(PartyServer):
    @staticmethod
    async def on_before_connect(request, lobby, ctx):
        if "hook" in request.url.query:
            await asyncio.sleep(100)
        return Response("no", 403) if "refuse" in request.url.query else request

    async def on_connect(self, connection, ctx):
        query = ctx.request.url.query
        if "hang" in query:
            await asyncio.sleep(100)
        if "close" in query:
            connection.close()
        if "flood" in query:
            for _ in range(200):
                connection.send(b"f" * 100_000)

    async def on_request(self, request):
        return Response(b"f" * (20_000_000 if "flood" in request.url.query else len(await request.body())))

    def on_close(self, connection):
        if "good" in connection.uri:
            CLOSED.append(connection.id)

listener = listen()
host = Host({"main": Party}, shutdown_timeout=0.2)
started = lambda: print(address_of(listener).port, flush=True)
serve(host, listener, on_started=started, drain=host.drain, grace=1.0)
print(json.dumps(len(CLOSED)), flush=True)
"""


@pytest.mark.parametrize("without", [(), ("httptools", "uvloop")], ids=["httptools", "h11"])
async def test_no_client_breaks_a_stop(without: tuple[str, ...]) -> None:
    with subprocess.Popen(  # noqa: ASYNC220 - it takes a few milliseconds
        [sys.executable, "-c", PROGRAM, *without], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(await asyncio.to_thread(process.stdout.readline))
        async with contextlib.AsyncExitStack() as open_sockets:
            good = [
                await open_sockets.enter_async_context(connect(f"ws://127.0.0.1:{port}/party/{name}?good"))
                for name in range(SOCKETS)
            ]
            clients = [await _unfinished(port, sent) for sent in UNFINISHED.values()]
            await _seen(good)
            os.kill(process.pid, signal.SIGTERM)
            out, errors = await asyncio.to_thread(process.communicate, timeout=20)
            for websocket in good:
                await asyncio.wait_for(websocket.wait_closed(), 5)
                assert websocket.close_code == 1012
        for client in clients:
            client.writer.close()
    assert process.returncode == 0, errors
    assert json.loads(out) == SOCKETS
    assert "AssertionError" not in errors
    assert "could not be closed" not in errors


async def _unfinished(port: int, sent: bytes) -> Client:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
    writer.write(sent)
    return Client(reader, writer)


async def _seen(good: list[ClientConnection]) -> None:
    """Wait until the server has read what was sent before."""
    for websocket in good:
        await (await websocket.ping())


class Breaks:
    """A connection that cannot be closed."""

    def __init__(self) -> None:
        self.transport = self
        self.aborted = False

    def shutdown(self) -> None:
        raise AssertionError("it cannot be closed")

    def abort(self) -> None:
        self.aborted = True


async def test_what_raises_or_hangs_costs_itself_alone(caplog: pytest.LogCaptureFixture) -> None:
    ended = []

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        ended.append(True)

    async def fail() -> None:
        raise LookupError("no handlers")

    async def hang() -> None:
        await asyncio.sleep(1_000)

    started = asyncio.Event()
    config = uvicorn_config(Starlette(lifespan=lifespan))
    config.timeout_graceful_shutdown = 0
    server = StoppingServer(config, started.set, fail)
    with listen() as listener:
        serving = asyncio.create_task(server.serve([listener]))
        await asyncio.wait_for(started.wait(), 10)
        broken = Breaks()
        hanging = asyncio.create_task(hang())
        server.server_state.connections.add(broken)  # type: ignore[arg-type]
        server.server_state.tasks.add(hanging)
        server.should_exit = True
        await asyncio.wait_for(serving, 10)
    assert ended
    assert broken.aborted
    assert hanging.cancelled()
    assert "waiting for the running handlers failed" in caplog.text
    assert "a connection could not be closed; it is cut off" in caplog.text
    assert "1 handlers of requests or sockets have not ended in time" in caplog.text

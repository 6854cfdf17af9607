"""Servers to compare broadcasts with; each passes a message on to every other socket of its room.

python benchmarks/broadcast_peers.py websockets --port 1999
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import apply_mask

LOOPBACK = "127.0.0.1"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


# Starlette

sockets: defaultdict[str, set[WebSocket]] = defaultdict(set)
"""By the path of their room."""


async def endpoint(socket: WebSocket) -> None:
    await socket.accept()
    room = sockets[socket.scope["path"]]
    room.add(socket)
    try:
        while True:
            text = await socket.receive_text()
            for other in list(room):
                if other is not socket:
                    await other.send_text(text)
    except WebSocketDisconnect:
        room.discard(socket)


starlette = Starlette(routes=[WebSocketRoute("/{path:path}", endpoint)])


async def serve_starlette(port: int) -> None:
    config = uvicorn.Config(
        starlette,
        host=LOOPBACK,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
    )
    await uvicorn.Server(config).serve()


# websockets

connections: defaultdict[str, set[ServerConnection]] = defaultdict(set)
"""By the path of their room."""


async def pass_on(connection: ServerConnection) -> None:
    assert connection.request is not None
    room = connections[connection.request.path]
    room.add(connection)
    try:
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                broadcast(room - {connection}, message)
    finally:
        room.discard(connection)


async def serve_websockets(port: int) -> None:
    async with serve(pass_on, LOOPBACK, port, compression=None) as server:
        await server.serve_forever()


# The limit: no WebSocket library, no application; text messages of 64 bytes and nothing else.

SHORT = 64
FRAME = 2 + 4 + SHORT  # a client's

wires: set[BareWire] = set()


class BareWire(asyncio.Protocol):
    """Encodes a frame once, and writes it to every other socket."""

    def __init__(self) -> None:
        self.open = False
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        wires.discard(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.open:
            self.shake_hands()
            return
        frames = []
        while len(self.received) >= FRAME:
            frame, self.received = self.received[:FRAME], self.received[FRAME:]
            frames.append(b"\x81\x40" + apply_mask(frame[6:], frame[2:6]))
        self.pass_on(frames)

    def shake_hands(self) -> None:
        head, end, self.received = self.received.partition(b"\r\n\r\n")
        if not end:
            self.received = head
            return
        key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.open = True
        wires.add(self)

    def pass_on(self, frames: list[bytes]) -> None:
        for frame in frames:
            for wire in wires:
                if wire is not self:
                    wire.transport.write(frame)


class JoiningWire(BareWire):
    """Joins the frames of one read into one write a socket."""

    def pass_on(self, frames: list[bytes]) -> None:
        super().pass_on([b"".join(frames)])


async def serve_bare(wire: Callable[[], asyncio.Protocol], port: int) -> None:
    server = await asyncio.get_running_loop().create_server(wire, LOOPBACK, port)
    await server.serve_forever()


PEERS: dict[str, Callable[[int], Coroutine[Any, Any, None]]] = {
    "starlette": serve_starlette,
    "websockets": serve_websockets,
    "bare": lambda port: serve_bare(BareWire, port),
    "bare-joined": lambda port: serve_bare(JoiningWire, port),
}


def main() -> None:
    """Serve one of them until the process is ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="asyncio")
    options = parser.parse_args()
    serving = PEERS[options.peer](options.port)
    with contextlib.suppress(KeyboardInterrupt):
        if options.loop == "uvloop":
            import uvloop

            uvloop.run(serving)
        else:
            asyncio.run(serving)


if __name__ == "__main__":
    main()

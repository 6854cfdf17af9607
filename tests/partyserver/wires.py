"""WebSockets under uvicorn's protocols whose TCP connection is a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from partyserver import Host
from partyserver.wire.open_websocket import OpenWebSocket
from partyserver.wire.tcp_end import EndingTransport
from pkcompat.serving.server import uvicorn_config


def handshake(path: str = "/party/room") -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def client_frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """A frame of a client, whether or not it is allowed."""
    whole = Frame(Opcode.BINARY, data, fin).serialize(mask=True)
    return bytes([whole[0] & 0xF0 | opcode]) + whole[1:]


def text_frame(text: str) -> bytes:
    return client_frame(Opcode.TEXT, text.encode())


class FakeTransport(asyncio.Transport):
    """Keeps what is written, one entry a write. After `full` bytes it pauses its protocol."""

    def __init__(self, full: float = float("inf")) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1_999), "peername": ("127.0.0.1", 50_000)})
        self.writes: list[bytes] = []
        self.full = full
        self.protocol: Any = None
        self._closing = False

    def write(self, data: Any) -> None:
        self.writes.append(data)
        if self.written >= self.full and self.protocol is not None:
            self.protocol.pause_writing()

    @property
    def written(self) -> int:
        """How many bytes were written."""
        return sum(map(len, self.writes))

    def drain(self, full: float = float("inf")) -> None:
        """The peer has read everything."""
        self.full = self.written + full
        self.protocol.resume_writing()

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self._closing = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Handshake(SimpleNamespace):
    """What made a handshake."""

    __hash__ = object.__hash__


@dataclass
class Received:
    """A `Dispatcher` that keeps what it gets."""

    events: list[Any] = field(default_factory=list)

    def dispatch_message(self, message: str | bytes) -> None:
        self.events.append(message)

    def dispatch_end(self, event: Any) -> None:
        self.events.append((event["code"], event["reason"]))

    is_settled = True

    def queue_full(self) -> None:
        self.events.append("full")


def open_websocket(
    transport: FakeTransport,
    dispatcher: Any,
    *,
    loop: asyncio.AbstractEventLoop,
    early_data: bool = False,
    max_size: int = 1 << 20,
) -> OpenWebSocket:
    """A WebSocket after its handshake."""
    conn = ServerProtocol(max_size=max_size)
    conn.receive_data(handshake())
    [request] = conn.events_received()
    assert isinstance(request, Request)
    conn.send_response(conn.accept(request))
    conn.data_to_send()
    writable = asyncio.Event()
    writable.set()
    made = Handshake(
        conn=conn,
        config=SimpleNamespace(ws_max_size=max_size, ws_ping_interval=None, ws_ping_timeout=None),
        connections=set(),
        loop=loop,
        fragments=None,
        writable=writable,
        disconnected=False,
        close_sent=False,
    )
    tcp = EndingTransport(transport, loop)
    return OpenWebSocket(made, tcp, dispatcher, early_data=early_data)  # type: ignore[arg-type]


@asynccontextmanager
async def connected(host: Host, *paths: str) -> AsyncIterator[list[FakeTransport]]:
    """Open WebSockets of a host, under its own protocol class, with nothing written yet."""
    config = uvicorn_config(host)
    config.ws_ping_interval = None
    config.load()
    state = ServerState()
    async with host.router.lifespan_context(host):
        transports = []
        for path in paths:
            transport = FakeTransport()
            protocol = config.http_protocol_class(config, state, {})  # type: ignore[call-arg]
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            transport.protocol.data_received(handshake(path))
            async with asyncio.timeout(5):
                while not isinstance(transport.protocol, OpenWebSocket):  # noqa: ASYNC110 - there is no event
                    await asyncio.sleep(0)
            transports.append(transport)
        for transport in transports:
            transport.writes.clear()
        yield transports
        for transport in transports:
            transport.protocol.connection_lost(None)

"""Handshakes and frames: bytes on a TCP connection to a host under uvicorn, without the TCP connection."""

from __future__ import annotations

import asyncio
import logging
import random
import struct
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from tests.autobahn.cases import CASES
from tests.autobahn.frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, close, frame, read_frames
from tests.autobahn.servers import Between
from tests.partyserver.wires import FakeTransport, handshake
from tests.soak.fuzzing.mutating import AWKWARD, mutated
from tests.soak.fuzzing.target import Checking, Target
from uvicorn.server import ServerState

from partyserver import (
    Connection,
    ConnectionContext,
    Host,
    Limits,
    MemoryStorage,
    PartyServer,
    Request,
    Response,
)
from partyserver.wire.h11_protocol import LimitedH11
from partyserver.wire.overload import Overload
from pkcompat.serving.server import uvicorn_config

_MAX_SIZE = 65_536
_PACKETS = [b"".join(case.packets) for case in CASES if sum(map(len, case.packets)) < 2_000]
_OPCODES = (CONT, TEXT, BINARY, CLOSE, PING, PONG, *range(16))
_CODES = {1000, 1001, 1002, 1003, 1005, 1007, 1009, 1011, 1013}


class Counting(PartyServer):
    """Echoes, and counts who came and who went.

    Attributes:
        came: how many connections were opened, on all rooms.
        went: how many of them have ended.
    """

    came = 0
    went = 0

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        Counting.came += 1

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)
        self.room.broadcast(message, [sender.id])

    def on_close(self, connection: Connection) -> None:
        Counting.went += 1

    def on_error(self, connection: Connection, error: Exception) -> None:
        Counting.went += 1

    async def on_request(self, request: Request) -> Response:
        return Response(await request.body())


class _Logged(logging.Handler):
    """Keeps errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


_H11 = type("H11", (LimitedH11,), {"limits": Limits(), "overload": Overload(0)})
"""The class that serves where httptools is not installed."""


class Wire:
    """A host in each way that a connection can take, and what goes wrong in them."""

    def __init__(self, hosts: Sequence[Host], logged: _Logged) -> None:
        self._logged = logged
        self._contexts: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: self._contexts.append(context))
        self._configs = []
        for host in hosts:
            for http in ("h11", "httptools"):
                config = uvicorn_config(host)
                if http == "h11":
                    config.http = _H11
                config.ws_max_size = _MAX_SIZE
                config.ws_ping_interval = None
                config.load()
                self._configs.append(config)

    async def send(self, data: bytes) -> None:
        """Send bytes on a new connection, in pieces; then the connection is lost."""
        rng = random.Random(data)
        config = rng.choice(self._configs)
        transport = FakeTransport()
        protocol = config.http_protocol_class(config=config, server_state=ServerState(), app_state={})  # type: ignore[call-arg]
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        came = Counting.came
        sent = 0
        for piece in _cut(data, rng):
            if transport.is_closing():
                break
            transport.protocol.data_received(piece)
            sent += len(piece)
            await _settle()
        await _settle()
        if not transport.is_closing() and rng.random() < 0.3:
            transport.protocol.eof_received()
        transport.protocol.connection_lost(None)
        await _settle()
        for _ in range(200):
            if Counting.went == Counting.came:
                break
            await asyncio.sleep(0.005)
        self._check(b"".join(map(bytes, transport.writes)), opened=Counting.came > came)

    def _check(self, written: bytes, *, opened: bool) -> None:
        contexts, self._contexts = self._contexts, []
        records, self._logged.records = self._logged.records, []
        assert not contexts, contexts
        assert not records, [(record.getMessage(), record.exc_info) for record in records]
        # PartyKit asserts that there is a party, for a path such as `/parties//room`, and answers with the
        # message; so its source has it, no recording does.
        assert written.count(b"HTTP/1.1 500") == written.count(b"No party found in request url"), written[
            :300
        ]
        assert not written or written.startswith(b"HTTP/1.1 "), written[:300]
        assert Counting.came == Counting.went, "a connection that does not end"
        if opened:
            _check_frames(written)


def _check_frames(written: bytes) -> None:
    data = bytearray(written[written.index(b"\r\n\r\n", written.index(b"HTTP/1.1 101")) + 4 :])
    found = list(read_frames(data))
    assert not data, f"half a frame: {bytes(data[:50])!r}"
    for opcode, fin, payload in found:
        assert opcode in (TEXT, BINARY, CLOSE, PONG), opcode
        assert fin
        if opcode == TEXT:
            payload.decode()
        if opcode == CLOSE and payload:
            code = int.from_bytes(payload[:2], "big")
            assert code in _CODES or 3000 <= code <= 4999 or code in (1008, 1010, 1012, 1014), code
            payload[2:].decode()
    assert sum(opcode == CLOSE for opcode, _, _ in found) <= 1
    assert all(opcode != CLOSE for opcode, _, _ in found[:-1]), "something behind a close"


def _cut(data: bytes, rng: random.Random) -> list[bytes]:
    if rng.random() < 0.5 or len(data) < 2:
        return [data]
    cuts = sorted(rng.randrange(1, len(data)) for _ in range(rng.choice((1, 1, 2, 5))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True) if start < end]


async def _settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


@asynccontextmanager
async def checking(folder: Path) -> Checking:
    """Nothing raises, nothing is logged as an error, and whoever came goes."""
    public = folder / "public"
    public.mkdir()
    (public / "index.html").write_text("<p>hi</p>")
    options: dict[str, Any] = {"static": public, "crons": {"tick": "0 0 * * *"}}
    hosts = [
        Host({"main": Counting, "other": Counting}, storage=MemoryStorage(), middleware=between, **options)
        for between in ([], [Middleware(Between)])
    ]
    logged = _Logged()
    Counting.came = Counting.went = 0
    async with hosts[0].router.lifespan_context(hosts[0]), hosts[1].router.lifespan_context(hosts[1]):
        logging.getLogger().addHandler(logged)
        try:
            yield Wire(hosts, logged).send
        finally:
            logging.getLogger().removeHandler(logged)
            asyncio.get_running_loop().set_exception_handler(None)


def make_frames(rng: random.Random) -> bytes:
    """A right handshake, and frames of which some are wrong."""
    start = handshake(f"/party/{rng.choice('abc')}?_pk={rng.choice('xyz')}")
    if rng.random() < 0.4:
        return start + mutated(rng.choice(_PACKETS), _PACKETS, rng)
    return start + b"".join(_frame(rng) for _ in range(rng.choice((1, 2, 3, 8))))


def _frame(rng: random.Random) -> bytes:
    payload = rng.choice(
        (b"", b"hi", "é".encode(), rng.choice(AWKWARD), rng.randbytes(rng.choice((1, 125, 126, 300))))
    )
    match rng.randrange(6):
        case 0:
            return close(rng.choice((None, 0, 999, 1000, 1005, 1011, 4000, 65_535)), payload)
        case 1:  # a length that is not its own
            whole = frame(rng.choice(_OPCODES), payload)
            return whole[:1] + bytes([rng.choice((0, 0x80)) | rng.randrange(128)]) + whole[2:]
        case 2:
            return bytes([0x80 | TEXT, 0xFF]) + struct.pack(
                "!Q", rng.choice((0, 5, 2**31, 2**62, 2**63, 2**64 - 1))
            )
    return frame(rng.choice(_OPCODES), payload, fin=rng.random() < 0.7, rsv=rng.choice((0, 0, 0, 1, 4)))


_BODY = b"POST /party/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
_CHUNKED = b"POST /party/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
_REQUESTS = [
    handshake("/party/room"),
    handshake("/parties/other/room%20id?_pk=a&x=%zz"),
    handshake("/party/room").replace(
        b"Sec-WebSocket-Key", b"Origin: https://example.com\r\nSec-WebSocket-Key"
    ),
    handshake("/party/room").replace(b"Version: 13", b"Version: 13\r\nSec-WebSocket-Protocol: chat, soap"),
    handshake("/party/room").replace(
        b"Version: 13", b"Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    ),
    handshake("/nowhere"),
    _BODY,
    _CHUNKED,
    b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nRange: bytes=0-3\r\n\r\n",
    b"GET /__scheduled__?cron=tick HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS /party/a HTTP/1.1\r\nHost: a\r\nOrigin: null\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    b"GET /index.html HTTP/1.0\r\n\r\nGET /party/a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /party/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /party/a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /party/a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"CONNECT /party/a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /party/%00%2f..%2f HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nCookie: a=b; c\r\n\r\n",
]


def make_handshake(rng: random.Random) -> bytes:
    """The head of a request, a body perhaps, and a frame behind it."""
    data = mutated(rng.choice(_REQUESTS), _REQUESTS, rng)
    return data + (frame(TEXT, b"hi") if rng.random() < 0.5 else b"")


FRAMES = Target("frames", make_frames, checking)
HANDSHAKES = Target("handshakes", make_handshake, checking)

"""A WebSocket client that also breaks the protocol on demand: websockets' sans-I/O protocol on asyncio.

Home-made, since `websockets.connect` offers no way to write raw bytes.
"""

from __future__ import annotations

import asyncio
from typing import cast

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN, Event
from websockets.typing import Subprotocol

from pkcompat.playing.transport import Receiver
from pkcompat.traffic import Close, Closed, Data, Headers, Message

ABNORMAL_CLOSURE = 1006
NO_STATUS = 1005


class WebSocketClient(asyncio.Protocol):
    """One WebSocket, made by `loop.create_connection(lambda: client, host, port)`.

    Attributes:
        opened: done when the handshake is; holds its exception if it failed.
        gone: done when the TCP connection is closed.
    """

    def __init__(self, protocol: ClientProtocol, headers: Headers, receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._protocol = protocol
        self._headers = headers
        self._receiver = receiver
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []  # the fragments of a message so far
        self._is_text = False  # whether that message is text
        self._close_reported = False  # by a close frame or the connection's end, whichever was first

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose; known once the handshake is done."""
        return self._protocol.subprotocol

    async def send(self, data: Data) -> None:
        """Send a message, if the connection is open."""
        if self._protocol.state is not OPEN:
            return
        if isinstance(data, str):
            self._protocol.send_text(data.encode())
        else:
            self._protocol.send_binary(data)
        self._flush()

    async def close(self, step: Close) -> None:
        """Send a close frame, if the connection is open."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(step.code, step.reason)
            self._flush()

    async def drop(self) -> None:
        """Abort the TCP connection; the receiver gets no more events."""
        self._close_reported = True
        if self._transport is not None:
            self._transport.abort()
        elif not self.gone.done():
            self.gone.set_result(None)

    async def raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the TCP connection is open; start the handshake."""
        self._transport = cast("asyncio.Transport", transport)
        request = self._protocol.connect()
        for name, value in self._headers:
            if name.lower() == "host":
                del request.headers["Host"]
            request.headers[name] = value
        offered = _subprotocols(request.headers.get_all("Sec-WebSocket-Protocol"))
        self._protocol.available_subprotocols = offered or None
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes arrived."""
        self._protocol.receive_data(data)
        self._handle_events()

    def eof_received(self) -> None:
        """asyncio: the server will send no more."""
        self._protocol.receive_eof()
        self._handle_events()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the TCP connection is closed."""
        self._protocol.receive_eof()
        self._handle_events()
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("the server closed the connection"))
            self.opened.exception()  # mark as retrieved: after a timeout, nothing awaits it
        else:
            self._report_close(ABNORMAL_CLOSURE, "")
        if not self.gone.done():
            self.gone.set_result(None)

    def _handle_events(self) -> None:
        for event in self._protocol.events_received():
            self._handle(event)
        failure = self._protocol.handshake_exc
        if failure is not None and not self.opened.done():
            self.opened.set_exception(failure)
            self.opened.exception()  # mark as retrieved, as in connection_lost
        self._flush()

    def _handle(self, event: Event) -> None:
        match event:
            case Response():
                if self._protocol.handshake_exc is None:
                    self.opened.set_result(None)
            case Frame(Opcode.TEXT | Opcode.BINARY | Opcode.CONT):
                self._collect(event)
            case Frame(Opcode.CLOSE) if (received := self._protocol.close_rcvd) is not None:
                self._report_close(int(received.code), received.reason)

    def _collect(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._parts, self._is_text = [], frame.opcode is Opcode.TEXT
        self._parts.append(bytes(frame.data))
        if frame.fin:
            data = b"".join(self._parts)
            self._receiver(Message(data.decode(errors="replace") if self._is_text else data))

    def _report_close(self, code: int, reason: str) -> None:
        if not self._close_reported:
            self._close_reported = True
            if self.opened.done() and self.opened.exception() is None:
                self._receiver(Closed(code, reason))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if self._transport is None or self._transport.is_closing():
                continue
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()


def _subprotocols(headers: list[str]) -> list[Subprotocol]:
    return [Subprotocol(name.strip()) for header in headers for name in header.split(",")]

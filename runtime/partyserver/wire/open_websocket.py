"""A WebSocket under uvicorn after its handshake, without a task of its own and with little in memory."""

from __future__ import annotations

import asyncio
import contextvars
import random
from typing import Any, cast

from starlette.types import Message as AsgiMessage
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from partyserver.wire.client_frames import frame_length, read_messages
from partyserver.wire.close_codes import ABNORMAL
from partyserver.wire.direct_events import PROTOCOL_ERROR, Dispatcher, message_of
from partyserver.wire.frame_writer import FrameWriter
from partyserver.wire.frames import Data

CLOSE_TIMEOUT = 10.0  # seconds that the peer has to answer a close, as uvicorn has it
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class OpenWebSocket(asyncio.Protocol):
    """Takes the TCP connection over from the protocol class that made the handshake.

    It does on the wire what uvicorn's own class does, with the same pings and timeouts.

    Attributes:
        frames: writes what goes to the peer.
    """

    __slots__ = (
        "_close_sent",
        "_close_timer",
        "_config",
        "_conn",
        "_connections",
        "_context",
        "_dispatcher",
        "_fragments",
        "_head",
        "_is_text",
        "_keepalive",
        "_loop",
        "_lost",
        "_missing",
        "_parser_reads_all",
        "_ping",
        "_transport",
        "frames",
    )

    def __init__(
        self,
        handshake: WebSocketsSansIOProtocol,
        transport: asyncio.Transport,
        dispatcher: Dispatcher,
        *,
        early_data: bool,
    ) -> None:
        """Take over.

        Args:
            handshake: what made the handshake.
            transport: the TCP connection.
            dispatcher: dispatches the events. It is called in a copy of the present context.
            early_data: whether something came before the handshake was done, so that its parser may be
                inside a frame.
        """
        self._transport = transport
        self._conn = handshake.conn
        self._config = handshake.config
        self._connections = cast(set[object], handshake.connections)
        self._loop = handshake.loop
        self._context = contextvars.copy_context()
        self._dispatcher: Dispatcher | None = dispatcher
        self._fragments: list[Any] = handshake.frames
        self._is_text = handshake.curr_msg_data_type == "text"
        self._parser_reads_all = early_data
        self._missing = 0  # bytes of the frame that the parser has begun
        self._head = b""  # of a frame that nobody has begun
        self.frames = FrameWriter(transport, self._loop, paused=not handshake.writable.is_set())
        self._lost = handshake.disconnected
        self._close_sent = handshake.close_sent
        self._close_timer: asyncio.TimerHandle | None = None
        self._ping: bytes | None = None  # the payload that the pong must have
        self._keepalive: asyncio.TimerHandle | None = None  # until the next ping, or for the pong
        self._connections.discard(handshake)
        self._transport.set_protocol(self)
        if not self._lost:
            self._connections.add(self)
            self._wait_for_ping()

    # What comes

    def receive(self, event: AsgiMessage) -> None:
        """Receive an ASGI event that was queued; those behind the first disconnect are dropped."""
        if event["type"] == "websocket.disconnect":
            self._receive_end(event)
        else:
            self._receive_message(message_of(event))

    def _receive_message(self, message: Data) -> None:
        if self._dispatcher is not None:
            self._context.run(self._dispatcher.dispatch_message, message)

    def _receive_end(self, event: AsgiMessage) -> None:
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is not None:
            self._context.run(dispatcher.dispatch_end, event)

    def data_received(self, data: bytes) -> None:
        if self._parser_reads_all:
            self._parse(data)
            return
        if self._head:
            data, self._head = self._head + data, b""
        start = 0
        while start < len(data) and not self._transport.is_closing():
            if self._missing:  # of the frame that the parser has begun
                end = min(start + self._missing, len(data))
                self._missing -= end - start
                self._parse(data[start:end])
                start = end
            elif (behind := self._read_messages(data, start)) != start:
                start = behind
            elif (length := frame_length(data, start)) is not None:
                self._missing = length
            else:
                self._head = data[start:]
                return

    def _read_messages(self, data: bytes, start: int) -> int:
        """Deliver the messages that can be read without the parser; returns where the rest begins."""
        if self._fragments or self._dispatcher is None:
            return start
        messages, behind = read_messages(data, start, self._config.ws_max_size)
        for message in messages:
            if self._close_sent or self._dispatcher is None:  # the handler of an earlier one closed
                break
            self._context.run(self._dispatcher.dispatch_message, message)
        return behind

    def _parse(self, data: bytes) -> None:
        self._conn.receive_data(data)
        for event in self._conn.events_received():  # also what came before an error in the same packet
            if isinstance(event, Frame):
                self._receive_frame(event)
        if self._conn.parser_exc is not None:
            self._protocol_broken()

    def _receive_frame(self, frame: Frame) -> None:
        if frame.opcode in _DATA:
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
                self._fragments = []
            self._fragments.append(frame.data)
            if frame.fin:
                fragments, self._fragments = self._fragments, []
                data = fragments[0] if len(fragments) == 1 else b"".join(fragments)
                self._receive_data(bytes(data), self._is_text)
        elif frame.opcode is Opcode.PING:
            self._write()
        elif frame.opcode is Opcode.PONG:
            self._receive_pong(frame)
        elif frame.opcode is Opcode.CLOSE:
            self._receive_close()

    def _receive_data(self, data: bytes, is_text: bool) -> None:
        if self._close_sent or self._dispatcher is None:
            return
        try:
            message = data.decode() if is_text else data
        except UnicodeDecodeError:
            if self._conn.state is State.OPEN:  # else the parser has found more that is wrong behind it
                self._conn.send_close(1007)
            self._protocol_broken()
        else:
            self._context.run(self._dispatcher.dispatch_message, message)

    def _receive_close(self) -> None:
        if self._close_sent:  # the peer's answer to ours
            if self._close_timer is not None:
                self._close_timer.cancel()
                self._close_timer = None
                self._transport.close()
        elif not self._transport.is_closing() and (close := self._conn.close_rcvd) is not None:
            self._receive_disconnect(close.code, close.reason)
            self._write_last()
            self._transport.close()

    def _protocol_broken(self) -> None:
        if (close := self._conn.close_sent) is not None and not self._close_sent:
            self._receive_disconnect(close.code, close.reason, protocol_error=True)
        self._write_last()
        self._close_sent = True
        self._transport.close()

    def _receive_disconnect(self, code: int, reason: str, *, protocol_error: bool = False) -> None:
        self._receive_end(_disconnect(code, reason, protocol_error=protocol_error))

    def eof_received(self) -> None:
        """Nothing: the transport closes, and `connection_lost` is called."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_keepalive()
        self._connections.discard(self)
        self._lost = True
        if self._close_timer is not None:
            self._close_timer.cancel()
            self._close_timer = None
        self.frames.end()
        self._receive_disconnect(ABNORMAL, "")

    # What goes

    def pause_writing(self) -> None:
        self.frames.pause()

    def resume_writing(self) -> None:
        self.frames.resume()

    async def send(self, message: AsgiMessage) -> None:
        """Send an ASGI message, once the peer takes more.

        Raises:
            ClientDisconnected: an `OSError`: the peer has gone.
            RuntimeError: the application has closed already, or ASGI knows no such message here.
        """
        self.frames.leave_shared()
        await self.frames.ready()
        if self._lost:
            raise ClientDisconnected
        if self._close_sent:
            raise RuntimeError(f"unexpected ASGI message {message['type']!r} after 'websocket.close'")
        try:
            if message["type"] == "websocket.send":
                self._send_message(message)
            elif message["type"] == "websocket.close":
                self._send_close(message.get("code", 1000), message.get("reason") or "")
            else:
                raise RuntimeError(f"unexpected ASGI message {message['type']!r} on an open WebSocket")
        except InvalidState:
            raise ClientDisconnected from None

    def _send_message(self, message: AsgiMessage) -> None:
        data = message.get("bytes")
        if data is not None:
            self._conn.send_binary(data)
        else:
            self._conn.send_text(message["text"].encode())
        self._write()

    def _send_close(self, code: int | None, reason: str) -> None:
        if self._transport.is_closing():
            return
        self._conn.send_close(code, reason)
        self._write_last()
        self._close_sent = True
        self._close_timer = self._loop.call_later(CLOSE_TIMEOUT, self._transport.close)
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is not None:  # it is told in a turn of its own, as if it had waited for the event
            event = _disconnect(code, reason)
            self._loop.call_soon(dispatcher.dispatch_end, event, context=self._context)

    def _write(self) -> None:
        self._transport.write(b"".join(self._conn.data_to_send()))

    def _write_last(self) -> None:
        """Write a close frame; nothing may follow it."""
        self.frames.end()
        self._write()

    def shutdown(self) -> None:
        """Close with 1012; uvicorn calls this when it ends."""
        self._stop_keepalive()
        if self._close_sent and self._close_timer is not None:
            self._close_timer.cancel()
            self._close_timer = None
        elif self._conn.state is State.OPEN:
            self.frames.write_now()
            self._receive_disconnect(1012, "")
            self._conn.send_close(1012)
            self._write_last()
        self._transport.close()

    # Pings

    def _wait_for_ping(self, answered_in: float = 0.0) -> None:
        if interval := self._config.ws_ping_interval:
            self._keepalive = self._loop.call_later(max(0.0, interval - answered_in), self._send_ping)

    def _send_ping(self) -> None:
        self._keepalive = None
        if self._close_sent or self._transport.is_closing():
            return
        self._ping = random.randbytes(4)
        self._conn.send_ping(self._ping)
        self._write()
        if timeout := self._config.ws_ping_timeout:
            self._keepalive = self._loop.call_later(timeout, self._pong_missing)
        else:
            self._wait_for_ping()

    def _receive_pong(self, frame: Frame) -> None:
        if self._ping is None or bytes(frame.data) != self._ping:
            return
        self._ping = None
        if self._keepalive is not None and (timeout := self._config.ws_ping_timeout):
            answered_in = self._loop.time() - (self._keepalive.when() - timeout)
            self._keepalive.cancel()
            self._wait_for_ping(answered_in)

    def _pong_missing(self) -> None:
        self._keepalive = None
        self._ping = None
        if self._close_sent or self._transport.is_closing():
            return
        self._conn.fail(1011, "keepalive ping timeout")
        self._write_last()
        self._close_sent = True
        self._transport.close()

    def _stop_keepalive(self) -> None:
        self._ping = None
        if self._keepalive is not None:
            self._keepalive.cancel()
            self._keepalive = None


def _disconnect(code: int | None, reason: str, *, protocol_error: bool = False) -> AsgiMessage:
    return {"type": "websocket.disconnect", "code": code, "reason": reason, PROTOCOL_ERROR: protocol_error}

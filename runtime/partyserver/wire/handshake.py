"""A WebSocket under uvicorn until its handshake is done, and where the application does not take it over.

What it uses of uvicorn's class is listed in `uvicorn_support`: add there what you use here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, cast

from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.exceptions import SecurityError
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import Protocol
from websockets.version import version as websockets_version

from partyserver.wire.close_codes import ABNORMAL
from partyserver.wire.direct_events import EXTENSION, PROTOCOL_ERROR, Dispatcher, TakenOver
from partyserver.wire.open_websocket import OpenWebSocket
from partyserver.wire.request_heads import STOPPING, answer
from partyserver.wire.tcp_end import SHUTDOWN_TIMEOUT, EndingTransport

logger = logging.getLogger("partyserver")

# As uvicorn's class decodes headers back.
_DECODED: tuple[str, str] = (
    ("latin-1", "strict") if websockets_version >= "17.0" else ("ascii", "surrogateescape")
)
_REQUEST_KNOWS_METHOD = any(field.name == "method" for field in fields(Request))  # from websockets 17 on


class PartyWebSocketProtocol(WebSocketsSansIOProtocol):
    """Marks the disconnect event of a protocol error, and gives a lost TCP connection the code 1006.

    ASGI has one way to say that a WebSocket ended, its code; it cannot distinguish a client that broke the
    protocol from one that sent that code.

    It offers `DirectEvents` to the application. A `Host` uses them; to a middleware around it that neither
    replaces `receive` nor `send` a WebSocket then seems to end once it is open.
    """

    _disconnect_queued = False
    _early_data = False
    _tcp: EndingTransport  # also once the application has taken the WebSocket over

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._tcp = EndingTransport(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(self._tcp)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # else the handshake was refused; the application has not run yet
            cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = self

    def receive_head(self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Receive the head of the handshake, which an HTTP protocol of ours has read and checked.

        It is not read a second time, for the parser of websockets takes no line beyond 8 KiB and no more than
        128 headers, whatever the server's limit is: cookies and tokens can be longer.

        Args:
            method: of the request.
            target: its path and query.
            headers: with names in lower case.
        """
        known = Headers()
        for name, value in headers:
            known[name.decode("ascii")] = value.decode(*_DECODED)
        self.conn.parser = Protocol.parse(self.conn)  # of frames
        next(self.conn.parser)
        path = target.decode("ascii")
        request = Request(path, known, method) if _REQUEST_KNOWS_METHOD else Request(path, known)
        self.handle_connect(request)

    def carries(self, receive: Receive, send: Send) -> bool:
        """See `DirectEvents.carries`."""
        return receive == self.receive and send == self.send

    def take_over(self, dispatcher: Dispatcher, *, max_queue: int = 0) -> TakenOver:
        """See `DirectEvents.take_over`."""
        self.stop_keepalive()
        transport, self.transport = self._tcp.inner, _GivenAway()
        self.scope["extensions"].pop(EXTENSION)
        self.request.headers.clear()  # the parser keeps the request for as long as it runs
        opened = OpenWebSocket(self, self._tcp, dispatcher, early_data=self._early_data, max_queue=max_queue)
        while not self.queue.empty():
            opened.receive(self.queue.get_nowait())  # type: ignore[arg-type]
        if self.read_paused:
            transport.resume_reading()
        return TakenOver(opened.send, None if self.conn.extensions else opened.frames, opened)

    def abort(self) -> None:
        """See `TcpConnection.abort`."""
        self._tcp.abort()

    def fail(self, code: int, reason: str, timeout: float) -> None:
        """See `TcpConnection.fail`."""
        if self.close_sent or self.transport.is_closing():
            self._tcp.bound().restart(timeout)
            return
        self._queue_disconnect(code, reason)
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self.disconnected = True
        self.writable.set()  # for those who wait to send
        self.stop_keepalive()
        self.transport.close()
        self._tcp.bound().restart(timeout)

    @property
    def unsent(self) -> int:
        """See `TcpConnection.unsent`."""
        return self._tcp.get_write_buffer_size()

    def data_received(self, data: bytes) -> None:
        if self._tcp.end is not None:
            self._tcp.end.discard(len(data))
            return
        # Clients should wait for the answer to their handshake.
        self._early_data |= self.handshake_initiated
        self.conn.receive_data(data)
        self.handle_events()  # what came before an error in the same packet is delivered first
        if self.conn.parser_exc is not None:
            self.handle_parser_exception()
        elif self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_head(self.conn.handshake_exc)

    def _refuse_head(self, error: Exception) -> None:
        """Answer a head that the parser of websockets does not take; uvicorn would leave it unanswered."""
        if self.close_sent:
            return
        made = b"".join(self.conn.data_to_send())  # by websockets 17
        status = 431 if isinstance(error.__cause__ or error, SecurityError) else 400
        self._close_with(made or answer(status, "The handshake cannot be read."))

    def _close_with(self, last_answer: bytes) -> None:
        self.handshake_complete = self.close_sent = True
        self.transport.write(last_answer)
        self.transport.close()

    def handle_parser_exception(self) -> None:
        if self.conn.close_sent is not None and not self.close_sent:
            self._queue_disconnect(
                self.conn.close_sent.code, self.conn.close_sent.reason, protocol_error=True
            )
        super().handle_parser_exception()

    def handle_close(self, event: Frame) -> None:
        if self.conn.close_rcvd is not None and not self.close_sent:
            self._queue_disconnect(self.conn.close_rcvd.code, self.conn.close_rcvd.reason)
        super().handle_close(event)

    def keepalive_timeout(self) -> None:
        if not (self.close_sent or self.transport.is_closing()):
            self._queue_disconnect(ABNORMAL, "")  # the peer is as good as gone
        super().keepalive_timeout()

    def eof_received(self) -> None:
        """The transport closes, and `connection_lost` is called; at the latest when it is aborted."""
        if self.handshake_complete:
            self._queue_disconnect(ABNORMAL, "")
        self.disconnected = True
        self.writable.set()  # for those who wait to send
        self._tcp.bound()

    def shutdown(self) -> None:
        """Close with 1012, or answer the handshake with 503; uvicorn calls this when it ends.

        Whatever fails costs this WebSocket alone.
        """
        try:
            if self.handshake_complete or self.close_sent:
                super().shutdown()
            else:
                self.disconnected = True  # whatever the application still sends
                self._close_with(answer(503, STOPPING))
        except Exception:
            if self._tcp.end is None:  # else it had begun to close before
                logger.exception("a WebSocket could not be closed at shutdown; its TCP connection is aborted")
                self._tcp.abort()
        if self._tcp.end is not None:
            self._tcp.end.restart(SHUTDOWN_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        self._tcp.lost()
        if self.handshake_complete:
            self._queue_disconnect(ABNORMAL, "")
        super().connection_lost(exc)

    async def send(self, message: AsgiMessage) -> None:  # type: ignore[override]  # uvicorn's type is private
        await super().send(cast(Any, message))
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # it was refused; uvicorn would log that it was not completed

    def _queue_disconnect(self, code: int, reason: str, *, protocol_error: bool = False) -> None:
        """Queue the event before uvicorn queues its own; the first one counts."""
        if not self._disconnect_queued:
            self._disconnect_queued = True
            event: Any = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self.queue.put_nowait(event | {PROTOCOL_ERROR: protocol_error})


class _GivenAway(asyncio.Transport):
    """Replaces the transport of a WebSocket that was taken over, which outlives the application's call."""

    def is_closing(self) -> bool:
        return True

    def close(self) -> None:
        """Do nothing: `OpenWebSocket` closes the transport."""

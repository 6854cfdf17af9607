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
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.exceptions import SecurityError
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import Protocol
from websockets.protocol import State as ParserState
from websockets.version import version as websockets_version

from partyserver.wire.backlog import CLOSED_WITHIN
from partyserver.wire.close_codes import ABNORMAL
from partyserver.wire.direct_events import EXTENSION, PROTOCOL_ERROR, Dispatcher, TakenOver
from partyserver.wire.fragments import TOO_MANY_EMPTY, Fragments, TooManyEmptyFragmentsError
from partyserver.wire.frames import Data
from partyserver.wire.intake import is_peer_there
from partyserver.wire.open_websocket import MOST_SETTLING, OpenWebSocket
from partyserver.wire.plain_handshake import plain_answer, plain_key, response_to, scope_of
from partyserver.wire.prepared import Prepared, prepared
from partyserver.wire.request_heads import STOPPING, answer
from partyserver.wire.slices import FRAMES, Slice
from partyserver.wire.tcp_end import SHUTDOWN_TIMEOUT, EndingTransport, GivenAway
from partyserver.wire.unfinished import GIVEN_UP, UNBOUNDED, Bounds

logger = logging.getLogger("partyserver")

MOST_PARSED = 2_048  # bytes that the parser gets at once: some hundred frames, if they are empty

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
    _dispatcher: Dispatcher | None = None  # of an application that has not taken the WebSocket over
    _failing = False  # text was not in UTF-8; what came before it is still answered
    _unfinished = UNBOUNDED.unfinished
    _unread = b""  # what waits for the next turn
    fragments: Fragments | None = None  # if a message's last frame has not come
    _tcp: EndingTransport  # also once the application has taken the WebSocket over
    _key: bytes | None = None  # of a plain handshake that is not answered

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        common = prepared.get(server_state)
        loop = _loop or asyncio.get_event_loop()
        if common is not None and common.is_for(config, loop):
            common.fill(self, server_state, app_state)
            return
        super().__init__(config, server_state, app_state, loop)
        if common is None and (made := Prepared(self.__dict__, self.conn.__dict__)).is_plain:
            prepared[server_state] = made

    def hand_over(
        self,
        transport: asyncio.Transport,
        server: tuple[str, int | None] | None,
        client: tuple[str, int] | None,
        *,
        is_secure: bool,
    ) -> None:
        """Take a connection over from an HTTP protocol, which knows both ends; see `connection_made`."""
        self.transport = self._tcp = EndingTransport(transport, self.loop)
        self.connections.add(self)
        self.server, self.client = server, client
        self.scheme = "wss" if is_secure else "ws"

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
        self.conn.parser = Protocol.parse(self.conn)  # of frames
        next(self.conn.parser)
        received = list(headers)
        key = plain_key(received, negotiates=bool(self.conn.available_extensions))
        if key is not None and not self.conn.debug:
            self._key = key
            self._start(target, received)
            return
        known = Headers()
        for name, value in received:
            known[name.decode("ascii")] = value.decode(*_DECODED)
        path = target.decode("ascii")
        request = Request(path, known, method) if _REQUEST_KNOWS_METHOD else Request(path, known)
        self.handle_connect(request)

    def _start(self, target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """Run the application for a plain handshake, as `handle_connect` does for any."""
        self.handshake_initiated = self.conn.accept_called = True
        self.scope = cast(Any, scope_of(self, target, headers))
        self.scope["extensions"] = cast(Any, {"websocket.http.response": {}, EXTENSION: self})
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def carries(self, receive: Receive, send: Send) -> bool:
        """See `DirectEvents.carries`."""
        return receive == self.receive and send == self.send

    def take_over(self, dispatcher: Dispatcher, bounds: Bounds = UNBOUNDED) -> TakenOver:
        """See `DirectEvents.take_over`."""
        self.stop_keepalive()
        transport, self.transport = self._tcp.inner, GivenAway()
        self.scope["extensions"].pop(EXTENSION)
        if (request := getattr(self, "request", None)) is not None:
            request.headers.clear()  # the parser keeps the request for as long as it runs
        opened = OpenWebSocket(self, self._tcp, dispatcher, bounds, early_data=self._early_data)
        dispatcher.carried_by(opened)
        while not self.queue.empty():
            opened.receive(self.queue.get_nowait())  # type: ignore[arg-type]
        if self._unread:
            opened.data_received(self._unread)
            self._unread = b""
        if self.read_paused and not opened.is_held_up:
            transport.resume_reading()
        return TakenOver(opened.send, None if self.conn.extensions else opened.frames, opened)

    def attend(self, dispatcher: Dispatcher, bounds: Bounds = UNBOUNDED) -> None:
        """See `DirectEvents.attend`."""
        self._dispatcher = dispatcher
        self._unfinished = bounds.unfinished

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
    def is_lost(self) -> bool:
        """See `TcpConnection.is_lost`."""
        return self._tcp.is_lost

    @property
    def unsent(self) -> int:
        """See `TcpConnection.unsent`."""
        return self._tcp.get_write_buffer_size()

    def data_received(self, data: bytes) -> None:
        if self._tcp.end is not None:
            self._tcp.end.discard(len(data))
        elif self._unread:
            self._unread += data
        elif not self._failing:
            # Clients should wait for the answer to their handshake.
            self._early_data |= self.handshake_initiated
            self._receive_slice(data)

    def _receive_slice(self, data: bytes) -> None:
        this = Slice()
        for start in range(0, len(data), MOST_PARSED):
            if self._tcp.end is not None or self._failing:
                return
            if start and this.has_ended(FRAMES):
                self._unread = data[start:]
                self._tcp.inner.pause_reading()
                self.loop.call_soon(self._go_on)
                return
            self.conn.receive_data(data[start : start + MOST_PARSED])
            self.handle_events()  # what came before an error is delivered first
            if self.conn.parser_exc is not None:
                self.handle_parser_exception()
            elif self.conn.handshake_exc is not None and not self.handshake_initiated:
                self._refuse_head(self.conn.handshake_exc)
        self._unfinished.note(self, len(self.conn.reader.buffer) + len(self.fragments or ()))

    def give_up(self) -> None:
        """See `Unfinishing.give_up`."""
        self.fail(*GIVEN_UP, CLOSED_WITHIN)
        self._forget_unfinished()

    def _forget_unfinished(self) -> None:
        self.fragments = None
        self.conn.reader.buffer.clear()
        self._unfinished.note(self, 0)

    def _go_on(self) -> None:
        data, self._unread = self._unread, b""
        if data:  # else the application has taken the WebSocket over
            self._receive_slice(data)
            if not (self._unread or self.read_paused or self._tcp.is_closing()):
                self._tcp.resume_reading()

    def handle_text(self, event: Frame) -> None:
        self.fragments = Fragments(is_text=True)
        self.handle_cont(event)

    def handle_bytes(self, event: Frame) -> None:
        self.fragments = Fragments(is_text=False)
        self.handle_cont(event)

    def handle_cont(self, event: Frame) -> None:
        if (fragments := self.fragments) is None or self._failing:
            return
        try:
            fragments.take(event)
            if event.fin:
                self.fragments = None
                self._queue_message(fragments.message())
        except UnicodeDecodeError:
            if self.conn.state is ParserState.OPEN:  # else the parser has found more that is wrong behind it
                self._failing = True
                self._fail_when_settled(self.loop.time() + MOST_SETTLING)
        except TooManyEmptyFragmentsError:
            if self.conn.state is ParserState.OPEN:
                self.conn.fail(*TOO_MANY_EMPTY)
                self.handle_parser_exception()

    def _queue_message(self, message: Data) -> None:
        if self.close_sent:
            return  # reading goes on until the peer's answer
        kind = "text" if isinstance(message, str) else "bytes"
        event: Any = {"type": "websocket.receive", kind: message}
        self.queue.put_nowait(event)
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _fail_when_settled(self, deadline: float) -> None:
        """Close with 1007 once what came before is answered; it may still be queued."""
        dispatcher = self._dispatcher
        waits = dispatcher is not None and not (self.queue.empty() and dispatcher.is_settled)
        if self.close_sent or self.transport.is_closing():
            return
        if waits and self.loop.time() < deadline:
            self.loop.call_later(0.005, self._fail_when_settled, deadline)
        else:
            self.conn.send_close(1007)
            self.handle_parser_exception()

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
        if self.conn.close_sent is None:  # the handshake is not answered yet, so that there can be no close
            if not self.close_sent:
                self.disconnected = True  # whatever the application still sends
                self._close_with(answer(400, "What came before the answer to the handshake is no frame."))
            return
        if not self.close_sent:
            self._queue_disconnect(
                self.conn.close_sent.code, self.conn.close_sent.reason, protocol_error=True
            )
        super().handle_parser_exception()

    def handle_close(self, event: Frame) -> None:
        if self.conn.close_rcvd is not None and not self.close_sent:
            self._queue_disconnect(self.conn.close_rcvd.code, self.conn.close_rcvd.reason)
        super().handle_close(event)

    def keepalive_timeout(self) -> None:
        if self.read_paused and is_peer_there(self.transport, self.ping_timeout or 0.0):
            # The application has not asked for what came before the pong.
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()
            return
        if not (self.close_sent or self.transport.is_closing()):
            self._queue_disconnect(ABNORMAL, "")  # the peer is as good as gone
        super().keepalive_timeout()

    def eof_received(self) -> None:
        """The transport closes, and `connection_lost` is called; at the latest when it is aborted."""
        if self.handshake_complete:
            self._queue_lost()
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
        self._forget_unfinished()
        if self.handshake_complete:
            self._queue_lost()
        super().connection_lost(exc)

    async def send(self, message: AsgiMessage) -> None:  # type: ignore[override]  # uvicorn's type is private
        if self._key is not None and message["type"] == "websocket.accept":
            await self.writable.wait()
            key, self._key = self._key, None
            if self._accept_plainly(key, message):
                return
            self.response = response_to(key)
        await super().send(cast(Any, message))
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # it was refused; uvicorn would log that it was not completed

    def _accept_plainly(self, key: bytes, message: AsgiMessage) -> bool:
        """Answer a plain handshake to which nothing is to be added; False for any other."""
        if message.get("headers") or message.get("subprotocol") or self.default_headers:
            return False
        if self.disconnected or self.handshake_complete or self.transport.is_closing():
            return False
        if self.logger.isEnabledFor(logging.INFO):
            where = get_client_addr(self.scope), get_path_with_query_string(self.scope)
            self.logger.info('%s - "WebSocket %s" [accepted]', *where)
            self.logger.info("connection open")
        self.handshake_complete = True
        self.conn.state = ParserState.OPEN
        self.transport.write(plain_answer(key))
        self.start_keepalive()
        return True

    def _queue_lost(self) -> None:
        self._queue_disconnect(1007 if self._failing else ABNORMAL, "", protocol_error=self._failing)

    def _queue_disconnect(self, code: int, reason: str, *, protocol_error: bool = False) -> None:
        """Queue the event before uvicorn queues its own; the first one counts."""
        if not self._disconnect_queued:
            self._disconnect_queued = True
            event: Any = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self.queue.put_nowait(event | {PROTOCOL_ERROR: protocol_error})

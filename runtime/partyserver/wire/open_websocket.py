"""A WebSocket under uvicorn after its handshake, without a task of its own and with little in memory."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import TYPE_CHECKING, cast

from starlette.types import Message as AsgiMessage
from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.protocol import State as ParserState

from partyserver.wire.backlog import CLOSED_WITHIN
from partyserver.wire.client_frames import read_messages
from partyserver.wire.close_codes import ABNORMAL
from partyserver.wire.closing_state import CLOSED, CLOSING, FAILING, OPEN
from partyserver.wire.direct_events import Dispatcher, disconnect_event, message_of
from partyserver.wire.fragments import TOO_MANY_EMPTY, Fragments, TooManyEmptyFragmentsError
from partyserver.wire.frame_progress import FrameProgress
from partyserver.wire.frame_writer import FrameWriter
from partyserver.wire.frames import Data
from partyserver.wire.intake import Intake, is_peer_there
from partyserver.wire.keepalive import Keepalive
from partyserver.wire.slices import FEW_BYTES, FRAMES, Slice
from partyserver.wire.tcp_end import SHUTDOWN_TIMEOUT, EndingTransport, TcpEnd
from partyserver.wire.unfinished import GIVEN_UP, UNBOUNDED, Bounds

if TYPE_CHECKING:
    from partyserver.wire.handshake import PartyWebSocketProtocol

logger = logging.getLogger("partyserver")

MOST_SETTLING = 1.0  # seconds that handlers have to answer what came before an error
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class OpenWebSocket(asyncio.Protocol):
    """Takes the TCP connection over from the protocol class that made the handshake.

    It does on the wire what uvicorn's own class does, with the same pings and timeouts.

    Attributes:
        frames: writes what goes to the peer.
    """

    __slots__ = (
        "_conn",
        "_connections",
        "_context",
        "_dispatcher",
        "_end",
        "_fragments",
        "_has_parsed",
        "_intake",
        "_keepalive",
        "_loop",
        "_max_size",
        "_progress",
        "_state",
        "_transport",
        "_unfinished",
        "_unread",
        "frames",
    )

    def __init__(
        self,
        handshake: PartyWebSocketProtocol,
        tcp: EndingTransport,
        dispatcher: Dispatcher,
        bounds: Bounds = UNBOUNDED,
        *,
        early_data: bool,
    ) -> None:
        """
        Args:
            handshake: what made the handshake.
            tcp: the TCP connection, as the handshake had it.
            dispatcher: dispatches the events. It is called in a copy of the present context.
            bounds: what it may take.
            early_data: whether something came before the handshake was done, so that its parser may be
                inside a frame.
        """
        self._transport = transport = tcp.inner
        self._conn = handshake.conn
        self._connections = cast(set[object], handshake.connections)
        self._loop = handshake.loop
        self._context = contextvars.copy_context()
        self._dispatcher: Dispatcher | None = dispatcher  # None once the end is dispatched
        self._fragments: Fragments | None = handshake.fragments  # if a message's last frame has not come
        self._unread: bytes | None = None  # what waits for the next turn, or until the intake is open
        self._intake: Intake | None = None  # once the application has had enough
        self._unfinished = bounds.unfinished
        self._has_parsed = early_data  # since it was noted how much has come of a message
        self._progress = FrameProgress(parser_reads_all=early_data)
        self.frames = FrameWriter(
            transport, self._loop, paused=not handshake.writable.is_set(), mark=bounds.max_queue, owner=self
        )
        ended = handshake.disconnected or handshake.close_sent
        self._state = CLOSED if ended else OPEN
        self._end: TcpEnd | None = tcp.end  # once a close frame is written
        config = handshake.config
        self._max_size = config.ws_max_size
        self._keepalive = Keepalive(self, self._loop, config.ws_ping_interval, config.ws_ping_timeout)
        self._connections.discard(handshake)
        self._transport.set_protocol(self)
        if not handshake.disconnected:
            self._connections.add(self)
            self._keepalive.start()

    # What is received

    def receive(self, event: AsgiMessage) -> None:
        """Receive an ASGI event that was queued; those behind the first disconnect are dropped."""
        if event["type"] == "websocket.disconnect":
            self._dispatch_held()
            self._state = CLOSED  # uvicorn's class has answered the close, or closes
            self._dispatch_end(event)
        else:
            self._dispatch(message_of(event))

    def _dispatch(self, message: Data) -> None:
        if self._intake is not None and self._intake.is_paused:
            self._intake.hold(message)
        elif self._dispatcher is not None:
            self._context.run(self._dispatcher.dispatch_message, message)

    def _dispatch_held(self) -> None:
        if self._intake is not None:
            self._intake.release(self._dispatch, at_once=True)

    def data_received(self, data: bytes) -> None:
        if self._unread is not None and self._state is not CLOSED:
            self._unread += data
        elif self._state is OPEN or self._state is CLOSING:
            self._receive_slice(self._progress.resume(data))
            if self._has_parsed:
                self._note_unfinished()
        elif self._end is not None:
            self._end.discard(len(data))

    def _receive_slice(self, data: bytes) -> None:
        progress, start = self._progress, 0
        this = Slice() if len(data) > FEW_BYTES else None
        while start < len(data) and (self._state is OPEN or self._state is CLOSING):
            frames, behind = 1, start
            if not progress.is_inside_frame and self._fragments is None and self._state is OPEN:
                messages, behind = read_messages(data, start, self._max_size, FRAMES)
                frames = len(messages)
                for message in messages:
                    # The handler of an earlier one may have closed.
                    if self._state is not OPEN or self._dispatcher is None:
                        break
                    if self._intake is None:
                        self._context.run(self._dispatcher.dispatch_message, message)
                    else:
                        self._dispatch(message)
            if behind == start:
                behind = progress.take(data, start)
                if behind == start:
                    return
                frames = 1
                self._parse(data[start:behind])
            start = behind
            if self._intake is not None and self._intake.is_paused:
                self._unread = data[start:]
                return
            if this is not None and this.has_ended(frames) and start < len(data):
                self._postpone(data[start:])
                return

    def _postpone(self, data: bytes) -> None:
        """Receive the rest in the next turn, and read no more until then."""
        self._unread = data
        self._transport.pause_reading()
        self._loop.call_soon(self._go_on)

    def pause_reading(self) -> None:
        """See `Flow.pause_reading`."""
        if self._state is OPEN:
            if self._intake is None:
                self._intake = Intake()
            self._intake.is_paused = True
            self._unread = self._unread or b""
            self._transport.pause_reading()
            self._keepalive.excuse()

    def resume_reading(self) -> None:
        """See `Flow.resume_reading`."""
        if self._intake is not None and self._intake.is_paused:
            self._intake.is_paused = False
            self._loop.call_soon(self._go_on)

    @property
    def is_held_up(self) -> bool:
        """Whether nothing is dispatched for now."""
        return self._intake is not None and self._intake.is_paused

    def _go_on(self) -> None:
        if self._intake is not None:
            self._intake.release(self._dispatch)
            if self._intake.is_paused:
                return
        data, self._unread = self._unread, None
        if data is not None and (self._state is OPEN or self._state is CLOSING):
            self._receive_slice(data)
            self._note_unfinished()
        if self._unread is None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _note_unfinished(self) -> None:
        size = len(self._conn.reader.buffer) + len(self._fragments or ())
        self._has_parsed = size > 0
        self._unfinished.note(self, size)

    def give_up(self) -> None:
        """See `Unfinishing.give_up`."""
        self.fail(*GIVEN_UP, CLOSED_WITHIN)
        self._close_connection()
        self._forget_unfinished()

    def _forget_unfinished(self) -> None:
        """Free what has come of a message now; the garbage collector would, at some time."""
        self._fragments = None
        self._conn.reader.buffer.clear()
        self._unfinished.note(self, 0)

    def _parse(self, data: bytes) -> None:
        self._has_parsed = True
        conn = self._conn
        conn.receive_data(data)
        answers = conn.data_to_send()  # a pong for each ping, then the close frame if there is one
        for event in conn.events_received():  # also what came before an error in the same packet
            if isinstance(event, Frame) and self._state is not CLOSED:
                self._receive_frame(event, answers)
        if conn.parser_exc is not None:
            self._protocol_broken(answers)

    def _receive_frame(self, frame: Frame, answers: list[bytes]) -> None:
        if frame.opcode in _DATA:
            self._receive_data(frame)
        elif frame.opcode is Opcode.PING:
            self.frames.put(answers.pop(0))
        elif frame.opcode is Opcode.PONG:
            self._keepalive.receive_pong(bytes(frame.data))
        elif frame.opcode is Opcode.CLOSE:
            self._receive_close(answers)

    def _receive_data(self, frame: Frame) -> None:
        fragments = self._fragments
        if fragments is None:  # that a message does not begin with a continuation, the parser has seen to
            fragments = self._fragments = Fragments(is_text=frame.opcode is Opcode.TEXT)
        try:
            fragments.take(frame)
            if frame.fin:
                self._fragments = None
                message = fragments.message()
                if self._state is OPEN:
                    self._dispatch(message)
        except UnicodeDecodeError:
            if self._conn.state is ParserState.OPEN:  # else the parser has found more that is wrong behind it
                self._state = FAILING
                self._fail_when_settled(self._loop.time() + MOST_SETTLING)
        except TooManyEmptyFragmentsError:
            if self._conn.state is ParserState.OPEN:
                self._conn.fail(*TOO_MANY_EMPTY)
                self._protocol_broken(self._conn.data_to_send())

    def _fail_when_settled(self, deadline: float) -> None:
        """Close with 1007 once what came before is answered."""
        if self._state is not FAILING:
            return
        dispatcher = self._dispatcher
        if dispatcher is None or dispatcher.is_settled or self._loop.time() >= deadline:
            self._conn.send_close(1007)
            self._protocol_broken(self._conn.data_to_send())
        else:
            self._loop.call_later(0.005, self._fail_when_settled, deadline)

    def _receive_close(self, answers: list[bytes]) -> None:
        if self._state is CLOSING and self._end is not None:  # it is the peer's answer
            self._state = CLOSED
            self._end.close()
        elif not self._transport.is_closing() and (close := self._conn.close_rcvd) is not None:
            self._dispatch_held()
            self._dispatch_disconnect(close.code, close.reason)
            self._write_last(answers)
            self._close_connection()

    def _protocol_broken(self, answers: list[bytes]) -> None:
        """Close with what the parser has made of the error."""
        if self._is_up and (close := self._conn.close_sent) is not None:
            self._dispatch_disconnect(close.code, close.reason, protocol_error=True)
            self._write_last(answers)
        self._close_connection()

    def _dispatch_end(self, event: AsgiMessage) -> None:
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is not None:
            self._context.run(dispatcher.dispatch_end, event)

    def _dispatch_disconnect(self, code: int, reason: str, *, protocol_error: bool = False) -> None:
        self._dispatch_end(disconnect_event(code, reason, protocol_error=protocol_error))

    def eof_received(self) -> None:
        """The transport closes, and `connection_lost` is called; at the latest when it is aborted."""
        if self._state is not CLOSED:
            self.frames.end()
            self._dispatch_lost()
            self._ending()

    def connection_lost(self, exc: Exception | None) -> None:
        self._keepalive.stop()
        if self._end is not None:
            self._end.stop()
        self._connections.discard(self)
        self._forget_unfinished()
        self.frames.end()
        self._dispatch_lost()

    def _dispatch_lost(self) -> None:
        code, failing = (1007, True) if self._state is FAILING else (ABNORMAL, False)
        self._state = CLOSED
        self._dispatch_disconnect(code, "", protocol_error=failing)

    # What is sent

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
        # A close frame need not wait until the peer takes more; only for what goes before it.
        await (self.frames.written() if message["type"] == "websocket.close" else self.frames.ready())
        if self._state is CLOSED:
            raise ClientDisconnected
        if self._state is CLOSING:
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
            return  # the peer has gone, and `connection_lost` is about to say so
        self._conn.send_close(code, reason)
        self._write_last(self._conn.data_to_send())
        self._state = CLOSING
        self.resume_reading()  # for the peer's answer
        self._ending()
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is not None:  # in a turn of its own, as if the application had waited for the event
            event = disconnect_event(code, reason)
            self._loop.call_soon(dispatcher.dispatch_end, event, context=self._context)

    def _write(self) -> None:
        self._transport.write(b"".join(self._conn.data_to_send()))

    def _write_last(self, close_frame: list[bytes]) -> None:
        """Write a close frame behind what was sent before, as far as the peer takes that; nothing follows."""
        self.frames.write_now()
        self.frames.end()
        self._transport.write(b"".join(close_frame))

    def shutdown(self) -> None:
        """Close with 1012; uvicorn calls this when it ends. Whatever fails costs this WebSocket alone."""
        self._keepalive.stop()
        try:
            if self._state is OPEN and self._conn.state is ParserState.OPEN:
                self._dispatch_disconnect(1012, "")
                self._conn.send_close(1012)
                self._write_last(self._conn.data_to_send())
            elif self._state is FAILING:
                self._fail_when_settled(0)
            self._close_connection()
            self._ending().restart(SHUTDOWN_TIMEOUT)
        except Exception:
            logger.exception("a WebSocket could not be closed at shutdown; its TCP connection is aborted")
            self._transport.abort()

    def queue_full(self) -> None:
        """See `QueueOwner.queue_full`."""
        if self._dispatcher is not None:
            self._dispatcher.queue_full()

    def fail(self, code: int, reason: str, timeout: float) -> None:
        """See `TcpConnection.fail`."""
        if self._is_up and not self._transport.is_closing():
            self.frames.drop()
            self._dispatch_disconnect(code, reason)
            self._send_close(code, reason)
        self._ending().restart(timeout)

    def abort(self) -> None:
        """See `TcpConnection.abort`."""
        self._transport.abort()

    @property
    def is_lost(self) -> bool:
        """See `TcpConnection.is_lost`."""
        return self not in self._connections

    @property
    def unsent(self) -> int:
        """See `TcpConnection.unsent`."""
        return self.frames.unsent

    def _close_connection(self) -> None:
        """Close the TCP connection once what was written has left and the peer has closed."""
        if self._state is not CLOSED:
            self._state = CLOSED
            self._keepalive.stop()
            self._ending().half_close()

    def _ending(self) -> TcpEnd:
        if self._end is None:
            self._end = TcpEnd(self._transport, self._loop)
        return self._end

    # Pings

    def send_ping(self, payload: bytes) -> bool:
        """See `PingedSocket.send_ping`."""
        if self._is_closing:
            return False
        self._conn.send_ping(payload)
        self._write()
        if self.is_held_up:
            self._keepalive.excuse()
        return True

    def is_there(self, silent_for: float) -> bool:
        """See `PingedSocket.is_there`."""
        return is_peer_there(self._transport, silent_for)

    def pong_missing(self) -> None:
        """See `PingedSocket.pong_missing`."""
        if not self._is_closing:
            self._dispatch_disconnect(ABNORMAL, "")  # the peer is as good as gone
            self._conn.fail(1011, "keepalive ping timeout")
            self._write_last(self._conn.data_to_send())
            self._close_connection()

    @property
    def _is_up(self) -> bool:
        return self._state is OPEN or self._state is FAILING

    @property
    def _is_closing(self) -> bool:
        # asyncio closes the transport by itself at the end of the peer's data, or when a write fails.
        return self._state is not OPEN or self._transport.is_closing()

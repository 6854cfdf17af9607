"""HTTP under uvicorn, with limits: the time and the bytes that a head may take, and how many connections.

uvicorn has no limit for any of them (for the bytes with h11 alone), and closes so that a client may miss the
answer. What is used of its classes is listed in `uvicorn_support`: add there what you use here.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from partyserver.limits import Limits
from partyserver.wire.overload import Overload
from partyserver.wire.request_heads import (
    STOPPING,
    HeadRefusedError,
    answer,
    check_handshake,
    check_size,
    too_long,
)
from partyserver.wire.tcp_end import TcpEnd

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as UvicornHttp
else:
    UvicornHttp = object

SECONDS_TO_READ_LAST_ANSWER = 2.0

logger = logging.getLogger("partyserver")


class LimitedHttp(UvicornHttp):
    """What both of uvicorn's classes lack; it is mixed into each.

    Attributes:
        limits: those of the server.
        overload: what is known of the connections past their limit.
    """

    limits: ClassVar[Limits] = Limits()
    overload: ClassVar[Overload] = Overload(limits.max_connections)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_timer: asyncio.TimerHandle | None = None  # runs while a head is awaited
        self._head_bytes = 0  # of the head that has not come whole, or beside the last piece of a body
        self._end: TcpEnd | None = None  # once nothing more is read or answered
        self._deaf = False  # nothing more is read; the last request may still be handled
        self._behind = 0  # where in what was received the parser stopped, and has to go on
        self._upgraded = False
        self._turned_away = False  # there are too many connections

    # What the two classes know in different ways

    @property
    def _is_inside_head(self) -> bool:
        raise NotImplementedError

    def _has_only_target(self) -> bool:
        """Whether no header has come of the head that has not come whole."""
        raise NotImplementedError

    def _is_too_much_beside_body(self) -> bool:
        """Whether too much has come with a body that is not of it, such as trailers."""
        raise NotImplementedError

    @property
    def _is_handling(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connections = len(self.connections)
        self._turned_away = self.overload.turns_away(connections)
        if self._turned_away and self.overload.cuts_off(connections):
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        if self._end is not None:
            self._end.stop()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close, as uvicorn ends, once a request that has come whole is answered."""
        if self._end is not None or not self._is_handling or self.transport.is_closing():
            self.transport.close()
        elif self.cycle.more_body:
            self._refuse(HeadRefusedError(503, STOPPING))
            self.transport.close()
        else:
            super().shutdown()

    # What is received

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            if self._end is not None:
                self._end.discard(len(data))
            return
        if self._turned_away:
            self._refuse(HeadRefusedError(503, "There are too many connections."))
            return
        self._head_bytes += len(data)
        super().data_received(data)
        while self._behind:
            data, self._behind = data[self._behind :], 0
            if data and not self._deaf:
                super().data_received(data)
        cycle = self.cycle
        if (
            cycle is not None
            and cycle.scope is self.scope
            and not cycle.more_body
            and not cycle.response_complete
        ):  # as for most requests: it came whole, and nothing behind it
            self._head_bytes = 0
            if self._head_timer is not None:
                self._stop_timer()
        elif not (self._upgraded or self._deaf):
            self._look_at_the_rest()

    def _look_at_the_rest(self) -> None:
        """A part of a head or of a body has come, or something between requests."""
        if self._is_inside_head:
            if (most := self.limits.max_header_bytes) and self._head_bytes > most:
                self._refuse(too_long(target_alone=self._has_only_target(), most=most))
                return
        else:
            if self.cycle is None or not self.cycle.more_body:
                self._head_bytes = 0
            elif self._is_too_much_beside_body():
                self._refuse(too_long(target_alone=False, most=self.limits.max_header_bytes))
                return
            if self._is_handling:
                self._stop_timer()
                if self.cycle.more_body and self.cycle.transport is self.transport:
                    self.cycle.transport = _LastAnswer(self, self.transport)  # type: ignore[assignment]
                return
        if self._head_timer is None:
            self._await_head()

    def _check_size(self, target: bytes) -> None:
        """Check the length of the head that has come whole; `self.headers` are its headers."""
        if (most := self.limits.max_header_bytes) and self._head_bytes > most:
            check_size(target, self.headers, most)

    def _check_handshake(self, method: str, target: bytes) -> None:
        check_handshake(method, target, self.headers)
        if self._is_handling:
            raise HeadRefusedError(400, "A handshake must wait for the answer to the request before it.")

    # Time

    def _await_head(self) -> None:
        if (seconds := self.limits.header_timeout) and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._is_handling:  # what has begun to come is the head of a request behind that one
            self._await_head()
        elif self._head_bytes:
            self._refuse(HeadRefusedError(408, "The head of the request took too long."))
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    # Refusals

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, and close; uvicorn calls this while it handles the exception."""
        error = sys.exception()
        if error is not None and isinstance(error.__context__, HeadRefusedError):  # httptools has wrapped it
            self._refuse(error.__context__)
            return
        hint = getattr(error, "error_status_hint", 400)  # h11's, which knows 431 among others
        most = self.limits.max_header_bytes
        if hint == 431:
            target_alone = not self._is_handling and self._has_only_target()
            self._refuse(too_long(target_alone=target_alone, most=most))
        else:
            self._refuse(HeadRefusedError(hint, msg))

    def _refuse(self, refusal: HeadRefusedError) -> None:
        self._stop_timer()
        self._unset_keepalive_if_required()
        if self.transport.is_closing() or self._end is not None:
            return
        logger.debug("%s: %d: %s", self.client, refusal.status, refusal.reason)
        if self._is_handling:
            if self._is_inside_head:  # of a request behind the one that is handled, which keeps its answer
                self._deaf = True
                self.cycle.keep_alive = False
                self.cycle.transport = _LastAnswer(self, self.transport)  # type: ignore[assignment]
                return
            if self.cycle.response_started:
                self.transport.abort()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(answer(refusal.status, refusal.reason))
        self._end_connection()

    def _end_connection(self) -> None:
        """Close once the client has read the last answer; it may still be sending."""
        self._deaf = True
        self._end = TcpEnd(self.transport, self.loop, SECONDS_TO_READ_LAST_ANSWER)
        self._end.half_close()

    def close_after(self, cycle: Any) -> None:
        """Close after the answer to a request of which, or behind which, something may not have been read."""
        if self._end is not None:
            return
        if cycle.more_body or self._deaf:
            self._stop_timer()
            self._end_connection()
        else:
            self.transport.close()

    def _read_no_further(self) -> None:
        """The request that has come whole ends the connection: what is behind it is not read (RFC 9112,
        section 9.6), and must not cost it its answer."""
        if not self._deaf and self._is_handling:
            self._deaf = True
            self._stop_timer()
            self.cycle.transport = _LastAnswer(self, self.transport)  # type: ignore[assignment]
            self.cycle.on_response = self._last_is_answered

    def _last_is_answered(self) -> None:
        """Takes the place of uvicorn's, which awaits another request."""
        self.server_state.total_requests += 1

    # Handshakes

    def _upgrade(self, method: str, target: bytes) -> bool:
        """Hand the connection to our WebSocket class; False where it is another."""
        self._upgraded = True
        self._stop_timer()
        if not hasattr(self.ws_protocol_class, "receive_head"):
            return False
        self.connections.discard(self)
        protocol: Any = self.ws_protocol_class(  # type: ignore[misc, call-arg]
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        protocol.hand_over(self.transport, self.server, self.client, is_secure=self.scheme == "https")
        protocol.receive_head(method, target, self.headers)
        self.transport.set_protocol(protocol)
        return True


class _LastAnswer:
    """The transport of an answer after which something may be unread: closing it lingers."""

    __slots__ = ("_protocol", "_transport", "is_closing", "write")

    def __init__(self, protocol: LimitedHttp, transport: asyncio.Transport) -> None:
        self._protocol = protocol
        self.write = transport.write
        self.is_closing = transport.is_closing

    def close(self) -> None:
        self._protocol.close_after(self._protocol.cycle)

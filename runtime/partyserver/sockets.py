"""A server-side WebSocket as handlers see it, apart from the I/O that carries it."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import Request

from partyserver.events import Listener, Listeners
from partyserver.exceptions import ConnectionClosedError
from partyserver.figures import UNCOUNTED
from partyserver.unknown_attributes import attribute_refusal
from partyserver.wire import Data, Flow, FrameWriter, check_close

MAX_MESSAGE_BYTES = 1_048_576
"""How large a client's message may be, as on PartyKit; the ASGI server closes with 1009 past it."""


class ReadyState(enum.IntEnum):
    """The state of a socket, numbered as in the WHATWG WebSockets standard."""

    CONNECTING = 0
    OPEN = 1
    CLOSING = 2
    CLOSED = 3


# Until Python 3.12 `ReadyState.OPEN` takes ten times as long as a name, and every message asks for it.
_OPEN = ReadyState.OPEN


class Transport(Protocol):
    """Carries a socket's messages. Its calls keep their order and return at once."""

    @property
    def frames(self) -> FrameWriter | None:
        """Takes messages as frames in place of `send`, if that is possible now."""

    def send(self, message: Data) -> None:
        """Send a message."""

    def close(self, code: int | None, reason: str) -> None:
        """Start the closing handshake, after everything that was sent before."""

    def fail(self, code: int, reason: str) -> None:
        """Drop what was not sent yet, and close."""

    async def drain(self) -> None:
        """Return once the peer can take more."""


class Drained:
    """The return value of `send`: awaiting it waits until the peer can take more; it need not be awaited."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __await__(self) -> Generator[Any, Any, None]:
        return self._transport.drain().__await__()


class Socket:
    """One WebSocket, seen from the server.

    Attributes:
        ready_state: a `ReadyState`.
        listeners: who listens to its events.
    """

    # None of our own attributes is in `__dict__`: whatever is there was set by a handler.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_closed_here",
        "_drained",
        "_figures",
        "_flow",
        "_running",
        "_transport",
        "listeners",
        "ready_state",
    )

    def __init__(self, transport: Transport) -> None:
        self.ready_state = ReadyState.OPEN
        self._closed_here = False  # by the server, rather than by the peer
        self._transport = transport
        self._drained = Drained(transport)
        self._flow: Flow | None = None  # pauses the peer's messages, where that is possible
        self._figures = UNCOUNTED  # of the party whose socket it is
        self._running = 0  # handlers for its messages; see `RunningHandlers`
        self.listeners = Listeners()

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("the socket", "ready_state")

    def send(self, message: Data) -> Awaitable[None]:
        """Send a message; messages keep their order.

        Args:
            message: `str` goes out as a text message, `bytes` (also `bytearray` and `memoryview`) as a
                binary one.

        Returns:
            Something that may be awaited, and then waits until the peer can take more (flow control).
            On a socket whose peer has gone the message is dropped.

        Raises:
            TypeError: the message is neither text nor bytes.
            ConnectionClosedError: the server has closed this socket.
        """
        message = as_message(message)
        if self.ready_state is _OPEN:
            self._figures.messages_sent += 1
            self._transport.send(message)
        elif self._closed_here:
            raise ConnectionClosedError("send() after close(): this socket was closed by the server")
        return self._drained

    def close(self, code: int | None = None, reason: str = "") -> None:
        """Close the socket; what was sent before still arrives. Closing it again does nothing.

        Args:
            code: 1000 to 4999 but for the codes that RFC 6455, section 7.4, reserves; without one the
                peer sees 1005.
            reason: up to 123 bytes of UTF-8; needs a code.

        Raises:
            InvalidCloseError: the code or the reason may not be sent.
        """
        check_close(code, reason)
        if self.ready_state is ReadyState.OPEN:
            self.ready_state = ReadyState.CLOSING
            self._closed_here = True
            self._transport.close(code, reason)

    def _carry_by(self, transport: Transport) -> None:
        """Have what is sent from now on carried by another transport, which passes it on to the old one."""
        self._transport = transport
        self._drained = Drained(transport)

    def _fail(self, code: int, reason: str) -> None:
        """Close, and drop what was not sent yet: it may reveal writes that were not stored."""
        if self.ready_state is not ReadyState.CLOSED:
            self.ready_state = ReadyState.CLOSING
            self._closed_here = True
            self._transport.fail(code, reason)

    def add_event_listener(self, event_type: str, callback: Listener) -> None:
        """Have `callback` called for every `message`, `close` or `error`; see `Listeners.add`."""
        self.listeners.add(event_type, callback)

    def remove_event_listener(self, event_type: str, callback: Listener) -> None:
        """No longer call `callback`; nothing happens if it was not added."""
        self.listeners.remove(event_type, callback)


class EdgeSocket(Socket):
    """What `on_socket` gets: a WebSocket whose path is no room (recording `main_hooks`).

    Attributes:
        request: the request of the WebSocket's handshake.
    """

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("the socket", "ready_state", "request")

    def __init__(self, request: Request, transport: Transport) -> None:
        super().__init__(transport)
        self.request = request


def as_message(message: object) -> Data:
    """The message in a form that can be kept: `str` or `bytes`, copied where it could change.

    Raises:
        TypeError: it is neither text nor bytes.
    """
    if isinstance(message, (str, bytes)):
        return message
    if isinstance(message, (bytearray, memoryview)):
        return bytes(message)
    raise TypeError(
        f"a message is str or bytes, got {type(message).__name__}; "
        "encode it first, for example with json.dumps()"
    )

"""Connections and other sockets under the old names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pkcompat.legacy.deprecation import warn_once
from pkcompat.legacy.old_names import called, taught

if TYPE_CHECKING:
    from partyserver import CloseEvent as _CloseEvent
    from partyserver import Connection as _Connection
    from partyserver import EdgeSocket as _EdgeSocket
    from partyserver import ReadyState, StubSocket
    from partyserver.sockets import Socket as _Socket
else:  # old modules import these classes, and must not need the server for it
    _CloseEvent = _Connection = _EdgeSocket = _Socket = object

T = TypeVar("T")
Listener = Callable[..., Any]


class LegacyCloseEvent(_CloseEvent):
    """A `close` event: `code`, `reason`, `wasClean`."""

    __slots__ = ()

    @property
    def wasClean(self) -> bool:  # noqa: N802
        """Whether the closing handshake was completed."""
        return self.was_clean


class LegacySocket(_Socket):
    """A socket under the old names, such as that of a stub."""

    __slots__ = ()

    @property
    def readyState(self) -> ReadyState:  # noqa: N802
        """The state of the socket: 0 connecting, 1 open, 2 closing, 3 closed."""
        return self.ready_state

    def add_event_listener(self, event_type: str, callback: Listener, options: object = None) -> None:
        """Have a function called with each event of a type.

        Args:
            event_type: `message` (`event.data`), `close` (`event.code`, `event.reason`, `event.wasClean`) or
                `error` (`event.error`).
            callback: called with the event, or without arguments if it takes none; an awaitable that it
                returns is awaited. Adding it a second time does nothing.
            options: as in JavaScript: with `{"once": True}` it is called for the first event only.

        Raises:
            TypeError: `callback` cannot be called.
        """
        once = isinstance(options, Mapping) and bool(options.get("once"))
        if callable(callback) and (once or event_type == "close"):
            callback = _Listener(self, event_type, callback, once=once)
        super().add_event_listener(event_type, callback)

    def addEventListener(self, event_type: str, callback: Listener, options: object = None) -> None:  # noqa: N802
        """See `add_event_listener`."""
        self.add_event_listener(event_type, callback, options)

    def remove_event_listener(self, event_type: str, callback: Listener, options: object = None) -> None:
        """Stop calling a function; does nothing if it was not added."""
        super().remove_event_listener(event_type, callback)

    def removeEventListener(self, event_type: str, callback: Listener, options: object = None) -> None:  # noqa: N802
        """See `remove_event_listener`."""
        self.remove_event_listener(event_type, callback)


class _Listener:
    """A listener with extra duties. It equals the function that it calls, so that adding that twice, and
    removing it, work as if it were the function."""

    __slots__ = ("_call", "_callback", "_event_type", "_once", "_socket")

    def __init__(self, socket: LegacySocket, event_type: str, callback: Listener, *, once: bool) -> None:
        from partyserver.events import with_event

        self._socket = socket
        self._event_type = event_type
        self._callback = callback
        self._call = with_event(callback)
        self._once = once

    def __call__(self, event: Any) -> Any:
        if self._once:
            self._socket.remove_event_listener(self._event_type, self._callback)
        return self._call(taught(event, LegacyCloseEvent, "partyserver:CloseEvent"))

    def __eq__(self, other: object) -> bool:
        return self._callback == (other._callback if isinstance(other, _Listener) else other)

    def __hash__(self) -> int:
        return hash(self._callback)


@called("PartyKitConnection")
class LegacyConnection(LegacySocket, _Connection):
    """A connection under the old names: what handlers get as `PartyKitConnection`."""

    __slots__ = ()

    @property
    def socket(self) -> LegacyConnection:
        """The connection itself (deprecated)."""
        warn_once("connection.socket", "the connection itself")
        return self

    def setState(self, value: Any) -> Any:  # noqa: N802
        """Keep a value with the connection, by reference; or what a function makes of the present value."""
        return self.set_state(value)

    def serialize_attachment(self, attachment: Any) -> None:
        """Keep a value with the connection, by reference, as its `state` (deprecated)."""
        warn_once("connection.serializeAttachment", "connection.setState")
        self.state = attachment

    def serializeAttachment(self, attachment: Any) -> None:  # noqa: N802
        """See `serialize_attachment`."""
        warn_once("connection.serializeAttachment", "connection.setState")
        self.state = attachment

    def deserialize_attachment(self) -> Any:
        """The value kept with the connection: its `state` (deprecated)."""
        warn_once("connection.deserializeAttachment", "connection.state")
        return self.state

    def deserializeAttachment(self) -> Any:  # noqa: N802
        """See `deserialize_attachment`."""
        warn_once("connection.deserializeAttachment", "connection.state")
        return self.state


@called("PartyKitSocket")
class LegacyEdgeSocket(LegacySocket, _EdgeSocket):
    """What `onSocket` gets: a WebSocket on a path that is not a room's, with its `request`."""

    __slots__ = ()


@overload
def legacy_connection(connection: _Connection) -> LegacyConnection: ...
@overload
def legacy_connection(connection: T) -> T: ...
def legacy_connection(connection: Any) -> Any:
    """Give a connection the old names too.

    Args:
        connection: a `partyserver.Connection`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    if isinstance(connection, LegacyConnection):  # nearly always
        return connection
    return taught(connection, LegacyConnection, "partyserver:Connection")


@overload
def legacy_socket(socket: _Connection) -> LegacyConnection: ...
@overload
def legacy_socket(socket: _EdgeSocket) -> LegacyEdgeSocket: ...
@overload
def legacy_socket(socket: StubSocket) -> LegacySocket: ...
@overload
def legacy_socket(socket: T) -> T: ...
def legacy_socket(socket: Any) -> Any:
    """Give a socket, of `onSocket` or of a stub, the old names too.

    Args:
        socket: a socket of `partyserver`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    legacy_connection(socket)
    taught(socket, LegacyEdgeSocket, "partyserver:EdgeSocket")
    return taught(socket, LegacySocket, "partyserver.sockets:Socket")

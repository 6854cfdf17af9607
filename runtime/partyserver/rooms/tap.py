"""Following a room from outside: a tap is notified of all that its instance receives and sends.

It can change none of it. `Shadow` has taps for rooms that it follows with another form of their party. Where
there is no tap, an event costs one more comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request
from starlette.responses import Response

from partyserver.connection import Connection
from partyserver.events import Event
from partyserver.rooms.listing import ListedRoom
from partyserver.sockets import Socket
from partyserver.storage import KeyRange, RoomStore
from partyserver.wire import Data, FrameWriter

if TYPE_CHECKING:
    import httpx


Answered = Callable[[Response | Exception], None]
"""Is called with the result of a request."""


class SocketTap(Protocol):
    """Is notified of a socket that a room's handler opened to another room; the rules of `RoomTap` hold."""

    def sent(self, socket: Socket, message: Data) -> None:
        """The handler's room sent something."""

    def closed(self, socket: Socket, code: int | None, reason: str) -> None:
        """The handler's room closed the socket."""

    def got(self, event: Event) -> None:
        """The other room sent something, or the socket has ended."""


class RoomTap(Protocol):
    """Is notified of what one room receives and sends, in order, from the start of an instance on.

    An event is reported when its handler is about to run. No call may raise, wait, or keep for later what
    could change: connections may be kept, but not used.
    """

    @property
    def is_over(self) -> bool:
        """Whether it needs no more reports: broadcasts are then as fast as without it."""

    def connects(self, connection: Connection, request: Request) -> None:
        """A client connects; `connected` or `refused` follows."""

    def connected(self, connection: Connection) -> None:
        """`on_connect` is done: what it sent goes out."""

    def refused(self, connection: Connection, error: Exception) -> None:
        """`on_connect` raised: what it sent does not go out, and the connection is closed."""

    def happened(self, connection: Connection, event: Event) -> None:
        """A client sent a message, or its connection ended."""

    def sent(self, socket: Socket, message: Data) -> None:
        """The room sent something to a connection."""

    def closed(self, socket: Socket, code: int | None, reason: str) -> None:
        """The room closed a connection."""

    def asked(self, request: Request) -> Answered:
        """A request came. Its body may be recorded as the handler reads it."""

    def rang(self) -> None:
        """The room's alarm rang."""

    def fetched(self, party: str, room_id: str, request: httpx.Request, response: httpx.Response) -> None:
        """Another room has answered the room's request."""

    def listed(self, party: str, ids: KeyRange, rooms: Sequence[ListedRoom]) -> None:
        """The room was told the rooms of a party."""

    def opens(self, party: str, room_id: str, request: Request) -> SocketTap:
        """The room has opened a socket to another room."""

    def idles(self) -> None:
        """No handler of the room runs any more."""

    def rests(self, *, gone: bool) -> None:
        """The instance was dropped; the sockets stay, or (`gone`) there are none, and no event follows."""

    def ends(self, why: str) -> None:
        """The room cannot be followed any further."""


RoomStarts = Callable[[str, str, RoomStore], RoomTap | None]
"""Is called with party, room id and stored data of a room without connections whose instance is about to be
made; returns the tap for it, if it is to be followed."""


class TappedTransport:
    """Carries what a socket sends, and reports it to a tap."""

    __slots__ = ("_socket", "_tap", "_transport")

    def __init__(self, tap: RoomTap | SocketTap, socket: Socket) -> None:
        self._tap = tap
        self._socket = socket
        self._transport = socket._transport

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait to be sent; 0 where the transport does not tell."""
        return getattr(self._transport, "queued_bytes", 0)

    @property
    def frames(self) -> FrameWriter | None:
        """None: each message must come by `send`, to be reported."""
        return None

    def send(self, message: Data) -> None:
        self._tap.sent(self._socket, message)
        self._transport.send(message)

    def close(self, code: int | None, reason: str) -> None:
        self._tap.closed(self._socket, code, reason)
        self._transport.close(code, reason)

    def fail(self, code: int, reason: str) -> None:
        self._transport.fail(code, reason)

    async def drain(self) -> None:
        await self._transport.drain()


class TappedConnection(TappedTransport):
    """Carries what a room's connection sends, and reports it to a tap until that is over."""

    __slots__ = ("_room_tap",)

    def __init__(self, tap: RoomTap, connection: Connection) -> None:
        super().__init__(tap, connection)
        self._room_tap = tap

    @property
    def frames(self) -> FrameWriter | None:
        return self._transport.frames if self._room_tap.is_over else None


def connecting(tap: RoomTap | None, connection: Connection, request: Request) -> AbstractContextManager[None]:
    """A context that reports a connection, the end of its handlers, and all that it sends from then on."""
    return nullcontext() if tap is None else _connecting(tap, connection, request)


@contextmanager
def _connecting(tap: RoomTap, connection: Connection, request: Request) -> Iterator[None]:
    tap.connects(connection, request)
    connection._carry_by(TappedConnection(tap, connection))
    try:
        yield
    except Exception as error:
        tap.refused(connection, error)
        raise
    except BaseException:
        tap.ends("a handler was cancelled")
        raise
    tap.connected(connection)


def answering(tap: RoomTap | None, request: Request) -> AbstractContextManager[Answered]:
    """A context that reports a request and an exception; its value is to be called with the response."""
    return nullcontext(_ignore) if tap is None else _answering(tap, request)


@contextmanager
def _answering(tap: RoomTap, request: Request) -> Iterator[Answered]:
    answered = tap.asked(request)
    try:
        yield answered
    except Exception as error:
        answered(error)
        raise
    except BaseException:
        tap.ends("a handler was cancelled")
        raise


def _ignore(outcome: Response | Exception) -> None:
    """There is no tap."""

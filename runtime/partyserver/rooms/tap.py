"""Watching a room: somebody outside is told what its instance gets and gives, and can change none of it.

A host tells a `Shadow`, which follows rooms with another form of their party. Where there is none, an event
costs one comparison more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request
from starlette.responses import Response

from partyserver.connection import Connection
from partyserver.events import Event
from partyserver.sockets import Socket
from partyserver.storage import RoomStore
from partyserver.wire import Data, FrameWriter

if TYPE_CHECKING:
    import httpx


Answered = Callable[[Response | Exception], None]
"""Is called with what a request came to."""


class SocketTap(Protocol):
    """Is told of a socket that a room's handler opened to another room; the rules of `RoomTap` hold."""

    def sent(self, socket: Socket, message: Data) -> None:
        """The handler's room sent something."""

    def closed(self, socket: Socket, code: int | None, reason: str) -> None:
        """The handler's room closed the socket."""

    def got(self, event: Event) -> None:
        """The other room sent something, or the socket has ended."""


class RoomTap(Protocol):
    """Is told what one room gets and gives, in order, from the start of an instance on.

    What comes in is told when its handler is about to run. No call may raise, wait, or keep for later what
    could change: connections may be kept, but are not to be touched.
    """

    @property
    def is_over(self) -> bool:
        """Whether it needs to be told no more: broadcasts are then as fast as if it were not there."""

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
        """A request came. Its body may be looked at as the handler reads it."""

    def rang(self) -> None:
        """The room's alarm rang."""

    def fetched(self, party: str, room_id: str, request: httpx.Request, response: httpx.Response) -> None:
        """The room was answered by another one."""

    def opens(self, party: str, room_id: str, request: Request) -> SocketTap:
        """The room has opened a socket to another one."""

    def idles(self) -> None:
        """No handler of the room runs any more."""

    def rests(self, *, gone: bool) -> None:
        """The instance was dropped; the sockets stay, or (`gone`) there are none, and nothing more comes."""

    def ends(self, why: str) -> None:
        """The room cannot be followed any further."""


RoomStarts = Callable[[str, str, RoomStore], RoomTap | None]
"""Is called with party, room id and stored data of a room without connections whose instance is about to be
made; gives the tap for it, if it is to be watched."""


class TappedTransport:
    """Carries what a socket sends, and tells a tap."""

    __slots__ = ("_socket", "_tap", "_transport")

    def __init__(self, tap: RoomTap | SocketTap, socket: Socket) -> None:
        self._tap = tap
        self._socket = socket
        self._transport = socket._transport

    @property
    def frames(self) -> FrameWriter | None:
        """Nothing: each message must come by `send`, to be told."""
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
    """Carries what a room's connection sends, and tells a tap for as long as it has to be told."""

    __slots__ = ("_room_tap",)

    def __init__(self, tap: RoomTap, connection: Connection) -> None:
        super().__init__(tap, connection)
        self._room_tap = tap

    @property
    def frames(self) -> FrameWriter | None:
        return self._transport.frames if self._room_tap.is_over else None


def connecting(tap: RoomTap | None, connection: Connection, request: Request) -> AbstractContextManager[None]:
    """Tell a tap of a connection, of how its handlers end, and of what it sends from now on."""
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
    """Tell a tap of a request, and of an exception; what comes back is called with the response."""
    return nullcontext(_nobody) if tap is None else _answering(tap, request)


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


def _nobody(outcome: Response | Exception) -> None:
    """Nobody is told."""

"""`PartyServer`: the class form of a party."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from partyserver.connection import Connection
from partyserver.rooms.context import ConnectionContext, Cron, ExecutionContext, Lobby
from partyserver.rooms.room import Room

if TYPE_CHECKING:
    import httpx

    from partyserver.sockets import EdgeSocket

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 6455, section 4.1

AnyMessage: TypeAlias = Any
"""`str | bytes`, of which a party may take less: its clients may send it nothing but text."""
AnyError: TypeAlias = Any
"""The `ProtocolError` that a client caused."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a party is run.

    Attributes:
        hibernate: whether the instance is dropped while the room is idle, its sockets staying open.
        own_names: the names of methods that look like a handler's with a slip in it, and are not.
        subprotocols: the WebSocket subprotocols that the party speaks. The first that a client offers and
            that is among them is chosen; where none is, the socket is opened without one, and a browser
            closes it. `on_before_connect` may choose another.

    Raises:
        TypeError: `own_names` or `subprotocols` is one string.
        ValueError: a subprotocol is none: it may hold no spaces and separators.
    """

    hibernate: bool = False
    own_names: Collection[str] = ()
    subprotocols: Sequence[str] = ()

    def __post_init__(self) -> None:
        if isinstance(self.own_names, str):
            raise TypeError(f"own_names is a collection of names: own_names=({self.own_names!r},)")
        if isinstance(self.subprotocols, str):
            raise TypeError(f"subprotocols is a sequence of names: subprotocols=({self.subprotocols!r},)")
        for name in self.subprotocols:
            if _TOKEN.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no WebSocket subprotocol: write a name such as 'chat.v2'")


class PartyServer:
    """A party: subclass it, and write the handlers that you need; each may be `def` or `async def`.

    One instance serves one room. What a handler returns is awaited if it is awaitable. Handlers of one room
    overlap at their awaits, but no event is delivered while a storage call is under way.

    Attributes:
        options: how the party is run.
        room: the room that this instance serves.
    """

    options: ClassVar[ServerOptions] = ServerOptions()
    room: Room

    def __init__(self, room: Room) -> None:
        self.room = room

    def on_start(self) -> Awaitable[object] | object:
        """The instance is new: at the room's first event, and at the first after it hibernated. Other events
        wait until this is done."""
        return None

    def get_connection_tags(
        self, connection: Connection, ctx: ConnectionContext, /
    ) -> Awaitable[Sequence[str]] | Sequence[str]:
        """Tags for `room.get_connections(tag)`; the connection's id is one in any case. A hibernating party
        takes at most 10 with the id, none empty, none over 256 characters."""
        return ()

    def on_connect(self, connection: Connection, ctx: ConnectionContext, /) -> Awaitable[object] | object:
        """A client connects. Its messages wait until this is done; an exception closes it with 1011."""
        return None

    def on_message(self, message: AnyMessage, sender: Connection, /) -> Awaitable[object] | object:
        """A client sent a text (`str`) or binary (`bytes`) message. An exception is logged."""
        return None

    def on_close(self, connection: Connection, /) -> Awaitable[object] | object:
        """A connection ended, by either side or because its TCP connection died. It is no longer among
        `room.get_connections()`."""
        return None

    def on_error(self, connection: Connection, error: AnyError, /) -> Awaitable[object] | object:
        """A client broke the WebSocket protocol, and was closed; `on_close` is not called for it."""
        return None

    def on_request(
        self, request: Request, /
    ) -> Awaitable[Response | httpx.Response] | Response | httpx.Response:
        """An HTTP request for the room. An exception is a 500."""
        raise NotImplementedError

    def on_alarm(self) -> Awaitable[object] | object:
        """The alarm of `room.storage.set_alarm` is due. After an exception it is tried again."""
        return None

    @staticmethod
    def on_before_connect(
        request: Request, lobby: Lobby, ctx: ExecutionContext, /
    ) -> Awaitable[Request | Response | None] | Request | Response | None:
        """Before a WebSocket reaches the room: the request that goes on, or a response that refuses it. A
        `Response(status_code=101)` lets it go on, too, with the subprotocol in its `Sec-WebSocket-Protocol`,
        which the client must have offered, and its other headers in the answer. An exception is a 401."""
        raise NotImplementedError

    @staticmethod
    def on_before_request(
        request: Request, lobby: Lobby, ctx: ExecutionContext, /
    ) -> Awaitable[Request | Response] | Request | Response:
        """Before an HTTP request reaches the room: the request that goes on, or a response that answers it.
        An exception is a 401."""
        raise NotImplementedError

    @staticmethod
    def on_fetch(
        request: Request, lobby: Lobby, ctx: ExecutionContext, /
    ) -> Awaitable[Response | httpx.Response | None] | Response | httpx.Response | None:
        """An HTTP request whose path is neither room nor static file (`main` party only); None is a 404."""
        raise NotImplementedError

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext, /) -> Awaitable[object] | object:
        """A WebSocket whose path is no room (`main` party only)."""
        raise NotImplementedError

    @staticmethod
    def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext, /) -> Awaitable[object] | object:
        """A cron of the host is due (`main` party only)."""
        raise NotImplementedError


def defines(server_class: type[PartyServer], handler: str) -> bool:
    """Whether a party has a handler of its own."""
    return getattr(server_class, handler, None) is not getattr(PartyServer, handler)

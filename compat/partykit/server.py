"""What modules in the object form import from PartyKit, under the names of its `server` module.

`PartyKitRoom`, `PartyKitConnection` and so on are the classes of handlers' arguments. `PartyKitServer` is the
type of an object of handlers: a `TypedDict`, so that calling it makes a dict. Importing this module needs
neither Starlette nor a server; only accessing `Request` or `Response`, which are Starlette's, does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

from pkcompat.legacy import LegacyConnection as PartyKitConnection
from pkcompat.legacy import LegacyConnectionContext as PartyKitContext
from pkcompat.legacy import LegacyCron as PartyKitCron
from pkcompat.legacy import LegacyEdgeSocket as PartyKitSocket
from pkcompat.legacy import LegacyExecutionContext as PartyKitExecutionContext
from pkcompat.legacy import LegacyLobby as PartyKitLobby
from pkcompat.legacy import LegacyRoom as PartyKitRoom
from pkcompat.legacy import LegacyRoomContext as PartyContext
from pkcompat.legacy import LegacyStorage as PartyKitStorage
from pkcompat.legacy import LegacyStub as PartyKitStub

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    PartyKitRequest = PartyRequest = Request
    PartyKitResponse = Response

Handler = Callable[..., Any] | None
"""A handler may take fewer arguments than it is offered, and may be `async`; None counts as absent."""


class PartyKitServer(TypedDict, total=False):
    """An object of handlers, each in PartyKit's spelling or in snake_case, but not in both.

    The handlers with their arguments, of which they may take fewer:
    `onConnect(connection, room, ctx)`, `onMessage(message, connection, room)`, `onClose(connection, room)`,
    `onError(connection, error, room)`, `onRequest(request, room)`, `onAlarm(room)`; and, outside of rooms,
    `onBeforeConnect(request, lobby, ctx)`, `onBeforeRequest(request, lobby, ctx)`,
    `onFetch(request, lobby, ctx)`, `onSocket(socket, lobby, ctx)`, `onCron(cron, lobby, ctx)`.
    """

    onConnect: Handler
    onMessage: Handler
    onClose: Handler
    onError: Handler
    onRequest: Handler
    onAlarm: Handler
    onBeforeConnect: Handler
    onBeforeRequest: Handler
    onFetch: Handler
    unstable_onFetch: Handler
    onSocket: Handler
    onCron: Handler
    on_connect: Handler
    on_message: Handler
    on_close: Handler
    on_error: Handler
    on_request: Handler
    on_alarm: Handler
    on_before_connect: Handler
    on_before_request: Handler
    on_fetch: Handler
    unstable_on_fetch: Handler
    on_socket: Handler
    on_cron: Handler


ConnectionState = Any
"""The type of `connection.state`: any value."""
ConnectionSetStateFn = Callable[[Any], Any]
"""A function for `connection.setState`, which returns the next state from the present one."""

Party = Room = PartyKitRoom
Connection = PartyConnection = PartyKitConnection
ConnectionContext = PartyConnectionContext = PartyKitConnectionContext = PartyKitContext
Storage = PartyStorage = PartyKitStorage
Stub = PartyStub = PartyKitStub
Context = PartyContext
Lobby = FetchLobby = CronLobby = PartyLobby = PartyFetchLobby = PartyKitFetchLobby = PartyKitLobby
ExecutionContext = PartyExecutionContext = PartyKitExecutionContext
FetchSocket = PartyKitSocket
Cron = PartyKitCron

_FROM_STARLETTE = {
    "PartyKitRequest": "starlette.requests:Request",
    "PartyKitResponse": "starlette.responses:Response",
    "PartyRequest": "starlette.requests:Request",
    "Request": "starlette.requests:Request",
    "Response": "starlette.responses:Response",
}

__all__ = [
    "Connection",
    "ConnectionContext",
    "ConnectionSetStateFn",
    "ConnectionState",
    "Context",
    "Cron",
    "CronLobby",
    "ExecutionContext",
    "FetchLobby",
    "FetchSocket",
    "Lobby",
    "Party",
    "PartyConnection",
    "PartyConnectionContext",
    "PartyContext",
    "PartyExecutionContext",
    "PartyFetchLobby",
    "PartyKitConnection",
    "PartyKitConnectionContext",
    "PartyKitContext",
    "PartyKitCron",
    "PartyKitExecutionContext",
    "PartyKitFetchLobby",
    "PartyKitLobby",
    "PartyKitRequest",
    "PartyKitResponse",
    "PartyKitRoom",
    "PartyKitServer",
    "PartyKitSocket",
    "PartyKitStorage",
    "PartyKitStub",
    "PartyLobby",
    "PartyRequest",
    "PartyStorage",
    "PartyStub",
    "Request",
    "Response",
    "Room",
    "Storage",
    "Stub",
]


def __getattr__(name: str) -> Any:
    """Import Starlette's types on first access."""
    if name not in _FROM_STARLETTE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import pkgutil

    return pkgutil.resolve_name(_FROM_STARLETTE[name])

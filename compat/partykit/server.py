"""What modules in the object form import from PartyKit, under the names of its `server` module.

`PartyKitRoom` and `PartyKitConnection` are the classes of what handlers get. `PartyKitServer` is the object
of handlers: a dict type, so it annotates one, and makes one when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

from pkcompat.legacy.lobby import LegacyCron as Cron
from pkcompat.legacy.lobby import LegacyExecutionContext as ExecutionContext
from pkcompat.legacy.lobby import LegacyLobby as Lobby
from pkcompat.legacy.room import LegacyRoom as PartyKitRoom
from pkcompat.legacy.room import LegacyRoomContext as PartyContext
from pkcompat.legacy.sockets import LegacyConnection as PartyKitConnection
from pkcompat.legacy.sockets import LegacySocket as FetchSocket
from pkcompat.legacy.storage import LegacyStorage as PartyKitStorage
from pkcompat.legacy.stubs import LegacyStub as PartyStub

if TYPE_CHECKING:
    from partyserver import ConnectionContext, Request, Response

    PartyConnectionContext = PartyKitContext = ConnectionContext
    PartyRequest = Request

Handler = Callable[..., Any] | None


class PartyKitServer(TypedDict, total=False):
    """An object of handlers, in PartyKit's spelling or in snake_case."""

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


Party = Room = PartyKitRoom
Connection = PartyConnection = PartyKitConnection
Storage = PartyStorage = PartyKitStorage
Stub = PartyStub
Context = PartyContext
FetchLobby = CronLobby = PartyLobby = PartyFetchLobby = Lobby
PartyExecutionContext = ExecutionContext

_FROM_PARTYSERVER = {
    "ConnectionContext": "ConnectionContext",
    "PartyConnectionContext": "ConnectionContext",
    "PartyKitContext": "ConnectionContext",
    "PartyRequest": "Request",
    "Request": "Request",
    "Response": "Response",
}

__all__ = [
    "Connection",
    "ConnectionContext",
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
    "PartyKitContext",
    "PartyKitRoom",
    "PartyKitServer",
    "PartyKitStorage",
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
    """Starlette's types, imported when a module asks for them."""
    if name not in _FROM_PARTYSERVER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import partyserver

    return getattr(partyserver, _FROM_PARTYSERVER[name])

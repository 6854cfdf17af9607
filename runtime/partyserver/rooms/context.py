"""Arguments of handlers other than the room: contexts, the lobby, a cron."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from partyserver.background import Watch
from partyserver.requests import SUBPROTOCOL
from partyserver.unknown_attributes import attribute_refusal

if TYPE_CHECKING:
    from partyserver.assets import Assets
    from partyserver.stubs import Parties


@dataclass(frozen=True)
class ConnectionContext:
    """The context of `on_connect` and `get_connection_tags`.

    Attributes:
        request: the request of the WebSocket's handshake, with what `on_before_connect` changed.
    """

    request: Request

    @property
    def subprotocol(self) -> str | None:
        """The WebSocket subprotocol that was chosen, by `ServerOptions(subprotocols=...)` or
        `on_before_connect`."""
        chosen: str | None = self.request.scope.get(SUBPROTOCOL)
        return chosen

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("ctx", "request", "subprotocol")


@dataclass(frozen=True)
class RoomContext:
    """What a room can reach outside of itself.

    Attributes:
        parties: stubs of every party's rooms, by party name.
        assets: the host's static files.
    """

    parties: Parties
    assets: Assets

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("room.context", "parties", "assets")


@dataclass(frozen=True)
class Lobby:
    """Where a hook runs: outside of any room.

    Attributes:
        id: the id of the room that the request is for, percent-encoded; None in `on_fetch`, `on_socket` and
            `on_cron`.
        env: the host's variables.
        parties: stubs of every party's rooms, by party name.
        assets: the host's static files.
    """

    id: str | None
    env: Mapping[str, Any]
    parties: Parties
    assets: Assets

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("the lobby", "id", "env", "parties", "assets")


class ExecutionContext:
    """Lets a hook start work that outlasts it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("ctx")

    def wait_until(self, awaitable: Awaitable[Any]) -> None:
        """Await something after the hook has answered.

        Args:
            awaitable: a coroutine or anything else awaitable; an exception in it is logged.
        """
        self._watch(awaitable)


@dataclass(frozen=True)
class Cron:
    """A cron that is due.

    Attributes:
        name: its name in the host's configuration.
        cron: its cron expression.
        scheduled_time: when it was due, in milliseconds since the epoch.
    """

    name: str
    cron: str
    scheduled_time: int

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("the cron", "name", "cron", "scheduled_time")

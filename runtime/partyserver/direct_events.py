"""Events of a WebSocket by plain calls: an ASGI extension of ours, so that an idle socket needs no task.

An ASGI application awaits `receive` for as long as its WebSocket is open. The task that does so, and the
frame of every coroutine between server and application, are much of what an idle socket holds in memory.
Where a server has this extension in `scope["extensions"]`, the application may take the open WebSocket over,
and return.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

EXTENSION = "partyserver.direct_events"

Receiver = Callable[[AsgiMessage], None]
"""Is called with every `websocket.receive`, and with the `websocket.disconnect`, which is the last."""


class DirectEvents(Protocol):
    """What the extension holds."""

    def carries(self, receive: Receive, send: Send) -> bool:
        """Whether these are the server's own calls. If not, somebody in between watches them, and the
        WebSocket must not be taken over."""

    def take_over(self, receiver: Receiver) -> Send:
        """Have an accepted WebSocket's events call `receiver`, those that wait first.

        Returns:
            What sends from now on; the application returns without waiting for the WebSocket's end.
        """


def direct_events(scope: Scope, receive: Receive, send: Send) -> DirectEvents | None:
    """The extension of a WebSocket, if its server has it and nobody is in between."""
    offer: DirectEvents | None = scope.get("extensions", {}).get(EXTENSION)
    return offer if offer is not None and offer.carries(receive, send) else None

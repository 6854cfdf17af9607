"""An ASGI extension of ours: events of a WebSocket by plain calls, so that a socket needs no task.

An ASGI application awaits `receive` for as long as its WebSocket is open. The task that does so, and the
frame of every coroutine between server and application, are much of what an idle socket holds in memory.
Where a server has this extension in `scope["extensions"]`, the application may take the open WebSocket over,
and return. It may also be offered a `FrameWriter`, which takes messages without an `await` for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from partyserver.wire.frame_writer import FrameWriter
from partyserver.wire.frames import Data
from partyserver.wire.intake import Flow
from partyserver.wire.unfinished import UNBOUNDED, Bounds

EXTENSION = "partyserver.direct_events"

# The key with which a server that has the extension marks the disconnect event of a protocol error.
PROTOCOL_ERROR = "partyserver.protocol_error"


class Dispatcher(Protocol):
    """What an application has called with the events that the wire receives from a WebSocket."""

    def carried_by(self, flow: Flow) -> None:
        """The first call: what to pause when there is enough to do."""

    def dispatch_message(self, message: Data) -> None:
        """Dispatch a message."""

    def dispatch_end(self, event: AsgiMessage) -> None:
        """Dispatch the `websocket.disconnect`, which is the last event."""

    @property
    def is_settled(self) -> bool:
        """Whether every message that was dispatched is handled, and the answers are on their way."""

    def queue_full(self) -> None:
        """See `QueueOwner.queue_full`."""


class TcpConnection(Protocol):
    """What carries a WebSocket, for what ASGI has no message for."""

    @property
    def unsent(self) -> int:
        """Bytes that were sent and that the peer has not taken."""

    @property
    def is_lost(self) -> bool:
        """Whether the TCP connection has ended."""

    def abort(self) -> None:
        """Close at once, whatever has not been sent; the WebSocket's end is dispatched."""

    def fail(self, code: int, reason: str, timeout: float) -> None:
        """Close, and drop what has not been sent; the WebSocket's end is dispatched before this returns, or
        is the next event.

        Args:
            code, reason: of the close frame.
            timeout: seconds that the peer has to take it; after them the TCP connection is aborted.
        """


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Sends over a WebSocket that was taken over.

    Attributes:
        send: takes any ASGI message, and returns once the peer takes more.
        frames: takes frames of data, if the WebSocket has no extension that would have to encode them. They
            may be mixed with what is sent: the order of the calls is the order on the wire.
        tcp: what carries it.
    """

    send: Send
    frames: FrameWriter | None = None
    tcp: TcpConnection | None = None


class DirectEvents(TcpConnection, Protocol):
    """The value of the extension; until the WebSocket is taken over, it is also what carries it."""

    def carries(self, receive: Receive, send: Send) -> bool:
        """Whether these are the server's own calls. If not, a middleware watches them, and the WebSocket must
        not be taken over."""

    def attend(self, dispatcher: Dispatcher, bounds: Bounds = UNBOUNDED) -> None:
        """The WebSocket is not taken over: its events reach this dispatcher by `receive`."""

    def take_over(self, dispatcher: Dispatcher, bounds: Bounds = UNBOUNDED) -> TakenOver:
        """Have an accepted WebSocket's events dispatched by calls, those that wait first.

        Args:
            dispatcher: what is called.
            bounds: what the WebSocket may take.

        Returns:
            What the application sends by from now on; it returns without waiting for the WebSocket's end.
        """


def disconnect_event(code: int | None, reason: str, *, protocol_error: bool = False) -> AsgiMessage:
    """A `websocket.disconnect`; of a protocol error where the peer broke the protocol."""
    return {"type": "websocket.disconnect", "code": code, "reason": reason, PROTOCOL_ERROR: protocol_error}


def message_of(event: AsgiMessage) -> Data:
    """The message in a `websocket.receive`."""
    text: str | None = event.get("text")
    return event["bytes"] if text is None else text


def offered_direct_events(scope: Scope, receive: Receive, send: Send) -> DirectEvents | None:
    """The extension of a WebSocket, if its server has it and no middleware is in between."""
    offer: DirectEvents | None = scope.get("extensions", {}).get(EXTENSION)
    return offer if offer is not None and offer.carries(receive, send) else None


def attended(scope: Scope, dispatcher: Dispatcher, bounds: Bounds) -> TcpConnection | None:
    """What carries a WebSocket that is not taken over, if its server has the extension; see `attend`."""
    offer: DirectEvents | None = scope.get("extensions", {}).get(EXTENSION)
    if offer is not None:
        offer.attend(dispatcher, bounds)
    return offer

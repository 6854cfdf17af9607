"""Observing the messages of a WebSocket between ASGI server and application."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from partyserver.wire import (
    EXTENSION,
    UNBOUNDED,
    Bounds,
    Dispatcher,
    Flow,
    TakenOver,
    message_of,
    offered_direct_events,
)


class WatchedSocket(ABC):
    """A WebSocket that is observed to its end, even if the application takes it over (`DirectEvents`).

    Subclasses handle the events; their methods must not raise.

    Attributes:
        notes_what_is_sent: whether `note_sent` must see every message; otherwise it does not see those that
            the application sends as frames.
    """

    notes_what_is_sent: ClassVar[bool] = True

    __slots__ = ("_direct", "_dispatcher", "_receive", "_send", "_taken_over")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._direct = offered_direct_events(scope, receive, send)
        self._taken_over = False
        self._receive: Receive | None = receive
        self._dispatcher: Dispatcher | None = None
        self._send = send

    @abstractmethod
    def note_message(self, message: str | bytes) -> None:
        """Called before a client's message reaches the application."""

    @abstractmethod
    def note_disconnect(self, event: Event) -> None:
        """Called before the ASGI disconnect event reaches the application."""

    @abstractmethod
    def note_sent(self, event: Event) -> None:
        """Called before an ASGI event is sent."""

    @abstractmethod
    def note_end(self) -> None:
        """Called at the end; nothing follows."""

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Run the application for this WebSocket."""
        if self._direct is not None:
            scope = {**scope, "extensions": {**scope["extensions"], EXTENSION: self}}
        try:
            await app(scope, self.receive, self.send)
        finally:
            if not self._taken_over:
                self.note_end()

    def carries(self, receive: Receive, send: Send) -> bool:
        """See `DirectEvents.carries`."""
        return receive == self.receive and send == self.send

    def take_over(self, dispatcher: Dispatcher, bounds: Bounds = UNBOUNDED) -> TakenOver:
        """See `DirectEvents.take_over`."""
        assert self._direct is not None, "it is offered only if the server offers it"
        direct, self._direct = self._direct, None
        self._receive = None  # would keep the objects of the handshake alive
        self._dispatcher = dispatcher
        self._taken_over = True
        taken_over = direct.take_over(self, bounds)
        self._send = taken_over.send
        return TakenOver(self.send, None if self.notes_what_is_sent else taken_over.frames, taken_over.tcp)

    def attend(self, dispatcher: Dispatcher, bounds: Bounds = UNBOUNDED) -> None:
        """See `DirectEvents.attend`."""
        if self._direct is not None:
            self._direct.attend(dispatcher, bounds)

    @property
    def is_lost(self) -> bool:
        """See `TcpConnection.is_lost`."""
        return self._direct is not None and self._direct.is_lost

    @property
    def unsent(self) -> int:
        """See `TcpConnection.unsent`."""
        return 0 if self._direct is None else self._direct.unsent

    def abort(self) -> None:
        """See `TcpConnection.abort`."""
        if self._direct is not None:
            self._direct.abort()

    def fail(self, code: int, reason: str, timeout: float) -> None:
        """See `TcpConnection.fail`."""
        if self._direct is not None:
            self._direct.fail(code, reason, timeout)

    def carried_by(self, flow: Flow) -> None:
        """See `Dispatcher.carried_by`."""
        if self._dispatcher is not None:
            self._dispatcher.carried_by(flow)

    def dispatch_message(self, message: str | bytes) -> None:
        """See `Dispatcher.dispatch_message`."""
        self.note_message(message)
        if self._dispatcher is not None:
            self._dispatcher.dispatch_message(message)

    def dispatch_end(self, event: Event) -> None:
        """See `Dispatcher.dispatch_end`."""
        self.note_disconnect(event)
        if self._dispatcher is not None:
            self._dispatcher.dispatch_end(event)
        self.note_end()

    @property
    def is_settled(self) -> bool:
        """See `Dispatcher.is_settled`."""
        return self._dispatcher is None or self._dispatcher.is_settled

    def queue_full(self) -> None:
        """See `QueueOwner.queue_full`."""
        if self._dispatcher is not None:
            self._dispatcher.queue_full()

    async def receive(self) -> Event:
        """Receive an ASGI event."""
        assert self._receive is not None, "it was taken over"
        event = await self._receive()
        self._note(event)
        return event

    def _note(self, event: Event) -> None:
        if event["type"] == "websocket.receive":
            self.note_message(message_of(event))
        elif event["type"] == "websocket.disconnect":
            self.note_disconnect(event)

    async def send(self, event: Event) -> None:
        """Send an ASGI event."""
        self.note_sent(event)
        await self._send(event)

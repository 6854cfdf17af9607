"""`StubSocket`: the client's end of an in-process WebSocket to a room, and what carries it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from partyserver.background import Watch
from partyserver.events import CloseEvent, Event, Listener, MessageEvent
from partyserver.rooms import SocketTap, TappedTransport
from partyserver.sockets import ReadyState, Socket
from partyserver.storage import STORAGE_FAILED, CommitGate, Outbox
from partyserver.stubs.unheard import Unheard
from partyserver.wire import NO_STATUS, Data


class StubSocket(Socket):
    """The client's end of a WebSocket to a room of this host.

    What the room sends waits until there is a listener for it. Closing it closes the room's connection.
    """

    def __init__(
        self,
        wire: ClientWire,
        watch: Watch,
        ended: Callable[[], None] | None = None,
        unheard: Unheard | None = None,
    ) -> None:
        """
        Args:
            wire: carries what it sends to the room.
            watch: called with what its listeners return, where that is awaitable.
            ended: called once, when it is closed by either end.
            unheard: keeps events that come before there is a listener; by default any number.
        """
        super().__init__(wire)
        self._watch = watch
        self._ended = ended
        self._unheard = unheard or Unheard(0, "", _nothing)
        self._tap: SocketTap | None = None

    def report_to(self, tap: SocketTap) -> None:
        """Report what is sent and received from now on to a tap."""
        self._tap = tap
        self._carry_by(TappedTransport(tap, self))

    def add_event_listener(self, event_type: str, callback: Listener) -> None:
        """Have `callback` called for every `message`, `close` or `error`; see `Listeners.add`."""
        super().add_event_listener(event_type, callback)
        for event in self._unheard.take():
            self._give(event)

    def _dispatch(self, event: Event) -> None:
        if self._tap is not None:
            self._tap.got(event)
        self._give(event)

    def _give(self, event: Event) -> None:
        if isinstance(event, CloseEvent) and self.ready_state is not ReadyState.CLOSED:
            self.ready_state = ReadyState.CLOSED
            if self._ended is not None:
                self._ended()
        if self.listeners.has(event.type):
            self.listeners.dispatch(event, self._watch)
        else:
            self._unheard.add(event)


class RoomWire:
    """Carries what the room's end sends to the client's end, in order, from the next turn on.

    Until the handshake is done everything waits; so does what was sent after a write, until it is committed.
    """

    frames = None

    def __init__(self, gate: CommitGate, on_closed: Callable[[CloseEvent], None]) -> None:
        """
        Args:
            gate: tells what has to be committed before what the room sends leaves.
            on_closed: called when the room has closed its end.
        """
        self.open = True
        self._ended = False  # whether the client's end was sent its close
        self._outbox = Outbox(gate, lambda: self.fail(*STORAGE_FAILED))
        self._on_closed = on_closed
        self._client: StubSocket | None = None
        self._before: list[Event] = []  # what was sent before the handshake was done

    def send(self, message: Data) -> None:
        if self.open:
            self._pass_on(MessageEvent(message))

    def close(self, code: int | None, reason: str) -> None:
        if self.open:
            self.open = False
            self._pass_on(close_event(code, reason))

    def fail(self, code: int, reason: str) -> None:
        self._outbox.clear()
        if self._client is None:
            self._before.clear()
        self.open = False
        self._deliver(close_event(code, reason))

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def reject(self, code: int, reason: str) -> None:
        """The room refused the connection: of all that it sent only this close goes out."""
        self.open = False
        self._on_closed = _ignore
        self._before = [close_event(code, reason)]

    def connect(self, client: StubSocket) -> None:
        """The handshake is done: what was sent during it goes to the client's end."""
        self._client = client
        before, self._before = self._before, []
        for event in before:
            self._deliver(event)

    def closed_by_client(self, event: CloseEvent) -> None:
        """The client's end was closed: it is notified, and the room no more."""
        self.open = False
        self._on_closed = _ignore
        self._pass_on(event)

    def _pass_on(self, event: Event) -> None:
        self._outbox.put(lambda: self._deliver(event))

    def _deliver(self, event: Event) -> None:
        if self._client is None:
            self._before.append(event)
            return
        if self._ended:
            return
        self._ended = isinstance(event, CloseEvent)
        asyncio.get_running_loop().call_soon(self._client._dispatch, event)
        if isinstance(event, CloseEvent):
            self._on_closed(event)


def close_event(code: int | None, reason: str) -> CloseEvent:
    """The event of a close frame."""
    return CloseEvent(NO_STATUS if code is None else code, reason)


def _nothing() -> None:
    """Nothing has to be closed."""


def _ignore(event: CloseEvent) -> None:
    """The room's connection has ended already."""


class ClientWire:
    """Carries what the client's end sends to the room, once what was written before is committed."""

    frames = None

    def __init__(
        self,
        gate: CommitGate,
        room_wire: RoomWire,
        on_message: Callable[[Data], None],
        on_closed: Callable[[CloseEvent], None],
    ) -> None:
        self._outbox = Outbox(gate, lambda: self.fail(*STORAGE_FAILED))
        self._room_wire = room_wire
        self._on_message = on_message
        self._on_closed = on_closed

    def send(self, message: Data) -> None:
        self._outbox.put(lambda: self._pass_on(message))

    def close(self, code: int | None, reason: str) -> None:
        self._outbox.put(lambda: self._close(code, reason))

    def fail(self, code: int, reason: str) -> None:
        self._outbox.clear()
        self._close(code, reason)

    def _pass_on(self, message: Data) -> None:
        if self._room_wire.open:
            self._on_message(message)

    def _close(self, code: int | None, reason: str) -> None:
        if self._room_wire.open:
            event = close_event(code, reason)
            self._on_closed(event)
            self._room_wire.closed_by_client(event)

    async def drain(self) -> None:
        await asyncio.sleep(0)

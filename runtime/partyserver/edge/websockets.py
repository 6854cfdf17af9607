"""Serves WebSockets: connections of rooms, and sockets whose path is no room."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from partyserver.background import BackgroundTasks, Watch
from partyserver.connection import Connection
from partyserver.edge.hooks import Hooks
from partyserver.edge.http import HttpEndpoint, long_id, unknown_party
from partyserver.edge.refusal import refuse
from partyserver.edge.transport import AsgiTransport
from partyserver.edge.turnstile import Turnstile
from partyserver.events import CloseEvent, ErrorEvent, Event, MessageEvent
from partyserver.exceptions import ProtocolError, RoomFullError, StartError
from partyserver.handler_frames import Handler, runs_handler
from partyserver.paths import RoomPath, full_raw_path, match_room, raw_path
from partyserver.requests import connection_id_of, handshake_request, request_uri
from partyserver.responses import ErrorAnswers, log_failure
from partyserver.rooms import (
    ConnectedRoom,
    Party,
    Rejection,
    RunningHandlers,
    Services,
    admit,
    handling_outside_rooms,
)
from partyserver.sockets import EdgeSocket, ReadyState
from partyserver.storage import gated_send
from partyserver.stubs import Switchboard
from partyserver.wire import (
    ABNORMAL,
    NO_STATUS,
    PROTOCOL_ERROR,
    TOO_SLOW,
    Bounds,
    Data,
    Flow,
    TcpConnection,
    Unfinished,
    attended,
    message_of,
    offered_direct_events,
    shorten_reason,
)

logger = logging.getLogger("partyserver")

NO_CLOSE_FRAME = "WebSocket disconnected without sending Close frame."  # PartyKit's words
PROTOCOL_ERROR_CODES = frozenset({1002, 1007, 1009})  # RFC 6455, section 7.4.1


class WebSocketEndpoint:
    """The ASGI application for WebSockets."""

    def __init__(
        self,
        http: HttpEndpoint,
        parties: Mapping[str, Party],
        services: Services,
        switchboard: Switchboard,
        answers: ErrorAnswers,
    ) -> None:
        self._storage = services.storage
        self._tasks = services.tasks
        self._limits = limits = services.limits
        self._figures = services.figures
        self._refused = services.figures.refused
        self._bounds = Bounds(limits.max_queue, Unfinished(limits.max_unfinished))
        self._running_at_edge = RunningHandlers(limits.max_handlers, limits.max_room_handlers)
        self._http = http
        self._parties = parties
        self._switchboard = switchboard
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        opened = await self._open(handshake_request(scope, receive), send)
        if isinstance(opened, Response):
            await refuse(opened, scope, receive, gated_send(send, self._storage))
        elif opened is not None:
            await opened.run(scope, receive, send)

    async def _open(self, request: Request, send: Send) -> OpenSocket | Response | None:
        """The socket that was opened, the response that refuses it, or None if it is closed already."""
        self._switchboard.seen(request)
        try:
            target = match_room(raw_path(request.scope))
            main = self._http.hooks.get("main")
            if target is not None:
                return await self._open_in_room(request, target, send)
            if main is not None and main.has("on_socket"):
                return await self._open_at_edge(main, request, send)
            self._refused["no_room"] += 1
            return await self._http.answer(request, None)
        except OSError:
            logger.debug("the peer of %s went during the handshake", full_raw_path(request.scope))
            return None

    async def _open_in_room(
        self, request: Request, target: RoomPath, send: Send
    ) -> OpenSocket | Response | None:
        party = self._parties.get(target.party)
        if party is None:
            self._refused["party"] += 1
            return unknown_party(target.party)
        if (refusal := long_id(target.room_id, self._limits.max_room_id)) is not None:
            self._refused["room_id"] += 1
            return refusal
        try:
            outcome = await self._http.hooks[target.party].before_connect(request, target.room_id)
        except Exception as error:
            self._refused["on_before_connect"] += 1
            logger.exception("on_before_connect of %s failed", full_raw_path(request.scope))
            return self._answers.response(error)
        if isinstance(outcome, Response):
            self._refused["on_before_connect"] += 1
            return outcome
        room = self._switchboard.open_room(*target)
        gate = self._storage.gate(target.party, target.room_id)
        transport = AsgiTransport(send, gate, self._tasks, bounds=self._bounds)
        request = outcome.request
        connection = Connection(connection_id_of(request), request_uri(request), transport)
        try:
            with self._tasks.counted():
                admitted = await admit(room, connection, request, self._answers)
        except RoomFullError as error:
            self._refused["room_full"] += 1
            logger.info("%s is full: %s", full_raw_path(request.scope), error)
            return self._answers.response(error.error)
        except StartError as error:
            self._refused["start"] += 1
            log_failure(error, "%s cannot be started", full_raw_path(request.scope))
            return self._answers.response(error.error)
        if isinstance(admitted, Rejection):
            self._refused["on_connect"] += 1
            await transport.reject(admitted.code, shorten_reason(admitted.reason), outcome.answer)
            return None
        await _accept(transport, outcome.answer)
        return RoomSocket(transport, admitted, connection)

    async def _open_at_edge(self, hooks: Hooks, request: Request, send: Send) -> OpenSocket | Response:
        transport = AsgiTransport(send, self._storage, self._tasks, bounds=self._bounds)
        socket = EdgeSocket(request, transport)
        socket._figures = self._figures.party("main")
        try:
            await hooks.socket(socket)
        except Exception as error:
            self._refused["on_socket"] += 1
            logger.exception("on_socket of %s failed", full_raw_path(request.scope))
            return self._answers.response(error)
        await _accept(transport, hooks.opening(request).answer)
        return OpenEdgeSocket(transport, socket, self._tasks, self._running_at_edge)


class OpenSocket(ABC):
    """Dispatches the events of an accepted WebSocket: what the peer sends, and the end."""

    __slots__ = ("_transport",)

    def __init__(self, transport: AsgiTransport) -> None:
        self._transport = transport

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch until the end; or have the ASGI server call `dispatch_message` and `dispatch_end` where it
        can, and return."""
        direct = offered_direct_events(scope, receive, send)
        if direct is not None:
            self._transport.send_by(self, direct.take_over(self, self._transport.bounds))
            return
        tcp = attended(scope, self, self._transport.bounds)
        del scope, send  # it may be open for long
        await self._receive_all(receive, tcp)

    async def _receive_all(self, receive: Receive, tcp: TcpConnection | None) -> None:
        task = asyncio.current_task()
        given_up = False

        def give_up(code: int, reason: str) -> None:
            nonlocal given_up
            if task is not None and not task.done():
                given_up = True
                self.dispatch_end({"type": "websocket.disconnect", "code": code, "reason": reason})
                task.cancel()  # the ASGI server may never say that the WebSocket ended

        turnstile = Turnstile()
        self.carried_by(turnstile)
        self._transport.run_over(self, tcp, give_up)
        try:
            event = await receive()
            while event["type"] != "websocket.disconnect":
                self.dispatch_message(message_of(event))
                if turnstile.is_closed and not await turnstile.passed(
                    lambda: tcp is not None and tcp.is_lost
                ):
                    event = await end_of(receive)
                    break
                event = await receive()
        except asyncio.CancelledError:
            if task is None or not given_up:
                raise
            task.uncancel()
        if not given_up:
            self.dispatch_end(event)

    @property
    def is_settled(self) -> bool:
        """See `Dispatcher.is_settled`."""
        return self._transport.is_settled

    def queue_full(self) -> None:
        """See `Dispatcher.queue_full`."""
        self._transport.queue_full()

    def is_too_slow(self, queued: int) -> None:
        """See `Carried.is_too_slow`."""
        code, reason = TOO_SLOW
        logger.warning(
            "%s does not keep up: %d bytes wait to be sent; closed with %d (%s)",
            self._description,
            queued,
            code,
            reason,
        )

    @property
    @abstractmethod
    def _description(self) -> str:
        """Which socket it is, for the log."""

    @abstractmethod
    def carried_by(self, flow: Flow) -> None:
        """See `Dispatcher.carried_by`."""

    @abstractmethod
    def dispatch_message(self, message: Data) -> None:
        """See `Dispatcher.dispatch_message`."""

    def dispatch_end(self, event: AsgiMessage) -> None:
        """See `Dispatcher.dispatch_end`."""
        self._transport.peer_has_gone()
        self._dispatch_end(end_event(event, closed_here=self._transport.closed))

    @abstractmethod
    def _dispatch_end(self, event: CloseEvent | ErrorEvent) -> None: ...


class RoomSocket(OpenSocket):
    """A connection of a room, which handles its events."""

    __slots__ = ("_connection", "_room")

    def __init__(self, transport: AsgiTransport, room: ConnectedRoom, connection: Connection) -> None:
        super().__init__(transport)
        self._room = room
        self._connection = connection

    @property
    def is_settled(self) -> bool:
        """See `Dispatcher.is_settled`."""
        return self._room.is_settled and self._transport.is_settled

    @property
    def _description(self) -> str:
        return f"connection {self._connection.id!r} of {self._room.party_name}/{self._room.room_id}"

    def carried_by(self, flow: Flow) -> None:
        self._connection._flow = flow

    def dispatch_message(self, message: Data) -> None:
        self._room.dispatch(self._connection, MessageEvent(message))

    def _dispatch_end(self, event: CloseEvent | ErrorEvent) -> None:
        self._room.dispatch(self._connection, event)


class OpenEdgeSocket(OpenSocket):
    """A socket that is in no room: its events go to its listeners."""

    __slots__ = ("_running", "_socket", "_tasks")

    def __init__(
        self,
        transport: AsgiTransport,
        socket: EdgeSocket,
        tasks: BackgroundTasks,
        running: RunningHandlers,
    ) -> None:
        super().__init__(transport)
        self._socket = socket
        self._tasks = tasks
        self._running = running

    @property
    def _description(self) -> str:
        return f"the socket of {self._socket.request.url.path!r}"

    def carried_by(self, flow: Flow) -> None:
        self._socket._flow = flow

    def dispatch_message(self, message: Data) -> None:
        def watch(awaitable: Awaitable[Any]) -> None:
            self._running.began(self._socket, message)
            self._tasks.watch(awaitable, lambda: self._running.ended(self._socket, message))

        self._socket._figures.messages_received += 1
        self._call_listeners(MessageEvent(message), watch)

    def _dispatch_end(self, event: CloseEvent | ErrorEvent) -> None:
        self._socket.ready_state = ReadyState.CLOSED
        self._running.forget(self._socket)
        self._call_listeners(event, self._tasks.watch)

    def _failed(self, error: BaseException) -> None:
        self._socket._figures.failed("listener", error)

    @runs_handler(lambda local: Handler("on_socket", "main"))
    def _call_listeners(self, event: Event, watch: Watch) -> None:
        with handling_outside_rooms("main"):  # the party whose `on_socket` it is
            self._socket.listeners.dispatch(event, watch, self._failed)


async def _accept(transport: AsgiTransport, answer: AsgiMessage) -> None:
    try:
        await transport.accept(answer)
    except OSError:  # the peer has gone; its disconnect event comes next
        transport.peer_has_gone()


async def end_of(receive: Receive) -> AsgiMessage:
    """The end of a WebSocket whose peer has gone; what it had sent before is dropped."""
    event = await receive()
    while event["type"] != "websocket.disconnect":
        event = await receive()
    return event


def end_event(message: AsgiMessage, *, closed_here: bool = False) -> CloseEvent | ErrorEvent:
    """The event of an ASGI `websocket.disconnect`: an error if the peer broke the protocol, else a close.

    Args:
        message: the ASGI message.
        closed_here: whether this side closed first; then the code is its own, and no error of the peer.
    """
    code = message.get("code") or NO_STATUS
    reason = message.get("reason") or (NO_CLOSE_FRAME if code == ABNORMAL else "")
    if not closed_here and message.get(PROTOCOL_ERROR, code in PROTOCOL_ERROR_CODES):
        return ErrorEvent(ProtocolError(code, reason))
    return CloseEvent(code, reason, was_clean=code != ABNORMAL)

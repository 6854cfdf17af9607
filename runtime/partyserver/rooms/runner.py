"""Runs one room: makes its instance, handles its events in order, lets it hibernate.

It knows no ASGI: sockets come with a `Transport`, requests are Starlette's.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from inspect import isawaitable, iscoroutinefunction
from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from partyserver.connection import Connection
from partyserver.events import CloseEvent, Event, MessageEvent
from partyserver.exceptions import HandlerResultError, NotANodeError, NotOwnerError, RoomFullError
from partyserver.handler_calls import contained, is_handlers_own, settled
from partyserver.handler_frames import Handler, Locals, runs_handler
from partyserver.responses import as_response, text_response
from partyserver.rooms.context import ConnectionContext
from partyserver.rooms.current_room import Busy, current_room, name_of
from partyserver.rooms.entrance import Entrance
from partyserver.rooms.idleness import Idleness
from partyserver.rooms.instance import RoomInstance
from partyserver.rooms.listener_calls import ListenerCalls
from partyserver.rooms.party_server import PartyServer, defines
from partyserver.rooms.running_handlers import RunningHandlers
from partyserver.rooms.services import Services
from partyserver.rooms.tap import RoomTap, answering, connecting
from partyserver.sockets import ReadyState
from partyserver.storage import Handling

logger = logging.getLogger("partyserver")


def _handler(local: Locals, name: str) -> Handler:
    room: RoomRunner = local["self"]
    return Handler(name, room.party_name, room.room_id)


class RoomRunner:
    """One room of a party, also while no instance serves it.

    Attributes:
        party_name: the party's name on its host.
        room_id: the room's id, percent-encoded.
    """

    def __init__(
        self,
        server_class: type[PartyServer],
        party_name: str,
        room_id: str,
        services: Services,
        emptied: Callable[[RoomRunner], None],
        idles: Callable[[], None] | None = None,
    ) -> None:
        """
        Args:
            server_class: the party.
            party_name: the party's name on this host.
            room_id: the room's id, percent-encoded.
            services: what the host offers to its rooms.
            emptied: called with the room when it has neither instance nor connections any more.
            idles: called whenever no handler runs any more.
        """
        self.party_name = party_name
        self.room_id = room_id
        self._emptied = emptied
        self._tasks = services.tasks
        self._max_connections = services.limits.max_room_connections
        self._instance = RoomInstance(server_class, party_name, room_id, services)
        self._figures = self._instance.figures
        self._gate = self._instance.gate
        self._lease = services.lease
        self._entrance = Entrance(self._instance, services.lease)
        self._commits = self._instance.commits
        self._idleness = Idleness(self._instance, services, self.rest, idles)
        limits = services.limits
        self._running = RunningHandlers(limits.max_handlers, limits.max_room_handlers)
        self._listeners = ListenerCalls(self._instance, self._running, services.tasks)
        self._on_message_awaits = iscoroutinefunction(server_class.on_message)
        # Events whose tasks have not reached their handler: no later one may run at once.
        self._not_begun = 0

    @property
    def server_class(self) -> type[PartyServer]:
        """The party."""
        return self._instance.server_class

    @property
    def tap(self) -> RoomTap | None:
        """What follows the instance there is, if anything does."""
        return self._instance.tap

    @property
    def is_idle(self) -> bool:
        """Whether no handler runs."""
        return not self._idleness.wakers

    @property
    def is_settled(self) -> bool:
        """Whether no handler runs, and none waits for its turn."""
        return not self._not_begun and self.is_idle

    @property
    def idle_seconds(self) -> float:
        """For how long no handler has run; 0 where one does."""
        return self._idleness.seconds

    @property
    def sockets(self) -> list[Connection]:
        """Every connection whose socket has not ended."""
        return self._instance.sockets

    @property
    def connection_count(self) -> int:
        """How many connections there are whose socket has not ended."""
        return self._instance.socket_count

    def hold(self) -> None:
        """See `CurrentRoom.hold`."""
        self._idleness.hold()

    def let_go(self) -> None:
        """See `CurrentRoom.let_go`."""
        self._idleness.let_go()

    def rest(self) -> None:
        """Drop the instance where that is due, and the room itself where nothing is left of it."""
        instance = self._instance
        if instance.sockets and not instance.hibernates:
            return  # the end of the last connection is an event, and sets the timer again
        instance.drop()
        if not instance.sockets:
            self._emptied(self)

    @property
    def idle_since(self) -> float | None:
        """Since when the room has been without connections and events, by the event loop's clock; None where
        something keeps it: one of those, a handler, storage at work, a write that is not committed."""
        instance = self._instance
        if instance.socket_count or instance.is_starting or not self._gate.is_open or self._commits.pending:
            return None
        return self._idleness.since

    def evict(self) -> None:
        """Have nothing left of a room of which nothing keeps anything (`idle_since`)."""
        self._idleness.stop()
        self.rest()

    def lose(self, code: int, reason: str) -> None:
        """The room is another process's from now on: its connections close, and no event comes in."""
        self._instance.lose(code, reason)
        self._idleness.stop()

    def discard(self) -> None:
        """Let go of the instance and of the timer; the room is not used any more."""
        self._instance.server = None
        self._idleness.stop()

    # Events

    @runs_handler(lambda local: _handler(local, "on_connect" if "tags" in local else "get_connection_tags"))
    async def connect(self, connection: Connection, request: Request) -> RoomRunner:
        """Connect a client: the connection joins the room, and `on_connect` runs to its end.

        Returns:
            The room itself, which handles the connection's events.

        Raises:
            RoomFullError: it has as many connections as it may have; neither `on_start` nor `on_connect` ran.
            StartError: there is no instance, because `on_start` raised.
            StorageError: what the handlers wrote could not be committed; the connection is removed again.
            Exception: what `get_connection_tags` or `on_connect` raised; the connection is removed again.
        """
        self._check_full()
        with Busy(self):
            server = await self._entrance.enter()
            ctx = ConnectionContext(request)
            with self._gate.handler(), connecting(self._instance.tap, connection, request), contained:
                try:
                    tags = await settled(server.get_connection_tags(connection, ctx))
                except BaseException as error:
                    self._figures.failed("get_connection_tags", error)
                    raise
                if tags is None or isinstance(tags, str):
                    returned = "None" if tags is None else "a str"
                    raise HandlerResultError(
                        f"get_connection_tags returned {returned}; it must return a list of str"
                    )
                self._check_full()  # others may have joined meanwhile
                self._instance.connections.add(connection, tags)
                connection._figures = self._figures
                begun = perf_counter() if self._figures.is_timed else 0.0
                try:
                    with self._commits.watched():
                        await settled(server.on_connect(connection, ctx))
                        await self._commits.settled()
                except BaseException as error:
                    self._forget(connection)
                    self._figures.failed("on_connect", error)
                    raise
                finally:
                    if begun:
                        self._figures.ran("on_connect", begun)
        return self

    def dispatch(self, connection: Connection, event: Event) -> None:
        """Have the room handle an event of a connection, after the events that came before it.

        It may be called from anywhere, also by a handler. A message is handled at once, without a task, if
        `on_message` is no coroutine function, nothing is in its way, and the caller is no handler, which
        would be interrupted.

        Args:
            connection: whose event it is; one that ended is out of the room before its handler runs.
            event: what happened.
        """
        instance = self._instance
        if self._lease is not None and (not self._lease.is_good or instance.is_lost):
            if not isinstance(event, MessageEvent):
                self._forget(connection)
        elif (
            isinstance(event, MessageEvent)
            and not self._on_message_awaits
            and instance.server is not None
            and not self._not_begun
            and self._gate.is_open
            and (instance.hibernates or "message" not in connection.listeners.by_type)
            and current_room.get() is None
        ):
            self._figures.messages_received += 1
            copy_context().run(self._handle_now, instance.server, connection, event)
        else:
            self._not_begun += 1
            if isinstance(event, MessageEvent):
                self._figures.messages_received += 1
                self._running.began(connection, event.data)
            self._tasks.start(self._handle(connection, event))

    @runs_handler(lambda local: _handler(local, "on_request"))
    async def request(self, request: Request) -> Response:
        """The answer of `on_request` to an HTTP request.

        Raises:
            StartError: there is no instance, because `on_start` raised.
            StorageError: what the handler wrote could not be committed.
            Exception: what `on_request` raised.
        """
        with Busy(self):
            server = await self._entrance.enter()
            if not defines(type(server), "on_request"):
                return text_response("Invalid onRequest handler", 500)  # PartyKit's words, through a stub
            begun = perf_counter() if self._figures.is_timed else 0.0
            try:
                with answering(self._instance.tap, request) as answered:
                    with self._commits.watched(), contained:
                        result: Any = server.on_request(request)
                        if isawaitable(result):  # a handler that is no coroutine needs no gate
                            with self._gate.handler():
                                result = await settled(result)
                        response = as_response(result, "on_request")
                        await self._commits.settled()
                    answered(response)
                    return response
            except Exception as error:
                self._figures.failed("on_request", error)
                raise
            finally:
                if begun:
                    self._figures.ran("on_request", begun)

    @runs_handler(lambda local: _handler(local, "on_alarm"))
    async def alarm(self) -> None:
        """Run `on_alarm`. Its last writes are not committed yet when this returns.

        Raises:
            StartError: there is no instance, because `on_start` raised.
            StorageError: something that the handler wrote could not be committed.
            Exception: what `on_alarm` raised.
        """
        with Busy(self):
            server = await self._entrance.enter()
            if self._instance.tap is not None:
                self._instance.tap.rang()
            begun = perf_counter() if self._figures.is_timed else 0.0
            try:
                with self._gate.handler(), self._commits.watched(), contained:
                    await settled(server.on_alarm())
            except Exception as error:
                self._figures.failed("on_alarm", error)
                raise
            finally:
                if begun:
                    self._figures.ran("on_alarm", begun)

    @runs_handler(lambda local: _handler(local, "on_message"))
    def _handle_now(self, server: PartyServer, connection: Connection, event: MessageEvent) -> None:
        """Call `on_message` in a context that is its own."""
        current_room.set(self)
        self._idleness.wakers += 1
        if self._instance.tap is not None:
            self._instance.tap.happened(connection, event)
        begun = perf_counter() if self._figures.is_timed else 0.0
        try:
            result = server.on_message(event.data, connection)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and not is_handlers_own(KeyboardInterrupt):
                raise
            self._log_failure(f"on_{event.type}", error)
        else:
            if result is not None and isawaitable(result):
                self._on_message_awaits = True  # the next time it is called in a task
                begun = 0.0  # `_finish` times it
                self._not_begun += 1
                self._running.began(connection, event.data)
                self._tasks.start(self._finish(connection, event, result))
        finally:
            if begun:
                self._figures.ran("on_message", begun)
            self._idleness.let_go()

    @runs_handler(lambda local: _handler(local, "on_message"))
    async def _finish(self, connection: Connection, event: MessageEvent, result: Awaitable[object]) -> None:
        with Busy(self):
            begun = 0.0
            try:
                await self._gate.pass_through()
                self._not_begun -= 1
                begun = perf_counter() if self._figures.is_timed else 0.0
                with self._gate.handler(), contained:
                    await settled(result)
            except Exception as error:
                self._log_failure(f"on_{event.type}", error)
            finally:
                if begun:
                    self._figures.ran("on_message", begun)
                self._running.ended(connection, event.data)

    @runs_handler(lambda local: _handler(local, f"on_{local['event'].type}"))
    async def _handle(self, connection: Connection, event: Event) -> None:
        """Call the event's handler; this runs in a task of its own, and so in a context of its own."""
        current_room.set(self)
        self._idleness.wakers += 1
        begun = 0.0
        try:
            try:
                server = await self._entrance.enter()
            finally:
                self._not_begun -= 1
            if self._instance.tap is not None:
                self._instance.tap.happened(connection, event)
            begun = perf_counter() if self._figures.is_timed else 0.0
            # without the call of `handler`, as it runs for each message
            with Handling(self._gate), contained:
                result: Any
                if isinstance(event, MessageEvent):
                    result = server.on_message(event.data, connection)
                else:
                    self._forget(connection)
                    if isinstance(event, CloseEvent):
                        result = server.on_close(connection)
                    else:
                        result = server.on_error(connection, event.error)
                # Sockets of a hibernating party have no listeners (recording `hibernation_listener`).
                if not self._instance.hibernates and connection.listeners.has(event.type):
                    result = await self._listeners.call(connection, event, result)
                await settled(result)
        except (NotANodeError, NotOwnerError):
            logger.info("on_%s of %s is dropped: the room has moved", event.type, name_of(self))
        except Exception as error:
            self._log_failure(f"on_{event.type}", error)
        finally:
            if begun:
                self._figures.ran(f"on_{event.type}", begun)
            if isinstance(event, MessageEvent):
                self._running.ended(connection, event.data)
            else:
                self._forget(connection)  # also where there is no instance that could handle it
            self._idleness.let_go()

    def _log_failure(self, handler: str, error: BaseException) -> None:
        self._figures.failed(handler, error)
        extra = {"handler": handler}
        logger.exception("%s of %s/%s failed", handler, self.party_name, self.room_id, extra=extra)

    def _check_full(self) -> None:
        if (most := self._max_connections) and self._instance.socket_count >= most:
            raise RoomFullError(most)

    def _forget(self, connection: Connection) -> None:
        connection.ready_state = ReadyState.CLOSED
        self._running.forget(connection)
        self._instance.connections.remove(connection)

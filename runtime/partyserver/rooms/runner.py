"""Runs one room: makes its instance, handles its events in order, lets it hibernate.

It knows no ASGI: sockets come with a `Transport`, requests are Starlette's.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from inspect import isawaitable, iscoroutinefunction
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from partyserver.connection import Connection
from partyserver.events import CloseEvent, Event, MessageEvent
from partyserver.exceptions import HandlerResultError, StartError
from partyserver.handler_calls import settled
from partyserver.responses import as_response, text_response
from partyserver.rooms.broadcast import FanOut
from partyserver.rooms.connection_table import ConnectionsById, ConnectionTable, HibernatingConnections
from partyserver.rooms.context import ConnectionContext
from partyserver.rooms.current_room import Busy, current_room
from partyserver.rooms.party_server import PartyServer, defines
from partyserver.rooms.room import Room
from partyserver.rooms.services import Services
from partyserver.rooms.tap import RoomTap, answering, connecting
from partyserver.sockets import ReadyState
from partyserver.storage import STORAGE_FAILED, Changes, InputGate, RoomCommits, RoomStore, Storage

logger = logging.getLogger("partyserver")


class RoomRunner:
    """One room of a party, also while no instance serves it.

    Attributes:
        server_class: the party.
        party_name: the party's name on its host.
        room_id: the room's id, percent-encoded.
        tap: who watches the instance there is, if anybody does.
    """

    def __init__(
        self,
        server_class: type[PartyServer],
        party_name: str,
        room_id: str,
        services: Services,
        emptied: Callable[[], None],
    ) -> None:
        """Prepare a room; its instance comes with its first event.

        Args:
            server_class: the party.
            party_name: the party's name on this host.
            room_id: the room's id, percent-encoded.
            services: what the host offers to its rooms.
            emptied: called when the room has neither instance nor connections any more.
        """
        self.room_id = room_id
        self.server_class = server_class
        self.party_name = party_name
        self._services = services
        self._emptied = emptied
        self._gate = InputGate()
        self._connections: ConnectionTable | None = None
        self._hibernates = False
        self._instance: PartyServer | None = None
        self.tap: RoomTap | None = None
        self._starting: asyncio.Task[PartyServer] | None = None
        self._on_message_awaits = iscoroutinefunction(server_class.on_message)
        self._not_begun = 0  # events whose tasks have not come to their handler
        self._wakers = 0  # running handlers, and open sockets to other rooms
        self._idle_since = 0.0
        self._commits = RoomCommits(services.storage, self._storage_lost)
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_loop: asyncio.AbstractEventLoop | None = None

    # Events

    async def connect(self, connection: Connection, request: Request) -> None:
        """A client connects: the connection joins the room, and `on_connect` runs to its end.

        Raises:
            StartError: there is no instance, because `on_start` raised.
            StorageError: what the handlers wrote could not be committed; the connection is out again.
            Exception: what `get_connection_tags` or `on_connect` raised; the connection is out again.
        """
        with Busy(self):
            instance = await self._turn()
            ctx = ConnectionContext(request)
            with self._gate.handler(), connecting(self.tap, connection, request):
                tags = await settled(instance.get_connection_tags(connection, ctx))
                if tags is None or isinstance(tags, str):
                    returned = "None" if tags is None else "a str"
                    raise HandlerResultError(
                        f"get_connection_tags returned {returned}; it must return a list of str"
                    )
                self._table.add(connection, tags)
                try:
                    with self._commits.watched():
                        await settled(instance.on_connect(connection, ctx))
                        await self._commits.settled()
                except BaseException:
                    self._forget(connection)
                    raise

    def dispatch(self, connection: Connection, event: Event) -> None:
        """Have the room handle an event of a connection, after the events that came before it.

        It may be called from anywhere, also by a handler. A message is handled at once, without a task, if
        `on_message` is no coroutine function, nothing is in its way, and the caller is no handler, which
        would be interrupted.

        Args:
            connection: whose event it is; one that ended is out of the room before its handler runs.
            event: what happened.
        """
        if (
            isinstance(event, MessageEvent)
            and not self._on_message_awaits
            and self._instance is not None
            and not self._not_begun
            and self._gate.is_open
            and (self._hibernates or not connection.listeners.has(MessageEvent.type))
            and current_room.get() is None
        ):
            copy_context().run(self._handle_now, self._instance, connection, event)
        else:
            self._not_begun += 1
            self._services.tasks.start(self._handle(connection, event))

    async def request(self, request: Request) -> Response:
        """An HTTP request: what `on_request` answers.

        Raises:
            StartError: there is no instance, because `on_start` raised.
            StorageError: what the handler wrote could not be committed.
            Exception: what `on_request` raised.
        """
        with Busy(self):
            instance = await self._turn()
            if not defines(type(instance), "on_request"):
                return text_response("Invalid onRequest handler", 500)  # PartyKit's words, through a stub
            with answering(self.tap, request) as answered:
                with self._commits.watched():
                    result: Any = instance.on_request(request)
                    if isawaitable(result):  # what is done at once needs no gate
                        with self._gate.handler():
                            result = await settled(result)
                    response = as_response(result, "on_request")
                    await self._commits.settled()
                answered(response)
                return response

    async def alarm(self) -> None:
        """The room's alarm is due. Its last writes are not committed yet when this returns.

        Raises:
            StartError: there is no instance, because `on_start` raised.
            StorageError: something that the handler wrote could not be committed.
            Exception: what `on_alarm` raised.
        """
        with Busy(self):
            instance = await self._turn()
            if self.tap is not None:
                self.tap.rang()
            with self._gate.handler(), self._commits.watched():
                await settled(instance.on_alarm())

    def _handle_now(self, instance: PartyServer, connection: Connection, event: MessageEvent) -> None:
        """Call `on_message` in a context that is its own."""
        current_room.set(self)
        self._wakers += 1
        if self.tap is not None:
            self.tap.happened(connection, event)
        try:
            result = instance.on_message(event.data, connection)
        except (Exception, asyncio.CancelledError):
            self._log_failure(event.type)
        else:
            if result is not None and isawaitable(result):
                self._on_message_awaits = True  # the next time it is called in a task
                self._not_begun += 1
                self._services.tasks.start(self._finish(result))
        finally:
            self.let_go()

    async def _finish(self, result: Awaitable[object]) -> None:
        with Busy(self):
            try:
                await self._gate.pass_through()
                self._not_begun -= 1
                with self._gate.handler():
                    await settled(result)
            except Exception:
                self._log_failure(MessageEvent.type)

    async def _handle(self, connection: Connection, event: Event) -> None:
        """Call the event's handler; this runs in a task of its own, and so in a context of its own."""
        current_room.set(self)
        self._wakers += 1
        try:
            instance = await self._let_in()
            if self.tap is not None:
                self.tap.happened(connection, event)
            with self._gate.handler():
                result: Any
                if isinstance(event, MessageEvent):
                    result = instance.on_message(event.data, connection)
                else:
                    self._forget(connection)
                    if isinstance(event, CloseEvent):
                        result = instance.on_close(connection)
                    else:
                        result = instance.on_error(connection, event.error)
                # Sockets of a hibernating party have no listeners (recording `hibernation_listener`).
                if not self._hibernates and connection.listeners.has(event.type):
                    result = await self._tell_listeners(connection, event, result)
                await settled(result)
        except Exception:
            self._log_failure(event.type)
        finally:
            if not isinstance(event, MessageEvent):
                self._forget(connection)  # also where there is no instance that could handle it
            self.let_go()

    async def _let_in(self) -> PartyServer:
        """`_turn` of an event that counts as not begun until then."""
        try:
            return await self._turn()
        finally:
            self._not_begun -= 1

    async def _turn(self) -> PartyServer:
        """Return when it is an event's turn, with the instance that handles it."""
        instance = self._instance or await self._awake()
        if not self._gate.is_open:
            await self._gate.pass_through()
        return instance

    async def _tell_listeners(self, connection: Connection, event: Event, result: object) -> object:
        """Call the listeners behind the first step of a handler, given what that returned; returns the rest
        of it to await."""
        if isawaitable(result):
            result = asyncio.ensure_future(result)
            with self._gate.held():
                await asyncio.sleep(0)
        connection.listeners.dispatch(event, self._services.tasks.watch)
        return result

    def _log_failure(self, event_type: str) -> None:
        logger.exception("on_%s of %s/%s failed", event_type, self.party_name, self.room_id)

    def _forget(self, connection: Connection) -> None:
        connection.ready_state = ReadyState.CLOSED
        self._table.remove(connection)

    # The instance

    @property
    def _table(self) -> ConnectionTable:
        if self._connections is None:
            self._connections = HibernatingConnections() if self._hibernates else ConnectionsById()
        return self._connections

    async def _awake(self) -> PartyServer:
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_task(self._start())
        try:
            return await asyncio.shield(self._starting)
        except Exception as error:
            raise StartError(error) from error

    async def _start(self) -> PartyServer:
        try:
            store = self._services.storage.room(self.party_name, self.room_id)
            self._watch_from_start(store)
            storage = Storage(store, self._gate, self._storage_changed)
            if self._connections is None:
                self._hibernates = self.server_class.options.hibernate
            room = Room(
                room_id=self.room_id,
                internal_id=_internal_id(self.party_name, self.room_id),
                party_name=self.party_name,
                env=self._services.env,
                storage=storage,
                context=self._services.room_context,
                connections=self._table,
                fan_out=FanOut(self._table, self._services.storage),
                gate=self._gate,
            )
            with self._gate.handler():
                instance = self.server_class(room)
                with self._commits.watched():
                    await settled(instance.on_start())
                    await self._commits.settled()
            self._instance = instance
            return instance
        except BaseException:
            self._watch_no_more("on_start failed")
            raise
        finally:
            self._starting = None

    def _watch_from_start(self, store: RoomStore) -> None:
        """Have a new instance watched, if somebody wants to, and nothing but storage is older than it."""
        if self._services.room_starts is not None and not (self._connections and self._connections.sockets()):
            self.tap = self._services.room_starts(self.party_name, self.room_id, store)

    def _watch_no_more(self, why: str) -> None:
        tap, self.tap = self.tap, None
        if tap is not None:
            tap.ends(why)

    # Storage

    def _storage_changed(self, changes: Changes) -> None:
        if changes.alarm != "keep":
            self._services.alarm_changed(self.party_name, self.room_id)
        self._commits.wrote()

    def _storage_lost(self) -> None:
        """A commit failed: neither the sockets nor the instance may go on from what was not stored."""
        self._instance = None
        self._watch_no_more("storage failed")
        for connection in self._connections.sockets() if self._connections else []:
            connection._fail(*STORAGE_FAILED)
        self._services.alarm_changed(self.party_name, self.room_id)

    # Idleness

    def hold(self) -> None:
        """See `CurrentRoom.hold`."""
        self._wakers += 1

    def let_go(self) -> None:
        """See `CurrentRoom.let_go`."""
        self._wakers -= 1
        if not self._wakers:
            if self.tap is not None:
                self.tap.idles()
            loop = asyncio.get_running_loop()
            self._idle_since = loop.time()
            if self._idle_timer is None or self._idle_loop is not loop:
                self._wait_idle(self._idle_limit)

    @property
    def _idle_limit(self) -> float:
        return self._services.idle_timeout if self._hibernates else self._services.eviction_timeout

    def _wait_idle(self, seconds: float) -> None:
        self._idle_loop = asyncio.get_running_loop()
        self._idle_timer = self._idle_loop.call_later(seconds, self._check_idle)

    def _check_idle(self) -> None:
        self._idle_timer = None
        if self._wakers:
            return  # the last of them sets the timer again
        idle = asyncio.get_running_loop().time() - self._idle_since
        if idle < self._idle_limit:
            self._wait_idle(self._idle_limit - idle)
        elif not self._gate.is_open:
            self._wait_idle(self._idle_limit)
        else:
            self.rest()

    def rest(self) -> None:
        """Drop the instance where that is due, and the room itself where nothing is left of it."""
        connections = self._connections.sockets() if self._connections else []
        if connections and not self._hibernates:
            return  # the end of the last connection is an event, and sets the timer again
        self._instance = None
        for connection in connections:
            connection._forget_instance()
        if self.tap is not None:
            self.tap.rests(gone=not connections)
        if not connections:
            self.tap = None
            self._emptied()

    @property
    def is_idle(self) -> bool:
        """Whether no handler runs."""
        return not self._wakers

    def discard(self) -> None:
        """Let go of the instance and of the timer; the room is not used any more."""
        self._instance = None
        if self._idle_timer is not None:
            self._idle_timer.cancel()


def _internal_id(party: str, room_id: str) -> str:
    return hashlib.sha256(f"{party}/{room_id}".encode()).hexdigest()

"""Calls the listeners of a connection, beside the handler of the event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from inspect import isawaitable

from partyserver.background import BackgroundTasks, Watch
from partyserver.connection import Connection
from partyserver.events import Event, MessageEvent
from partyserver.handler_calls import contained
from partyserver.handler_frames import Handler, runs_handler
from partyserver.rooms.instance import RoomInstance
from partyserver.rooms.running_handlers import RunningHandlers
from partyserver.wire import Data


class ListenerCalls:
    """Calls the listeners of one room's connections."""

    __slots__ = ("_instance", "_running", "_tasks")

    def __init__(self, instance: RoomInstance, running: RunningHandlers, tasks: BackgroundTasks) -> None:
        """
        Args:
            instance: the room's.
            running: counts async listeners of messages.
            tasks: runs them.
        """
        self._instance = instance
        self._running = running
        self._tasks = tasks

    @property
    def party_name(self) -> str:
        """The room's party."""
        return self._instance.party_name

    @property
    def room_id(self) -> str:
        """The room's id."""
        return self._instance.room_id

    async def call(self, connection: Connection, event: Event, result: object) -> object:
        """Run the handler up to its first await, then call the listeners.

        Args:
            connection: whose event it is.
            event: what they are called with.
            result: the handler's return value.

        Returns:
            The rest of the handler's awaitable, or its return value.
        """
        if isawaitable(result):
            result = asyncio.get_running_loop().create_task(self._run_on(event, result))
            with self._instance.gate.held():
                await asyncio.sleep(0)
        watch: Watch = self._tasks.watch
        if isinstance(event, MessageEvent):
            watch = self._counted_watch(connection, event.data)
        connection.listeners.dispatch(event, watch, self._failed)
        return result

    def _failed(self, error: BaseException) -> None:
        self._instance.figures.failed("listener", error)

    def _counted_watch(self, connection: Connection, message: Data) -> Watch:
        def watch(awaitable: Awaitable[object]) -> None:
            self._running.began(connection, message)
            self._tasks.watch(awaitable, lambda: self._running.ended(connection, message))

        return watch

    @runs_handler(
        lambda local: Handler(f"on_{local['event'].type}", local["self"].party_name, local["self"].room_id)
    )
    async def _run_on(self, event: Event, result: Awaitable[object]) -> object:
        with contained:
            return await result

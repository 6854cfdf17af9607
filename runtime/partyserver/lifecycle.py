"""Starts and stops what a host does of its own accord: alarms, crons, a shadow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from enum import Enum

from partyserver.background import BackgroundTasks
from partyserver.cluster import LocalNode
from partyserver.edge import CronSchedule
from partyserver.left_behind import LeftBehind
from partyserver.limits import Limits
from partyserver.rooms import AlarmSchedule
from partyserver.shadowing import HostFacts, Shadow
from partyserver.storage import StorageBackend
from partyserver.watchdog import Watchdog

logger = logging.getLogger("partyserver")


class State(Enum):
    """The state of a host."""

    NEW = "new"
    RUNNING = "running"
    STOPPED = "stopped"


class Lifecycle:
    """Runs the alarms, crons and shadow of a host, with its storage open.

    Attributes:
        state: the state of the host.
    """

    def __init__(
        self,
        parties: Collection[str],
        storage: StorageBackend,
        alarms: AlarmSchedule,
        crons: CronSchedule,
        tasks: BackgroundTasks,
        shutdown_timeout: float,
        limits: Limits,
        node: LocalNode | None = None,
    ) -> None:
        """
        Args:
            parties: the host's.
            storage: is opened at the start and closed at the end.
            alarms: those of the rooms.
            crons: those of the host.
            tasks: where handlers run.
            shutdown_timeout: seconds that they get to finish.
            limits: say when the log names a handler.
            node: joins and leaves the cluster, where there is one.
        """
        self.state = State.NEW
        self._parties = parties
        self._storage = storage
        self._alarms = alarms
        self._crons = crons
        self._tasks = tasks
        self._shutdown_timeout = shutdown_timeout
        self._limits = limits
        self._node = node
        self._watchdog: Watchdog | None = None  # and what follows, while the host runs
        self._left_behind: LeftBehind | None = None
        self._shadow: tuple[Shadow, HostFacts] | None = None
        self._lifespans = 0  # that are entered
        self._loop: asyncio.AbstractEventLoop | None = None

    def follow(self, shadow: Shadow, facts: HostFacts) -> None:
        """Start and stop a shadow with the rest.

        Args:
            shadow: the shadow.
            facts: what it needs to know of the host.
        """
        self._shadow = (shadow, facts)

    async def start(self) -> None:
        """Enter a lifespan; what runs already goes on.

        Raises:
            StorageFileError: the storage cannot be opened.
            ClusterError: the cluster cannot be joined.
        """
        if not self._runs_here():
            await self._begin()
        self._lifespans += 1

    async def stop(self) -> None:
        """Leave a lifespan; with the last one everything stops, once handlers had time to finish."""
        self._lifespans -= 1
        if self._lifespans:
            return
        self.state = State.STOPPED
        if self._node is not None:
            self._node.close()
        async with contextlib.AsyncExitStack() as last:  # each of these even if one before it has failed
            last.callback(self._storage.close)
            if self._node is not None:
                last.push_async_callback(self._node.stop)
            last.callback(self._watch_no_longer)
            if self._shadow is not None:
                last.push_async_callback(self._shadow[0].stop)
            last.push_async_callback(self._tasks.cancel)
            last.push_async_callback(self._tasks.drain, self._shutdown_timeout)
            last.callback(self._crons.stop)
            last.callback(self._alarms.stop)
            if self._node is not None:
                last.push_async_callback(self._node.close_passed_on)

    async def start_without_lifespan(self) -> None:
        """Start at an event what no lifespan has started: Starlette runs none of a mounted application.

        An event in another event loop than before (a test client has one a request) starts everything again.
        """
        if self.state is State.STOPPED or self._runs_here():
            return
        if self.state is State.NEW:
            logger.warning(
                "The host got an event before its lifespan: its alarms and crons start now, and end with the "
                "process. Where it is mounted, write: Starlette(routes=[...], lifespan=host.lifespan)"
            )
        else:
            self._alarms.stop()
            self._crons.stop()
            self._watch_no_longer()
        await self._begin()

    async def _begin(self) -> None:
        self._storage.open()
        if self._node is not None:
            await self._node.start()
        self.state = State.RUNNING
        self._loop = asyncio.get_running_loop()
        self._watch()
        if self._shadow is not None:
            shadow, facts = self._shadow
            await shadow.start(facts)
        self._alarms.start(self._parties)
        self._crons.start()

    def _watch(self) -> None:
        self._left_behind = LeftBehind()
        self._left_behind.start()
        self._watchdog = Watchdog(self._limits.slow_handler, self._limits.stuck_handler)
        self._watchdog.start()

    def _watch_no_longer(self) -> None:
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._left_behind is not None:
            self._left_behind.stop()

    def _runs_here(self) -> bool:
        return self.state is State.RUNNING and self._loop is asyncio.get_running_loop()

"""This process as a node of a cluster: what a host asks of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from partyserver.background import BackgroundTasks
from partyserver.clock import Clock
from partyserver.cluster.directory import Directory
from partyserver.cluster.due_alarms import DueAlarms
from partyserver.cluster.engine import Node, Ownership
from partyserver.cluster.figures import NodeFigures
from partyserver.cluster.membership import Membership
from partyserver.cluster.passing import Passing
from partyserver.cluster.room_anywhere import RoomAnywhere
from partyserver.cluster.settings import ClusterSettings
from partyserver.cluster.storage import ClusterStorage
from partyserver.exceptions import PartyServerError, RoomLostError, StorageError
from partyserver.responses import ErrorAnswers
from partyserver.rooms import ROOM_MOVED, AlarmSchedule, Cron, Party, ReachableRoom, RoomRunner
from partyserver.storage import STORAGE_FAILED, RoomKey

logger = logging.getLogger("partyserver")

PATIENCE = 2.0
"""Seconds beyond a lease for which somebody who comes for a room waits for its new owner."""

CLOCK_TOLERANCE = 1.0
"""Seconds by which this machine's clock may differ from the database's without a warning."""

REACHABLE_WITHIN = 10.0
"""Seconds after its start within which a node has to answer at the address that it advertises."""

SWEEP_EVERY = 5.0
"""Seconds between two looks for rooms that are owned for nothing."""


class LocalNode:
    """Owns rooms for as long as the lease is good, and finds those of other nodes.

    Attributes:
        storage: the rooms' storage.
        membership: of the cluster.
        passing: passes on what is for rooms of other nodes.
        figures: what it counts.
    """

    def __init__(
        self,
        settings: ClusterSettings,
        tasks: BackgroundTasks,
        clock: Clock,
        answers: ErrorAnswers,
        surroundings: Mapping[str, Any],
    ) -> None:
        """
        Args:
            settings: of the cluster.
            tasks: runs what nothing waits for.
            clock: gives the time of alarms.
            answers: makes the answers to errors of handlers.
            surroundings: what the host adds to the ASGI scopes of what was passed on, such as `app`.
        """
        self._settings = settings
        self.figures = NodeFigures()
        self._engine = settings.engine()
        self._tasks = tasks
        self._clock = clock
        self._parties: Mapping[str, Party] = {}
        self._alarms: AlarmSchedule | None = None
        self.membership = Membership(
            self._engine, settings.advertise, settings.lease, self._joined, self._lapsed
        )
        self.storage = ClusterStorage(self._engine, self.membership.lease, self._lost, settings.memory)
        self._directory = Directory(
            self._engine, self.membership, self.storage, tasks, self._open_room, self._is_open, self._changed
        )
        self.passing = Passing(
            self,
            self.storage,
            answers,
            tasks,
            settings.secret,
            silence=settings.lease,
            surroundings=surroundings,
            figures=self.figures,
        )
        self._directory.elsewhere = self.passing
        self._due: DueAlarms | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._reaching: asyncio.Task[None] | None = None

    def serve(self, parties: Mapping[str, Party], alarms: AlarmSchedule) -> None:
        """Serve rooms.

        Args:
            parties: of the host.
            alarms: of the host.
        """
        self._parties = parties
        self._alarms = alarms
        self._due = DueAlarms(self._engine, self._clock, parties, self._directory.claim)

    async def start(self) -> None:
        """Join the cluster.

        Raises:
            ClusterError: the database cannot be used as it is.
        """
        await self._engine.start()
        if not self._settings.secret:
            self.passing.know(await self._engine.shared_secret())
        await self.membership.start()
        await self._compare_clocks()
        self._directory.is_closed = False
        if self._due is not None:
            self._due.start()
        self._sweeping = asyncio.get_running_loop().create_task(self._sweep())
        self._reaching = asyncio.get_running_loop().create_task(self._reach_itself())

    async def _compare_clocks(self) -> None:
        ahead = await self._engine.clock_difference()
        if abs(ahead) > CLOCK_TOLERANCE:
            logger.warning(
                "this machine's clock is %.1f s %s the database's; alarms of sleeping rooms ring by it; set "
                "it right (leases do not depend on it)",
                abs(ahead),
                "ahead of" if ahead > 0 else "behind",
            )

    async def _reach_itself(self) -> None:
        """Find out whether the advertised address is right, before another node does."""
        end = asyncio.get_running_loop().time() + REACHABLE_WITHIN
        while True:
            try:
                await self.passing.reach_itself()
            except PartyServerError as error:
                problem = error
            else:
                return
            if asyncio.get_running_loop().time() > end:
                break
            await asyncio.sleep(0.5)
        logger.error(
            "this node does not answer at %s, which it advertises, so that other nodes cannot pass anything "
            "on to it: %s",
            self._settings.advertise,
            problem,
        )

    def close(self) -> None:
        """Take no more rooms: this node is about to stop."""
        self._directory.is_closed = True
        if self._due is not None:
            self._due.stop()

    async def close_passed_on(self) -> None:
        """Close the connections that other nodes have passed on to rooms of this one."""
        await self.passing.close_rooms(*ROOM_MOVED)

    async def stop(self) -> None:
        """Leave the cluster, once all is committed: other nodes may take the rooms at once."""
        self.close()
        for task in (self._sweeping, self._reaching):
            if task is not None:
                task.cancel()
        try:
            async with asyncio.timeout(self.membership.lease.left):
                await self.storage.all_committed()
        except TimeoutError:
            logger.error("the last writes could not be committed before the lease ran out")
        await self.membership.stop()
        self.storage.lose_all(RoomLostError("this node has left the cluster"))
        await self.passing.close()
        await self._engine.close()

    def room(self, party: str, room_id: str) -> ReachableRoom:
        """A room, on whichever node it is."""
        room = (party, room_id)
        return self._directory.here(room) or RoomAnywhere(
            self._directory, room, self._settings.lease + PATIENCE
        )

    async def owned(self, room: RoomKey) -> RoomRunner:
        """See `Directory.owned`."""
        return await self._directory.owned(room)

    def emptied(self, party: str, room_id: str) -> None:
        """Nothing of a room is in memory: another node may have it, unless its alarm is about to ring."""
        if not self._rings_soon((party, room_id)):
            self._directory.let_go((party, room_id))

    async def claim_cron(self, cron: Cron) -> bool:
        """Whether a call of a cron is for this node to make."""
        return await self._engine.claim_cron(cron.name, cron.scheduled_time)

    async def _sweep(self) -> None:
        """Let go of rooms that were taken for an alarm or a client that did not come."""
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            for room in self.storage.rooms:
                if not self._is_open(room) and not self._rings_soon(room):
                    self._directory.let_go(room)

    def _rings_soon(self, room: RoomKey) -> bool:
        held = self.storage.held(room)
        alarm = None if held is None else held.alarm_now
        if alarm is None or alarm.next_try is None:
            return False
        return alarm.next_try - self._clock.now() < 2_000 * SWEEP_EVERY

    def _open_room(self, room: RoomKey) -> RoomRunner:
        party, room_id = room
        return self._parties[party].room(room_id)

    def _is_open(self, room: RoomKey) -> bool:
        party, room_id = room
        return self._parties[party].is_open(room_id)

    def _changed(self, room: RoomKey) -> None:
        """A room has come or gone, and its alarm with it."""
        self.figures.rooms_taken += self.storage.held(room) is not None
        if self._alarms is not None:
            self._alarms.changed(*room)

    def _joined(self, node: Node) -> None:
        self.passing.joined(node)

    def _lapsed(self) -> None:
        self.storage.lose_all(StorageError("the lease of this node has run out"))
        self.passing.joined(None)

    def _lost(self, room: RoomKey, ownership: Ownership, error: StorageError) -> None:
        self.figures.rooms_lost += 1
        party, room_id = room
        close = ROOM_MOVED if isinstance(error, RoomLostError) else STORAGE_FAILED
        self._parties[party].lose(room_id, *close)
        self._changed(room)
        if self.membership.lease.left:  # else whoever comes for it finds a dead owner, or none
            self._tasks.start(self._engine.release(room, ownership))

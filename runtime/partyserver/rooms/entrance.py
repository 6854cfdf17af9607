"""Where a room's events wait, in one line, for the instance that handles them and for the input gate."""

from __future__ import annotations

import asyncio
from collections import deque

from partyserver.exceptions import StartError
from partyserver.rooms.instance import RoomInstance
from partyserver.rooms.party_server import PartyServer
from partyserver.rooms.services import Lease


class Entrance:
    """Lets a room's events in, one after the other, in the order in which they came.

    Only the first in line waits for the instance and the gate: an event that comes just as the instance has
    started, or as a failed commit has dropped it, does not overtake those that have waited.
    """

    __slots__ = ("_gate", "_instance", "_lease", "_line")

    def __init__(self, instance: RoomInstance, lease: Lease | None = None) -> None:
        """
        Args:
            instance: the instance of the room.
            lease: how long it is this process's; None where it always is.
        """
        self._instance = instance
        self._lease = lease
        self._gate = instance.gate
        self._line: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> PartyServer:
        """Wait for an event's turn; returns the instance that handles it.

        Raises:
            StartError: `on_start` raised, as all that are in line are told; the next event tries again.
            NotANodeError, NotOwnerError: the room is another process's by now.
        """
        if self._lease is not None:
            self._lease.check()
        server = self._instance.server
        if server is not None and not self._line and self._gate.is_open:
            return server
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            if self._line[0] is not turn:
                await turn
            return await self._let_in()
        finally:
            was_first = self._line[0] is turn
            self._line.remove(turn)
            if was_first and self._line and not self._line[0].done():
                self._line[0].set_result(None)

    async def _let_in(self) -> PartyServer:
        instance, gate = self._instance, self._gate
        while True:
            try:
                server = instance.server or await instance.awake()
            except StartError as error:
                self._refuse(error)
                raise
            if not gate.is_open:
                await gate.pass_through()
            if self._lease is not None:
                self._lease.check()
            if instance.server is server:  # else a commit failed meanwhile
                return server

    def _refuse(self, error: StartError) -> None:
        """Tell those that wait for the same start."""
        for turn in list(self._line)[1:]:
            if not turn.done():
                again = StartError(error.error)
                again.__cause__ = error.error
                turn.set_exception(again)

"""`Party`: a named party of a host, and its rooms that are in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from partyserver.connection import Connection
from partyserver.rooms.listing import ListedRoom
from partyserver.rooms.party_server import PartyServer, defines
from partyserver.rooms.runner import RoomRunner
from partyserver.rooms.services import Services
from partyserver.storage import KeyRange

logger = logging.getLogger("partyserver")


class Party:
    """A named party and its rooms.

    Attributes:
        name: the party's name in paths and stubs.
        server_class: its class.
    """

    def __init__(self, name: str, server_class: type[PartyServer], services: Services) -> None:
        self.name = name
        self.server_class = server_class
        self._services = services
        self._rooms: dict[str, RoomRunner] = {}
        services.idle_rooms.watch(self._rooms)
        self._hears_alarms = defines(server_class, "on_alarm")

    def room(self, room_id: str) -> RoomRunner:
        """The room of that id, made if it is not in memory.

        Args:
            room_id: percent-encoded.
        """
        runner = self._rooms.get(room_id)
        if runner is None:
            self._services.idle_rooms.before_another()
            runner = self._rooms[room_id] = RoomRunner(
                self.server_class, self.name, room_id, self._services, self._forget
            )
        return runner

    def is_open(self, room_id: str) -> bool:
        """Whether anything of a room is in memory."""
        return room_id in self._rooms

    def lose(self, room_id: str, code: int, reason: str) -> None:
        """A room is another process's: its connections close, and nothing of it is left here.

        Args:
            room_id: percent-encoded.
            code: of the close.
            reason: of the close.
        """
        runner = self._rooms.pop(room_id, None)
        if runner is not None:
            runner.lose(code, reason)

    async def ring(self, room_id: str) -> None:
        """Run `on_alarm` of a room; see `RoomRunner.alarm`."""
        if not self._hears_alarms:
            self._hears_alarms = True  # the warning comes once
            logger.warning(
                "The alarm of %s/%s rings, but the party has no on_alarm: nothing comes of its alarms",
                self.name,
                room_id,
            )
        await self.room(room_id).alarm()

    def sockets(self, room_id: str) -> list[Connection]:
        """The connections of a room that is in memory whose sockets have not ended; none of any other.

        Args:
            room_id: percent-encoded.
        """
        runner = self._rooms.get(room_id)
        return [] if runner is None else runner.sockets

    @property
    def connection_count(self) -> int:
        """How many connections the rooms in memory have."""
        return sum(runner.connection_count for runner in self._rooms.values())

    def live_rooms(self, ids: KeyRange | None = None) -> Iterator[ListedRoom]:
        """The rooms that are in memory.

        Args:
            ids: only those of these ids, in their order; None for all rooms, in any order.
        """
        now = self._services.clock.now()
        for room_id in self._rooms if ids is None else ids.select(self._rooms):
            runner = self._rooms[room_id]
            active = now - int(runner.idle_seconds * 1_000)
            yield ListedRoom(room_id, runner.connection_count, active)

    @property
    def room_ids(self) -> list[str]:
        """The ids of the rooms that are in memory."""
        return list(self._rooms)

    def _forget(self, runner: RoomRunner) -> None:
        if self._rooms.get(runner.room_id) is runner:
            del self._rooms[runner.room_id]
            self._services.room_emptied(self.name, runner.room_id)

"""How many rooms without connections a host keeps in memory: past that the ones idle the longest go early."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

logger = logging.getLogger("partyserver")


class KeptRoom(Protocol):
    """A room as it is kept in memory; a `RoomRunner` is one."""

    @property
    def idle_since(self) -> float | None:
        """See `RoomRunner.idle_since`."""

    def evict(self) -> None:
        """See `RoomRunner.evict`."""


class IdleRooms:
    """Drops rooms that nothing keeps, before their time, where there are too many.

    It looks only when a room is made, and not at each one: each look is preceded by as many new rooms as
    there may have become too many since.
    """

    def __init__(self, most: int) -> None:
        """
        Args:
            most: rooms without connections that are kept; 0 for any number.
        """
        self._most = most
        self._kept = most - max(1, most // 4)  # so that the next look is not due at once
        self._tables: list[Mapping[str, KeptRoom]] = []
        self._look_at = most  # rooms in all, those with connections included

    def watch(self, rooms: Mapping[str, KeptRoom]) -> None:
        """Count the rooms of a table too; those that are evicted take themselves out of it."""
        self._tables.append(rooms)

    def before_another(self) -> None:
        """A room is about to be made."""
        if not self._most:
            return
        rooms = sum(map(len, self._tables))
        self._look_at = min(self._look_at, rooms + self._most)
        if rooms >= self._look_at:
            self._look(rooms)

    def _look(self, rooms: int) -> None:
        idle = [
            (since, room)
            for table in self._tables
            for room in table.values()
            if (since := room.idle_since) is not None
        ]
        too_many = len(idle) - self._kept if len(idle) >= self._most else 0
        if too_many:
            idle.sort(key=lambda each: each[0])
            logger.info(
                "%d rooms without connections: the %d that were idle the longest are dropped early "
                "(max_idle_rooms)",
                len(idle),
                too_many,
            )
            for _, room in idle[:too_many]:
                room.evict()
        self._look_at = rooms - too_many + max(1, self._most - (len(idle) - too_many))

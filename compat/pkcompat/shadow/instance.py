"""The instance of a shadow's room: made as the host makes one, on a copy of the room's storage."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace

from partyserver import MemoryStorage, Parties, PartyServer, RoomContext, SystemClock
from partyserver.background import BackgroundTasks
from partyserver.rooms import RoomRunner, Services
from partyserver.storage import Changes
from pkcompat.shadow.other_rooms import RecordedOutside, recorded_switchboard
from pkcompat.shadow.records import Begin, Starts

_NEVER = 365 * 24 * 3_600.0


class ShadowInstance:
    """Runs the handlers of a shadow's room.

    Args:
        starts: how the room starts.
        server_class: the shadow's form of the party.
        begin: what is known about the host.
        outside: the other rooms.
        tasks: runs what handlers leave behind.
        idles: called when no handler runs any more.

    Attributes:
        runner: gives the instance its events.
    """

    def __init__(
        self,
        starts: Starts,
        server_class: type[PartyServer],
        begin: Begin,
        outside: RecordedOutside,
        tasks: BackgroundTasks,
        idles: Callable[[], None],
    ) -> None:
        storage = MemoryStorage()
        self._store = storage.room(starts.party, starts.room_id)
        self._store.apply(Changes(values=starts.values, alarm=starts.alarm))
        services = Services(
            env=begin.env,
            storage=storage,
            clock=SystemClock(),
            tasks=tasks,
            room_context=RoomContext(
                Parties(begin.parties, recorded_switchboard(outside, tasks.watch)), begin.assets
            ),
            alarm_changed=lambda party, room_id: None,  # it rings when the real one does
            # An instance of a hibernating party is dropped when the real one is, by the record `Rests`.
            idle_timeout=_NEVER if starts.hibernates else begin.idle_timeout,
            eviction_timeout=_NEVER,
        )
        self.runner = RoomRunner(
            server_class, starts.party, starts.room_id, services, emptied=lambda room: None, idles=idles
        )

    def rings(self) -> bool:
        """Mark the alarm as ringing; returns whether one is set."""
        alarm = self._store.get_alarm()
        if alarm is None:
            return False
        self._store.apply(Changes(alarm=replace(alarm, ringing=True)))
        return True

    async def ring(self) -> str:
        """Run the alarm's handler.

        Returns:
            The traceback of its exception, after which the alarm stays set; empty if there was none.
        """
        try:
            await self.runner.alarm()
        except Exception:
            error = traceback.format_exc()
        else:
            error = ""
        left = self._store.get_alarm()
        if left is not None and left.ringing:  # a handler that set a new alarm has replaced it
            self._store.apply(Changes(alarm=replace(left, ringing=False) if error else None))
        return error

"""How long replayed traffic must wait, and where: decided from the times of real events.

A replay goes from step to step as fast as the rooms answer. Time matters where a room acted by itself (an
alarm, a timer), and where it was idle for so long that its instance was dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from partyserver.paths import RoomPath

BY_ITSELF = 0.5
"""What a room sends so many seconds or more after a client's last step counts as sent by itself."""

LONGEST = 120.0
"""Seconds; longer waits are shortened to this."""

REPLAYED_IDLE = 10.0
"""Seconds after which a hibernating party's instance is dropped where traffic is replayed."""

EVICTION = 70.0
"""Seconds after which any other instance is dropped, on every host that is recorded or replays."""

_SLACK = 0.3  # added, so that what a room does by itself has arrived when the wait is over
_MARGIN = 1.0  # added, so that an idle room's instance is surely dropped


@dataclass(frozen=True, slots=True)
class Rest:
    """When a room's instance is dropped.

    Attributes:
        recorded: after so many seconds without an event, on the recorded host.
        replayed: the same on the host of the replay.
        beside_connections: whether it is dropped while the room has connections.
    """

    recorded: float
    replayed: float
    beside_connections: bool


def rest(idle_timeout: float, *, hibernates: bool) -> Rest:
    """When the instances of a party's rooms are dropped.

    Args:
        idle_timeout: the seconds for hibernating parties on the recorded host.
        hibernates: whether the party hibernates.
    """
    if hibernates:
        return Rest(idle_timeout, REPLAYED_IDLE, beside_connections=True)
    return Rest(EVICTION, EVICTION, beside_connections=False)


@dataclass(slots=True)
class _Room:
    stepped: float  # when a client last did something to it
    spoke: float  # when it last sent something
    waited: float  # how long the replay had waited in total at its last step
    connections: int = 0


class RecordedWaits:
    """Decides how long to wait before each step.

    Args:
        rest_of: gives the `Rest` of a party's rooms.

    Attributes:
        cut: how many waits were shortened to `LONGEST`.
    """

    def __init__(self, rest_of: Callable[[str], Rest]) -> None:
        self._rest_of = rest_of
        self._rooms: dict[RoomPath, _Room] = {}
        self._waited = 0.0  # by the replay so far, in total
        self.cut = 0

    def before_step(self, room: RoomPath, now: float) -> float:
        """How many seconds a replay waits before a client's next step in a room.

        Args:
            room: the room.
            now: seconds of a monotonic clock.
        """
        known = self._rooms.get(room)
        if known is None:
            self._rooms[room] = _Room(now, now, self._waited)
            return 0.0
        wait = self._owed(room, known, now)
        self._waited += wait
        known.stepped, known.spoke, known.waited = now, now, self._waited
        return wait

    def spoke(self, room: RoomPath, now: float) -> None:
        """Record that a room sent something to a client."""
        if (known := self._rooms.get(room)) is not None:
            known.spoke = now

    def opened(self, room: RoomPath) -> None:
        """Record that a connection joined a room."""
        self._rooms[room].connections += 1

    def left(self, room: RoomPath) -> None:
        """Record that a connection left a room."""
        self._rooms[room].connections -= 1

    def at_end(self) -> float:
        """How long a replay waits after the last step, for what rooms sent by themselves."""
        return max((self._owed(room, known, known.spoke) for room, known in self._rooms.items()), default=0.0)

    def _owed(self, room: RoomPath, known: _Room, now: float) -> float:
        needed = 0.0
        if known.spoke - known.stepped >= BY_ITSELF:
            needed = known.spoke - known.stepped + _SLACK
        rest = self._rest_of(room.party)
        may_rest = rest.beside_connections or not known.connections
        if may_rest and now - known.spoke >= rest.recorded:
            needed += rest.replayed + _MARGIN
        # Waits for other rooms count, as time passes for all rooms at once.
        owed = needed - (self._waited - known.waited)
        if owed > LONGEST:
            self.cut += 1
            return LONGEST
        return round(owed, 1) if owed >= 0.1 else 0.0

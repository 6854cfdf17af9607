"""How long replayed traffic must wait, and where: decided from when real clients and rooms did something.

A replay goes from step to step as fast as the rooms answer. Time matters where a room did something by itself
(an alarm, a timer), and where it had rested for so long that it let go of its instance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from partyserver.paths import RoomPath

BY_ITSELF = 0.5
"""Seconds after a client's last step from which on what a room says counts as said by itself."""

LONGEST = 120.0
"""Seconds; a longer wait is cut to this."""

REPLAYED_IDLE = 10.0
"""Seconds after which a hibernating party's instance is dropped where traffic is replayed."""

EVICTION = 70.0
"""Seconds after which any other instance is dropped, on every host that is recorded or replays."""

_SLACK = 0.3  # so that what a room does by itself has come when the wait is over
_MARGIN = 1.0  # so that a room that rests has noticed


@dataclass(frozen=True, slots=True)
class Rest:
    """When a room lets go of its instance.

    Attributes:
        recorded: seconds without an event, on the host that is recorded.
        replayed: the same on the host that replays.
        beside_connections: whether it does while it has connections.
    """

    recorded: float
    replayed: float
    beside_connections: bool


def rest(idle_timeout: float, *, hibernates: bool) -> Rest:
    """When the rooms of a party let go of their instances.

    Args:
        idle_timeout: seconds after which those of a hibernating party do, on the host that is recorded.
        hibernates: whether the party does.
    """
    if hibernates:
        return Rest(idle_timeout, REPLAYED_IDLE, beside_connections=True)
    return Rest(EVICTION, EVICTION, beside_connections=False)


@dataclass(slots=True)
class _Room:
    stepped: float
    spoke: float
    waited: float  # what the replay had waited in all at the last step
    connections: int = 0


class RecordedWaits:
    """Says how long to wait before each step.

    Attributes:
        cut: how many waits were cut to `LONGEST`.
    """

    def __init__(self, rest_of: Callable[[str], Rest]) -> None:
        """Begin.

        Args:
            rest_of: when the rooms of a party rest.
        """
        self._rest_of = rest_of
        self._rooms: dict[RoomPath, _Room] = {}
        self._waited = 0.0
        self.cut = 0

    def before_step(self, room: RoomPath, now: float) -> float:
        """A client does something to a room: how many seconds a replay waits first, 0 if none.

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
        """A room sent something to a client."""
        if (known := self._rooms.get(room)) is not None:
            known.spoke = now

    def opened(self, room: RoomPath) -> None:
        """A connection joins a room."""
        self._rooms[room].connections += 1

    def left(self, room: RoomPath) -> None:
        """A connection has left a room."""
        self._rooms[room].connections -= 1

    def at_end(self) -> float:
        """How long a replay waits after the last step, for what rooms said by themselves."""
        return max((self._owed(room, known, known.spoke) for room, known in self._rooms.items()), default=0.0)

    def _owed(self, room: RoomPath, known: _Room, now: float) -> float:
        needed = 0.0
        if known.spoke - known.stepped >= BY_ITSELF:
            needed = known.spoke - known.stepped + _SLACK
        rest = self._rest_of(room.party)
        may_rest = rest.beside_connections or not known.connections
        if may_rest and now - known.spoke >= rest.recorded:
            needed += rest.replayed + _MARGIN
        owed = needed - (self._waited - known.waited)
        if owed > LONGEST:
            self.cut += 1
            return LONGEST
        return round(owed, 1) if owed >= 0.1 else 0.0

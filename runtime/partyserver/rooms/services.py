"""What a host provides to every room: storage, variables, time, other rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from partyserver.background import BackgroundTasks
from partyserver.figures import HostFigures
from partyserver.limits import Limits
from partyserver.rooms.context import RoomContext
from partyserver.rooms.idle_rooms import IdleRooms
from partyserver.storage import StorageBackend

if TYPE_CHECKING:
    from partyserver.clock import Clock
    from partyserver.rooms.tap import RoomStarts


class Lease(Protocol):
    """How long the rooms of this process are its own, where they could be another's."""

    @property
    def is_good(self) -> bool:
        """Whether they are."""

    def check(self) -> None:
        """Raise if they are not.

        Raises:
            NotANodeError: they are not.
        """


def _nothing(party: str, room_id: str) -> None:
    """Rooms belong to nobody else."""


@dataclass(frozen=True)
class Services:
    """What a host provides to every room.

    Attributes:
        env: the host's variables.
        storage: where rooms keep their data.
        clock: gives the time.
        tasks: runs tasks in the background.
        room_context: stubs of other rooms, and the static files.
        alarm_changed: to be called with party and room id when a handler has set or deleted an alarm.
        idle_timeout: seconds without an event after which the instance of a hibernating party is dropped.
        eviction_timeout: seconds without a connection or event after which any other instance is dropped.
        limits: what clients and handlers may take of the host.
        room_starts: returns the taps of rooms that are followed.
        lease: how long the rooms are this process's; None where there is no other.
        room_emptied: called with party and room id when nothing of a room is left in memory.
        figures: what is counted of all this.
        idle_rooms: drops rooms without connections where there are too many.
    """

    env: Mapping[str, Any]
    storage: StorageBackend
    clock: Clock
    tasks: BackgroundTasks
    room_context: RoomContext
    alarm_changed: Callable[[str, str], None]
    idle_timeout: float
    eviction_timeout: float
    limits: Limits = field(default_factory=Limits)
    room_starts: RoomStarts | None = None
    lease: Lease | None = None
    room_emptied: Callable[[str, str], None] = _nothing
    figures: HostFigures = field(default_factory=HostFigures)
    idle_rooms: IdleRooms = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "idle_rooms", IdleRooms(self.limits.max_idle_rooms))

"""What a host and its shadow know of each other. `pkcompat.Shadow` is a shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from partyserver.rooms import RoomTap
from partyserver.storage import RoomStore

if TYPE_CHECKING:
    from partyserver.assets import Assets
    from partyserver.rooms import PartyServer


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a shadow must know of the host.

    Attributes:
        parties: its party classes by name.
        env: what `room.env` holds.
        assets: its static files.
        debug: whether clients are sent the messages of unexpected exceptions.
        idle_timeout: seconds without an event after which the instance of a hibernating party is dropped.
    """

    parties: Mapping[str, type[PartyServer]]
    env: Mapping[str, Any]
    assets: Assets
    debug: bool
    idle_timeout: float


class ShadowFigures(Protocol):
    """The results of a shadow so far that metrics show; `pkcompat.shadow.ShadowReport` has more."""

    @property
    def rooms(self) -> int:
        """How many rooms were followed."""

    @property
    def following(self) -> int:
        """How many are being followed now."""

    @property
    def compared(self) -> int:
        """How many things were the same in both forms."""

    @property
    def differences(self) -> int:
        """How many rooms differed."""

    @property
    def left(self) -> Mapping[str, int]:
        """Why rooms were not followed further, and how often."""

    @property
    def restarts(self) -> int:
        """How often its process was restarted."""


class Shadow(Protocol):
    """What `Host(shadow=...)` takes; `pkcompat.Shadow` is one."""

    async def start(self, host: HostFacts) -> None:
        """The host starts. Must not raise: a host is served even if its shadow cannot run."""

    async def stop(self) -> None:
        """The host has ended; its rooms report nothing more."""

    def room_starts(self, party: str, room_id: str, store: RoomStore) -> RoomTap | None:
        """See `RoomStarts`."""

    def report(self) -> ShadowFigures:
        """The results so far."""

"""Which rooms of a store are meant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from partyserver.paths import encode_room_id
from partyserver.storage import RoomKey
from pkcompat.stores.store import Store, StoreError


@dataclass(frozen=True, slots=True)
class Selection:
    """Rooms of a store: those that are named, or else all that a party and a prefix leave.

    Attributes:
        rooms: rooms that are named.
        party: only those of this party, or None.
        prefix: only those whose id begins with this.
    """

    rooms: Collection[RoomKey] = ()
    party: str | None = None
    prefix: str = ""

    async def of(self, store: Store) -> AsyncIterator[RoomKey]:
        """These rooms, of those that hold something.

        Raises:
            StoreError: a room that is named holds nothing, or they cannot be read.
        """
        if self.rooms:
            for room in self.rooms:
                yield await found(store, room)
            return
        async for room in store.rooms():
            party, room_id = room
            if (self.party is None or party == self.party) and room_id.startswith(self.prefix):
                yield room


async def found(store: Store, room: RoomKey) -> RoomKey:
    """A room as the store has it: ids are kept percent-encoded, as they come in addresses.

    Raises:
        StoreError: it holds nothing, or cannot be read.
    """
    party, room_id = room
    for candidate in dict.fromkeys((room, (party, encode_room_id(room_id)))):
        if not (await store.read(candidate)).is_empty:
            return candidate
    raise StoreError(
        f"{store.name}: the room {'/'.join(room)} holds nothing; see the rooms with pkcompat storage list"
    )


def parse_rooms(names: Sequence[str]) -> list[RoomKey]:
    """The rooms that `PARTY/ROOM` name.

    Raises:
        StoreError: a name has no slash, or nothing on one side of it.
    """
    rooms: list[RoomKey] = []
    for name in names:
        party, _, room_id = name.partition("/")
        if not party or not room_id:
            raise StoreError(f"{name!r} is no PARTY/ROOM, such as main/lobby")
        rooms.append((party, room_id))
    return rooms

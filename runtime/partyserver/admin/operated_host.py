"""What the admin application sees and does of a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from partyserver.clock import Clock
from partyserver.cluster import LocalNode
from partyserver.connection import Connection
from partyserver.exceptions import PartyServerError
from partyserver.figures import HostFigures
from partyserver.rooms import AlarmSchedule, ListedRoom, Party, merged
from partyserver.shadowing import Shadow
from partyserver.storage import Alarm, Changes, KeyRange, RoomStore, StorageBackend, until_committed

CLOSED_BY_ADMIN = (1008, "Closed by an administrator")
"""Code and reason of a close; RFC 6455, section 7.4.1: 1008 where there is no more suitable code."""


class Problem(PartyServerError):  # noqa: N818 - an answer to whoever asked, no fault of the host
    """What was asked for cannot be done.

    Attributes:
        status: of the HTTP response.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class OperatedHost:
    """A host, to those who operate it.

    Attributes:
        parties: by name.
        storage: of the rooms.
        alarms: of the rooms.
        clock: gives the time.
        unready: why the host is not ready for clients; None where it is.
        has_room: whether a room of a party may be read and changed here: in a cluster, those of this node.
        figures: what the host counts.
        node: of a cluster; None where there is none.
        shadow: follows rooms; None where there is none.
    """

    parties: Mapping[str, Party]
    storage: StorageBackend
    alarms: AlarmSchedule
    clock: Clock
    unready: Callable[[], str | None]
    has_room: Callable[[str, str], bool]
    figures: HostFigures
    node: LocalNode | None
    shadow: Shadow | None

    def party(self, name: str) -> Party:
        """A party.

        Raises:
            Problem: there is none of that name.
        """
        if name not in self.parties:
            raise Problem(404, f"there is no party {name!r}; there are: {', '.join(self.parties)}")
        return self.parties[name]

    async def rooms(self, party: str, ids: KeyRange) -> list[ListedRoom]:
        """See `PartyStubs.rooms`.

        Raises:
            Problem: there is no such party.
            StorageError: the rooms cannot be read.
        """
        found = self.party(party)
        return merged(found.live_rooms(ids), await self.storage.rooms_of(party, ids), ids)

    async def room(self, party: str, room_id: str) -> ListedRoom | None:
        """One room as `rooms` lists it; None where it is neither in memory nor stored.

        Raises:
            Problem: there is no such party.
            StorageError: the rooms cannot be read.
        """
        first = await self.rooms(party, KeyRange(prefix=room_id, limit=1))
        return first[0] if first and first[0].id == room_id else None

    def sockets(self, party: str, room_id: str, ids: KeyRange) -> list[Connection]:
        """The connections of a room in this process, in order of id; a page's limit counts ids, which several
        connections may share.

        Raises:
            Problem: there is no such party.
        """
        sockets = sorted(self.party(party).sockets(room_id), key=lambda socket: socket.id)
        chosen = frozenset(ids.select({socket.id for socket in sockets}))
        return [socket for socket in sockets if socket.id in chosen]

    def close(self, party: str, room_id: str, connection_id: str) -> int:
        """Close the connections of an id; returns how many.

        Raises:
            Problem: there is no such party or connection.
        """
        of_id = [socket for socket in self.party(party).sockets(room_id) if socket.id == connection_id]
        if not of_id:
            raise Problem(404, f"{party}/{room_id} has no connection {connection_id!r} in this process")
        for socket in of_id:
            socket.close(*CLOSED_BY_ADMIN)
        return len(of_id)

    async def keys(self, party: str, room_id: str, keys: KeyRange) -> list[tuple[str, int]]:
        """Stored keys of a room, each with the bytes of its encoded value.

        Raises:
            Problem: there is no such party, or the room is not this node's.
            StorageError: they cannot be read.
        """
        return [(key, len(value)) for key, value in await self._store(party, room_id).fetch_range(keys)]

    def alarm(self, party: str, room_id: str) -> Alarm | None:
        """The stored alarm of a room.

        Raises:
            Problem: there is no such party, or the room is not this node's.
            StorageError: it cannot be read.
        """
        return self._store(party, room_id).get_alarm()

    async def ring(self, party: str, room_id: str) -> None:
        """Have the alarm of a room ring now, rather than when it is due.

        Raises:
            Problem: it has none; there is no such party; or the room is not this node's.
            StorageError: it cannot be written.
        """
        store = self._store(party, room_id)
        if store.get_alarm() is None:
            raise Problem(409, f"{party}/{room_id} has no alarm")
        await self._change(party, room_id, store, Changes(alarm=Alarm.at(self.clock.now())))

    async def delete(self, party: str, room_id: str) -> None:
        """Delete the stored values and the alarm of a room. Its connections stay, and an instance in memory
        goes on with what it holds itself.

        Raises:
            Problem: there is no such party, or the room is not this node's.
            StorageError: it cannot be written.
        """
        store = self._store(party, room_id)
        await self._change(party, room_id, store, Changes(clear=True, alarm=None))

    async def _change(self, party: str, room_id: str, store: RoomStore, changes: Changes) -> None:
        store.apply(changes)
        await until_committed(self.storage.gate(party, room_id))
        self.alarms.changed(party, room_id)

    def _store(self, party: str, room_id: str) -> RoomStore:
        self.party(party)
        if not self.has_room(party, room_id):
            raise Problem(
                409, f"{party}/{room_id} is on another node or asleep; ask the node that has it, or wake it"
            )
        return self.storage.room(party, room_id)

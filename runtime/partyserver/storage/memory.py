"""Storage in memory: gone when the process ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from partyserver.storage.backend import Alarm, Changes, KeyRange, KnownRoom, RoomStore, StorageBackend


@dataclass(slots=True)
class _Data:
    values: dict[str, bytes] = field(default_factory=dict)
    alarm: Alarm | None = None


class MemoryStorage(StorageBackend):
    """Keeps every room's data in this process."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[str, str], _Data] = {}

    def room(self, party: str, room_id: str) -> MemoryRoomStore:
        return MemoryRoomStore(self._rooms, (party, room_id))

    def alarms(self) -> Iterable[tuple[str, str]]:
        return [room for room, data in self._rooms.items() if data.alarm is not None]

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        return [KnownRoom(room) for room in ids.select(room for name, room in self._rooms if name == party)]


class MemoryRoomStore(RoomStore):
    """The data of one room, in the dict of its storage while there is any."""

    def __init__(self, rooms: dict[tuple[str, str], _Data], room: tuple[str, str]) -> None:
        self._rooms = rooms
        self._room = room

    def get(self, key: str) -> bytes | None:
        data = self._rooms.get(self._room)
        return None if data is None else data.values.get(key)

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        data = self._rooms.get(self._room, _Data())
        for key in key_range.select(data.values):
            yield key, data.values[key]

    def apply(self, changes: Changes) -> None:
        data = self._rooms.setdefault(self._room, _Data())
        if changes.clear:
            data.values.clear()
        for key, value in changes.values.items():
            if value is None:
                data.values.pop(key, None)
            else:
                data.values[key] = value
        if changes.alarm != "keep":
            data.alarm = changes.alarm
        if not data.values and data.alarm is None:
            del self._rooms[self._room]

    def get_alarm(self) -> Alarm | None:
        data = self._rooms.get(self._room)
        return None if data is None else data.alarm

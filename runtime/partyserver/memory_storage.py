"""Storage in memory: gone when the process ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from partyserver.storage_backend import Changes, KeyRange, RoomStore, StorageBackend


class MemoryRoomStore(RoomStore):
    """The data of one room in a dict."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._alarm: int | None = None

    def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        for key in key_range.select(self._values):
            yield key, self._values[key]

    def apply(self, changes: Changes) -> None:
        if changes.clear:
            self._values.clear()
        for key, value in changes.values.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        if changes.alarm != "keep":
            self._alarm = changes.alarm

    def get_alarm(self) -> int | None:
        return self._alarm

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not self._values and self._alarm is None


class MemoryStorage(StorageBackend):
    """Keeps every room's data in this process."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[str, str], MemoryRoomStore] = {}

    def room(self, party: str, room_id: str) -> MemoryRoomStore:
        return self._rooms.setdefault((party, room_id), MemoryRoomStore())

    def alarms(self) -> Iterable[tuple[str, str, int]]:
        for (party, room_id), store in self._rooms.items():
            alarm = store.get_alarm()
            if alarm is not None:
                yield party, room_id, alarm

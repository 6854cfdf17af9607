"""What rooms have read and written, kept in memory up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Literal

from partyserver.storage.backend import RoomKey

Unknown = Literal["unknown"]
UNKNOWN: Final[Unknown] = "unknown"
"""What a cache returns for a key that it does not hold."""

# What CPython takes beside the bytes of the texts, measured with tracemalloc (tests/.../test_state_cache.py).
_ROOM_BYTES = 500
_ENTRY_BYTES = 250

_LARGEST_SHARE = 8  # a value that takes more than an eighth of the memory is not kept


class StateCache:
    """The stored values of the rooms that were used last; for a key that is not there, that it is not.

    Values leave when the memory is used up: the room that was not used for longest first, and its key that
    was not. Only what the store holds may be put here.

    Attributes:
        size: bytes in use.
    """

    def __init__(self, capacity: int) -> None:
        """
        Args:
            capacity: bytes up to which values are kept; 0 keeps none.
        """
        self.size = 0
        self._capacity = capacity
        self._rooms: OrderedDict[RoomKey, OrderedDict[str, bytes | None]] = OrderedDict()
        self._whole: set[RoomKey] = set()  # rooms of which everything is here

    def get(self, room: RoomKey, key: str) -> bytes | Unknown | None:
        """The value of a key, None where the store has none, or `UNKNOWN`."""
        entries = self._rooms.get(room)
        if entries is None or key not in entries:
            return UNKNOWN
        self._rooms.move_to_end(room)
        entries.move_to_end(key)
        return entries[key]

    def put(self, room: RoomKey, key: str, value: bytes | None) -> None:
        """Keep what the store holds under a key."""
        self.put_all(room, {key: value})

    def put_all(self, room: RoomKey, values: Mapping[str, bytes | None]) -> None:
        """Keep what the store holds under some keys of a room."""
        if not values:
            return
        entries = self._rooms.get(room)
        if entries is None:
            entries = self._rooms[room] = OrderedDict()
            self.size += _ROOM_BYTES
        else:
            self._rooms.move_to_end(room)
        grown = 0
        for key, value in values.items():
            if key in entries:
                grown -= _size(key, entries.pop(key))
            size = _size(key, value)
            if size * _LARGEST_SHARE > self._capacity:
                self._whole.discard(room)
                continue
            entries[key] = value
            grown += size
        self.size += grown
        if not entries and room not in self._whole:  # the values were too large
            self.forget(room)
        while self.size > self._capacity:
            self._drop_oldest()

    def fill(self, room: RoomKey, entries: Mapping[str, bytes]) -> None:
        """Keep everything that the store holds of a room, as far as there is space."""
        self.forget(room)
        self._rooms[room] = OrderedDict()
        self.size += _ROOM_BYTES
        self._whole.add(room)
        for key, value in entries.items():
            self.put(room, key, value)

    def is_whole(self, room: RoomKey) -> bool:
        """Whether all that the store holds of a room is here."""
        return room in self._whole

    def entries(self, room: RoomKey) -> Mapping[str, bytes | None]:
        """The values that are here of a room."""
        return self._rooms.get(room, {})

    def forget(self, room: RoomKey) -> None:
        """Forget a room's values."""
        self._whole.discard(room)
        entries = self._rooms.pop(room, None)
        if entries is not None:
            self.size -= _ROOM_BYTES + sum(_size(key, value) for key, value in entries.items())

    def clear(self) -> None:
        """Forget everything."""
        self._rooms.clear()
        self._whole.clear()
        self.size = 0

    def _drop_oldest(self) -> None:
        room, entries = next(iter(self._rooms.items()))
        self._whole.discard(room)
        if entries:
            self.size -= _size(*entries.popitem(last=False))
        if not entries:
            del self._rooms[room]
            self.size -= _ROOM_BYTES


def _size(key: str, value: bytes | None) -> int:
    return _ENTRY_BYTES + len(key) + (0 if value is None else len(value))

"""Storage in memory."""

from __future__ import annotations

from partyserver import MemoryStorage
from partyserver.storage.backend import Alarm, Changes, KeyRange


def test_rooms_and_parties_are_apart() -> None:
    storage = MemoryStorage()
    storage.room("main", "a").apply(Changes({"k": b"1"}, alarm=Alarm.at(5)))
    storage.room("other", "a").apply(Changes({"k": b"2"}))
    assert storage.room("main", "a").get("k") == b"1"
    assert list(storage.room("other", "a").scan(KeyRange())) == [("k", b"2")]
    assert storage.room("main", "b").get("k") is None
    assert list(storage.alarms()) == [("main", "a")]


def test_a_room_without_data_takes_no_memory() -> None:
    storage = MemoryStorage()
    room = storage.room("main", "a")
    assert (room.get("k"), room.get_alarm(), list(room.scan(KeyRange()))) == (None, None, [])
    room.apply(Changes({"k": b"1"}, alarm=Alarm.at(5)))
    room.apply(Changes(clear=True))
    assert room.get_alarm() == Alarm.at(5)
    room.apply(Changes(alarm=None))
    assert storage._rooms == {}
    room.apply(Changes({"k": b"2"}))
    assert storage.room("main", "a").get("k") == b"2"

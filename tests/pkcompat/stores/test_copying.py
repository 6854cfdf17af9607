"""Copying rooms between places that are dicts: what is copied, left, refused, and gone on with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from partyserver.storage import Alarm, RoomKey
from pkcompat.stores import Copied, RoomContent, Store, StoreError, copy

NOTHING = RoomContent({}, None)


class Rooms(Store):
    """A place that is a dict, and may fail after some writes."""

    def __init__(self, name: str, rooms: dict[RoomKey, RoomContent], writes: int = 1_000) -> None:
        self.name = name
        self.held = rooms
        self.writes = writes

    async def rooms(self) -> AsyncIterator[RoomKey]:
        for room in list(self.held):
            yield room

    async def read(self, room: RoomKey) -> RoomContent:
        return self.held.get(room, NOTHING)

    async def write(self, contents: Mapping[RoomKey, RoomContent]) -> None:
        if not self.writes:
            raise StoreError("away")
        self.writes -= 1
        self.held.update(contents)

    async def close(self) -> None:
        pass


def some() -> dict[RoomKey, RoomContent]:
    return {
        ("main", "a"): RoomContent({"k": b"1", "l": b"2"}, None),
        ("main", "b"): RoomContent({}, Alarm.at(1_000)),
        ("game", "a"): RoomContent({"k": b"3"}, Alarm(1_000, None, 6)),
    }


async def test_every_room_is_copied_with_its_alarm() -> None:
    target, copied = Rooms("target", {}), Copied()
    await copy(Rooms("source", some()), target, copied)
    assert target.held == some()
    assert copied == Copied(rooms=3, entries=3, alarms=2)


async def test_an_interrupted_copy_goes_on() -> None:
    target = Rooms("target", {}, writes=2)
    with pytest.raises(StoreError, match="away"):
        await copy(Rooms("source", some()), target, Copied())
    target.writes, copied = 10, Copied()
    await copy(Rooms("source", some()), target, copied)
    assert target.held == some()
    assert (copied.rooms, copied.there) == (1, 2)


async def test_a_target_with_other_data_is_refused_before_anything_is_written() -> None:
    newer = {("main", "b"): RoomContent({"k": b"newer"}, None)}
    target = Rooms("the target", dict(newer))
    with pytest.raises(StoreError, match="the target holds other data of 1 rooms, maybe newer: main/b"):
        await copy(Rooms("source", some()), target, Copied())
    assert target.held == newer


async def test_other_rooms_of_the_target_stay() -> None:
    other = {("main", "z"): RoomContent({"k": b"z"}, None)}
    target = Rooms("target", dict(other))
    await copy(Rooms("source", some()), target, Copied())
    assert target.held == some() | other

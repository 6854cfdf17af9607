"""Puts rooms into a store, and takes them out of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from partyserver.storage import RoomKey
from pkcompat.stores.store import RoomContent, Store, StoreError
from pkcompat.stores.value_json import value_to_json

_SHOWN = 10
_NOTHING = RoomContent({}, None)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has done.

    Attributes:
        rooms: how many rooms were written.
        keys: with how many keys.
        alarms: how many of them with an alarm.
        there: how many rooms were there already, as they are.
    """

    rooms: int
    keys: int
    alarms: int
    there: int


async def import_rooms(
    target: Store, contents: Mapping[RoomKey, RoomContent], *, overwrite: bool = False
) -> Imported:
    """Have rooms hold what was exported, all of them or none. Those that hold it already stay.

    Args:
        target: the store.
        contents: what the rooms are to hold.
        overwrite: whether what rooms hold that is other than this is replaced.

    Raises:
        StoreError: a room holds something else, and is not to be overwritten; or the store cannot be used.
            Nothing was written.
    """
    new: dict[RoomKey, RoomContent] = {}
    other: list[str] = []
    for room, content in contents.items():
        there = await target.read(room)
        if not _is_same(there, content):
            new[room] = content
            if not there.is_empty:
                other.append("/".join(room))
    if other and not overwrite:
        names = ", ".join(other[:_SHOWN]) + (", ..." if len(other) > _SHOWN else "")
        raise StoreError(
            f"{target.name} holds other data of {len(other)} rooms: {names}; nothing was imported. Replace "
            "these rooms with --overwrite, or delete them first"
        )
    if new:
        await target.write(new)
    return Imported(
        len(new),
        sum(len(content.entries) for content in new.values()),
        sum(content.alarm is not None for content in new.values()),
        len(contents) - len(new),
    )


def _is_same(one: RoomContent, other: RoomContent) -> bool:
    if one.alarm != other.alarm or one.entries.keys() != other.entries.keys():
        return False
    return all(
        encoded == (there := other.entries[key]) or value_to_json(encoded) == value_to_json(there)
        for key, encoded in one.entries.items()
    )


async def delete_rooms(store: Store, rooms: Collection[RoomKey]) -> None:
    """Delete everything that rooms hold, their alarms too; of all of them or of none.

    Raises:
        StoreError: the store cannot be used; nothing was deleted.
    """
    await store.write(dict.fromkeys(rooms, _NOTHING))


async def delete_keys(store: Store, room: RoomKey, keys: Collection[str]) -> None:
    """Delete keys of a room, all of them or none; its alarm stays.

    Raises:
        StoreError: the room has no such key, or the store cannot be used; nothing was deleted.
    """
    content = await store.read(room)
    if missing := [key for key in keys if key not in content.entries]:
        raise StoreError(f"{'/'.join(room)} has no key {missing[0]!r}; nothing was deleted")
    left = {key: value for key, value in content.entries.items() if key not in keys}
    await store.write({room: RoomContent(left, content.alarm)})

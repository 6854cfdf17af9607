"""Copies rooms' data from one place to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pkcompat.stores.store import Store, StoreError

_SHOWN = 10


@dataclass(slots=True)
class Copied:
    """What a copy has done.

    Attributes:
        rooms: how many rooms were written.
        entries: with how many keys.
        alarms: how many of them with an alarm.
        there: how many rooms were there already, as they are.
    """

    rooms: int = 0
    entries: int = 0
    alarms: int = 0
    there: int = 0


def _nothing() -> None:
    """Nobody watches."""


async def copy(source: Store, target: Store, copied: Copied, wrote: Callable[[], None] = _nothing) -> None:
    """Copy every room. A room is written as a whole; those that are there as they are stay, so that a copy
    that was interrupted can be made again.

    Args:
        source: from where.
        target: to where.
        copied: counts what was done.
        wrote: called after each room.

    Raises:
        StoreError: a room holds something else in the target: nothing was written; or the places cannot be
            used.
    """
    other = [
        "/".join(room)
        async for room in source.rooms()
        if not (there := await target.read(room)).is_empty and there != await source.read(room)
    ]
    if other:
        names = ", ".join(other[:_SHOWN]) + (", ..." if len(other) > _SHOWN else "")
        raise StoreError(
            f"{target.name} holds other data of {len(other)} rooms, maybe newer: {names}; nothing was "
            "copied. Name an empty target, or delete these rooms there"
        )
    async for room in source.rooms():
        content = await source.read(room)
        if (await target.read(room)).is_empty:
            await target.write({room: content})
            copied.rooms += 1
            copied.entries += len(content.entries)
            copied.alarms += content.alarm is not None
            wrote()
        else:
            copied.there += 1

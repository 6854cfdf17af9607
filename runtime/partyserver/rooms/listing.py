"""The rooms of a party: those in memory, and those that storage knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from partyserver.storage import KeyRange, KnownRoom

MOST_LISTED = 1_000
"""Rooms that one call lists at most."""


@dataclass(frozen=True, slots=True)
class ListedRoom:
    """A room in the answer of `parties["chat"].rooms()`.

    Attributes:
        id: as `room.id` has it.
        connections: how many it has; None where another node of the cluster has the room.
        last_active: when a handler of it last ran, in milliseconds since the epoch. In a cluster, where the
            room is on no node or on another: when it was taken or written to last. None for a room that is
            not in memory, without a cluster: neither memory nor a SQLite file keep it.
        node: the address of the other node of the cluster that has the room; None where none has.
    """

    id: str
    connections: int | None
    last_active: int | None
    node: str | None = None


def merged(live: Iterable[ListedRoom], known: Iterable[KnownRoom], ids: KeyRange) -> list[ListedRoom]:
    """One page of a party's rooms.

    Args:
        live: a page of those in the memory of this process.
        known: a page of those that storage knows.
        ids: which ids the page is of.
    """
    rooms = {
        room.id: ListedRoom(room.id, 0 if room.node is None else None, room.last_active, room.node)
        for room in known
    }
    rooms.update((room.id, room) for room in live)
    return [rooms[room_id] for room_id in ids.select(rooms)]

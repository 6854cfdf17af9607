"""Reading what a room holds. Nobody but its owner changes it, so that statements need not see one moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from partyserver.cluster import RoomData
from partyserver.postgres.groups import Group
from partyserver.postgres.lane import Lane, Lanes, Wire
from partyserver.postgres.names import stored
from partyserver.postgres.schema import Schema
from partyserver.storage import Alarm, KeyRange, RoomKey

_TOGETHER = 16 * 2**20
"""Bytes of entries that one statement loads, but for a room that is larger by itself."""
_END = b"\xff"  # behind all of UTF-8


@dataclass(frozen=True, slots=True)
class Load:
    """A room (as stored) is loaded, where its entries have no more bytes than `most`."""

    room: RoomKey
    most: int


@dataclass(slots=True)
class Found:
    """What was found of a room; `size` in bytes, `entries` None where they are too large."""

    load: Load
    alarm: Alarm | None
    size: int
    entries: dict[str, bytes] | None = field(default_factory=dict)


class EntryTable:
    """The table `entries`, and each room's row of `alarms`.

    Args:
        schema: their schema.
        loads: the connection for loading rooms.
        reads: those for the rest.
    """

    def __init__(self, schema: Schema, loads: Lane, reads: Lanes) -> None:
        self._loads_lane = loads
        self._reads = reads
        self._loads = Group(self._load)
        self._heads = schema.sql(
            "SELECT a.n, al.due, al.next_try, al.retries, al.ringing, s.size "
            "FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a (party, room, n) "
            "LEFT JOIN {schema}.alarms al ON al.party = a.party AND al.room = a.room "
            "CROSS JOIN LATERAL ("
            "SELECT coalesce(sum(octet_length(e.key) + octet_length(e.value)), 0)::bigint AS size "
            "FROM {schema}.entries e WHERE e.party = a.party AND e.room = a.room) s ORDER BY a.n"
        )
        self._bodies = schema.sql(
            "SELECT a.n, e.key, e.value "
            "FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a (party, room, n) "
            "JOIN {schema}.entries e ON e.party = a.party AND e.room = a.room"
        )
        select = "SELECT key, value FROM {schema}.entries WHERE party = $1 AND room = $2 AND "
        self._get = schema.sql(select + "key = ANY($3::bytea[])")
        in_range = select + "key >= $3 AND key < $4 ORDER BY key "
        self._forwards = schema.sql(in_range + "LIMIT $5")
        self._backwards = schema.sql(in_range + "DESC LIMIT $5")

    async def load(self, room: RoomKey, most: int) -> RoomData:
        """See `ClusterEngine.load`."""
        return await self._loads.ask(Load(stored(room), most))

    async def get(self, room: RoomKey, keys: Collection[str]) -> dict[str, bytes]:
        """See `ClusterEngine.get`."""
        return dict(await self._select(self._get, room, [key.encode() for key in keys]))

    async def range(self, room: RoomKey, key_range: KeyRange) -> list[tuple[str, bytes]]:
        """See `ClusterEngine.range`."""
        low, high = bounds(key_range)
        statement = self._backwards if key_range.reverse else self._forwards
        return await self._select(statement, room, low, high, key_range.limit)

    async def close(self) -> None:
        """Load nothing more."""
        await self._loads.close()

    async def _select(self, statement: str, room: RoomKey, *arguments: Any) -> list[tuple[str, bytes]]:
        async def select(wire: Wire, _: bool) -> list[tuple[str, bytes]]:
            rows = await wire.fetch(statement, *stored(room), *arguments)
            return [(key.decode(), value) for key, value in rows]

        return await self._reads.run(select)

    async def _load(self, loads: list[Load]) -> list[RoomData | Exception]:
        async def heads(wire: Wire, _: bool) -> list[Found]:
            rows = await wire.fetch(self._heads, *_columns(loads))
            return [
                Found(
                    loads[number - 1],
                    None if due is None else Alarm(due, next_try, retries, ringing),
                    size,
                )
                for number, due, next_try, retries, ringing, size in rows
            ]

        found = await self._loads_lane.run(heads)
        for room in found:
            if room.size > room.load.most:
                room.entries = None
        for part in _portions([room for room in found if room.size and room.entries is not None]):
            await self._fill(part)
        return [RoomData(room.alarm, room.entries) for room in found]

    async def _fill(self, rooms: list[Found]) -> None:
        async def bodies(wire: Wire, _: bool) -> list[Any]:
            return await wire.fetch(self._bodies, *_columns([room.load for room in rooms]))

        for number, key, value in await self._loads_lane.run(bodies):
            entries = rooms[number - 1].entries
            assert entries is not None
            entries[key.decode()] = value


def bounds(key_range: KeyRange) -> tuple[bytes, bytes]:
    """The first key that is in a range, and the first behind it, by their bytes."""
    low, high = key_range.prefix.encode(), _END
    if low:
        high = low[:-1] + bytes([low[-1] + 1])  # no byte of UTF-8 is the last one
    if key_range.start is not None:
        low = max(low, key_range.start.encode())
    if key_range.after is not None:
        low = max(low, key_range.after.encode() + b"\0")
    if key_range.end is not None:
        high = min(high, key_range.end.encode())
    return low, high


def _columns(loads: list[Load]) -> tuple[list[str], list[str]]:
    return [load.room[0] for load in loads], [load.room[1] for load in loads]


def _portions(rooms: list[Found]) -> list[list[Found]]:
    """Rooms that are loaded together."""
    portions: list[list[Found]] = []
    size = _TOGETHER
    for room in rooms:
        if size + room.size > _TOGETHER:
            portions.append([])
            size = 0
        portions[-1].append(room)
        size += room.size
    return portions

"""The rooms of a party, in order of id."""

from __future__ import annotations

from typing import Any

from partyserver.postgres.lane import Lane, Wire
from partyserver.postgres.names import DIGESTS, read, stored
from partyserver.postgres.schema import Schema
from partyserver.storage import LAST_ID, KeyRange, KnownRoom, end_of_prefix


class RoomListing:
    """Reads pages of the table `rooms`.

    Args:
        schema: its schema.
        lane: the connection.
    """

    def __init__(self, schema: Schema, lane: Lane) -> None:
        self._lane = lane
        known = (
            "SELECT room, whole_room, active, owner FROM (SELECT r.party, r.room, r.whole_room, "
            "(extract(epoch FROM r.last_active) * 1000)::bigint AS active, "
            "(SELECT n.address FROM {schema}.nodes n WHERE n.incarnation = r.node "
            "AND n.until > clock_timestamp()) AS owner FROM {schema}.rooms r) AS k "
            "WHERE party = $1 AND (owner IS NOT NULL OR "
            "EXISTS (SELECT FROM {schema}.entries e WHERE e.party = k.party AND e.room = k.room) OR "
            "EXISTS (SELECT FROM {schema}.alarms a WHERE a.party = k.party AND a.room = k.room)) AND "
        )
        self._short = schema.sql(
            known + "room > $2 AND room >= $3 AND room < $4 AND whole_room IS NULL ORDER BY room LIMIT $5"
        )
        # Few rooms have so long an id; they are found among the digests, and ordered by the id itself.
        self._long = schema.sql(
            known + f"room >= '{DIGESTS[0]}' AND room < '{DIGESTS[1]}' AND whole_room > $2 "
            "AND whole_room >= $3 AND whole_room < $4 ORDER BY whole_room LIMIT $5"
        )

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        """See `ClusterEngine.rooms_of`."""
        stored((party, ""))  # is the party's name one that a cluster keeps?
        bounds = (ids.after or "", ids.prefix, end_of_prefix(ids.prefix) or LAST_ID)
        most = 2**31 if ids.limit is None else ids.limit

        async def select(wire: Wire, _: bool) -> list[Any]:
            encoded = [bound.encode("utf-8", "surrogatepass") for bound in bounds]
            long = await wire.fetch(self._long, party, *encoded, most)
            return [*await wire.fetch(self._short, party, *bounds, most), *long]

        rows = await self._lane.run(select)
        rooms = [KnownRoom(read(room, whole), active, owner) for room, whole, active, owner in rows]
        return sorted(rooms, key=lambda room: room.id)[: ids.limit]

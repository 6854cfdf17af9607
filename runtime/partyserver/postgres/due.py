"""What is due: alarms of rooms that no living node owns, and crons."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from partyserver.cluster import DueAlarm
from partyserver.postgres.lane import Lanes, Wire
from partyserver.postgres.names import read
from partyserver.postgres.schema import Schema

_KEPT = 2 * 24 * 3_600 * 1_000
"""Milliseconds for which the calls of a cron are kept; no node's clock is this far behind."""


class DueTables:
    """The tables `alarms` and `crons`.

    Args:
        schema: their schema.
        reads: the connections.
    """

    def __init__(self, schema: Schema, reads: Lanes) -> None:
        self._reads = reads
        self._alarms = schema.sql(
            "SELECT a.party, a.room, r.whole_room, a.next_try FROM {schema}.alarms a "
            "JOIN {schema}.rooms r ON r.party = a.party AND r.room = a.room "
            "LEFT JOIN {schema}.nodes n ON n.incarnation = r.node AND n.until > clock_timestamp() "
            "WHERE a.next_try <= $2 AND a.party = ANY($1::text[]) AND n.incarnation IS NULL "
            "ORDER BY a.next_try LIMIT $3"
        )
        # Asked again after a lost answer, the call that got it finds itself in the row.
        self._cron = schema.sql(
            "WITH old AS (DELETE FROM {schema}.crons WHERE name = $1 AND moment < $2 - $4::bigint) "
            "INSERT INTO {schema}.crons AS c (name, moment, call) VALUES ($1, $2, $3) "
            "ON CONFLICT (name, moment) DO UPDATE SET call = excluded.call WHERE c.call = excluded.call "
            "RETURNING true"
        )

    async def alarms(self, parties: Collection[str], until: int, most: int) -> list[DueAlarm]:
        """See `ClusterEngine.due_alarms`."""

        async def select(wire: Wire, _: bool) -> list[DueAlarm]:
            rows = await wire.fetch(self._alarms, list(parties), until, most)
            return [DueAlarm((party, read(room, name)), moment) for party, room, name, moment in rows]

        return await self._reads.run(select)

    async def claim_cron(self, name: str, moment: int) -> bool:
        """See `ClusterEngine.claim_cron`."""
        call = uuid.uuid4()

        async def insert(wire: Wire, _: bool) -> bool:
            return bool(await wire.fetchval(self._cron, name, moment, call, _KEPT))

        return await self._reads.run(insert)

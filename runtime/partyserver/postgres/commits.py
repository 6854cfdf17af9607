"""Commits: the changes of many rooms in one statement, each counted only for its room's owner.

The rows of the rooms are locked first, in one order, so that neither two commits nor a commit and a claim
wait for each other in a circle; what is read under the lock is what the row says now. A part counts where its
epoch and its sequence are those of the row, and raises the sequence.

**In doubt.** Where the connection broke, or a warning says that the wait for the standby was ended, a commit
may have been made or not, and may still be made: its session may not have noticed yet. The same statement is
sent again, with `again`. It waits for the row's lock while the earlier session has it, and then finds

- the epoch and the sequence that it expects: the earlier one was not made, and never will be, because this
  one raises the sequence now, and the earlier one then finds another than it expects;
- the same epoch and the next sequence: the earlier one was made, since nobody else has this epoch, and this
  node sends one batch after another. All is written once more as it is: the earlier commit may be on one
  machine alone, and once a later one is on the standby, all before it are;
- anything else: another node has the room, the part is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from partyserver.cluster import Part
from partyserver.postgres.lane import Lane, Wire
from partyserver.postgres.names import stored
from partyserver.postgres.schema import Schema
from partyserver.storage import Alarm, RoomKey

_KEEP, _DELETE, _SET = 0, 1, 2

# `x IN (SELECT ...) IS TRUE` and not a join: it is looked up in a hash table, however few rows the planner
# expects, which knows nothing of the arrays.
_STATEMENT = """
WITH part AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::smallint[],
        $7::bigint[], $8::bigint[], $9::integer[], $10::boolean[])
    WITH ORDINALITY AS p (party, room, epoch, seq, clear, alarm, due, next_try, retries, ringing, n)
), locked AS MATERIALIZED (
    SELECT p.*, r.epoch AS present_epoch, r.seq AS present_seq
    FROM part p JOIN {schema}.rooms r ON r.party = p.party AND r.room = p.room
    ORDER BY r.party, r.room FOR UPDATE OF r
), counted AS (
    UPDATE {schema}.rooms r SET seq = l.seq + 1, last_active = clock_timestamp() FROM locked l
    WHERE r.party = l.party AND r.room = l.room AND l.present_epoch = l.epoch
    AND (l.present_seq = l.seq OR ($15 AND l.present_seq = l.seq + 1))
    RETURNING l.n, l.party, l.room, l.clear, l.alarm, l.due, l.next_try, l.retries, l.ringing
), entry AS MATERIALIZED (
    SELECT * FROM unnest($11::bigint[], $12::text[], $13::text[], $14::bytea[], $16::bytea[])
    AS e (n, party, room, key, value)
    WHERE (e.n IN (SELECT n FROM counted)) IS TRUE
), cleared AS (
    DELETE FROM {schema}.entries e USING counted c
    WHERE c.clear AND e.party = c.party AND e.room = c.room
    AND ((c.n, e.key) IN (SELECT n, key FROM entry)) IS NOT TRUE
), deleted AS (
    DELETE FROM {schema}.entries e USING entry w
    WHERE w.value IS NULL AND e.party = w.party AND e.room = w.room AND e.key = w.key
), put AS (
    INSERT INTO {schema}.entries (party, room, key, value)
    SELECT party, room, key, value FROM entry WHERE value IS NOT NULL
    ON CONFLICT (party, room, key) DO UPDATE SET value = excluded.value
), silenced AS (
    DELETE FROM {schema}.alarms a USING counted c
    WHERE c.alarm = 1 AND a.party = c.party AND a.room = c.room
), rung AS (
    INSERT INTO {schema}.alarms (party, room, due, next_try, retries, ringing)
    SELECT party, room, due, next_try, retries, ringing FROM counted WHERE alarm = 2
    ON CONFLICT (party, room) DO UPDATE SET due = excluded.due, next_try = excluded.next_try,
        retries = excluded.retries, ringing = excluded.ringing
)
SELECT n FROM counted
"""


class Commits:
    """Commits of a node, one after another.

    Args:
        schema: the schema of the tables.
        lane: a connection for them alone.
    """

    def __init__(self, schema: Schema, lane: Lane) -> None:
        self._lane = lane
        self._statement = schema.sql(_STATEMENT)
        self._running: set[asyncio.Task[set[RoomKey]]] = set()

    async def commit(self, parts: Sequence[Part]) -> set[RoomKey]:
        """See `ClusterEngine.commit`."""
        if not parts:
            return set()
        task = asyncio.create_task(self._commit(parts))
        self._running.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)  # whoever asked may go away; the commit goes on

    async def close(self) -> None:
        """Wait for the commits that are on their way, whose connection is closed."""
        if self._running:
            await asyncio.wait(self._running)

    def _done(self, task: asyncio.Task[set[RoomKey]]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone away

    async def _commit(self, parts: Sequence[Part]) -> set[RoomKey]:
        rooms, entries = _columns(parts)

        async def write(wire: Wire, again: bool) -> set[int]:
            rows = await wire.fetch(self._statement, *rooms, *entries[:4], again, entries[4])
            return {row["n"] for row in rows}

        counted = await self._lane.run(write)
        return {part.room for number, part in enumerate(parts, 1) if number not in counted}


def _columns(parts: Sequence[Part]) -> tuple[list[list[Any]], list[list[Any]]]:
    """The arguments of the statement: columns of the parts, and of the entries."""
    rooms: list[list[Any]] = [[] for _ in range(10)]
    entries: list[list[Any]] = [[] for _ in range(5)]
    for number, part in enumerate(parts, 1):
        party, room = stored(part.room)
        changes = part.changes
        match changes.alarm:
            case Alarm(due, next_try, retries, ringing):
                alarm: tuple[Any, ...] = (_SET, due, next_try, retries, ringing)
            case None:
                alarm = (_DELETE, None, None, None, None)
            case _:
                alarm = (_KEEP, None, None, None, None)
        row = (party, room, part.epoch, part.sequence, changes.clear, *alarm)
        for column, value in zip(rooms, row, strict=True):
            column.append(value)
        for key, encoded in changes.values.items():
            if encoded is None and changes.clear:
                continue  # it goes with all the others
            for column, value in zip(entries, (number, party, room, key.encode(), encoded), strict=True):
                column.append(value)
    return rooms, entries

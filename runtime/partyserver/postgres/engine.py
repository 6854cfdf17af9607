"""What the nodes of a cluster share, in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from partyserver.cluster import ClusterEngine, DueAlarm, Node, Ownership, Part, RoomData, StoredRoom
from partyserver.exceptions import ClusterError
from partyserver.postgres.commits import Commits
from partyserver.postgres.connector import Connector
from partyserver.postgres.due import DueTables
from partyserver.postgres.entries import EntryTable
from partyserver.postgres.failures import FAILURES, one_line
from partyserver.postgres.lane import Lane, Lanes
from partyserver.postgres.listing import RoomListing
from partyserver.postgres.nodes import NodeTable
from partyserver.postgres.rooms import RoomTable
from partyserver.postgres.schema import Schema
from partyserver.postgres.starting import first_connection
from partyserver.storage import KeyRange, KnownRoom, RoomKey


class PostgresEngine(ClusterEngine):
    """One node's way to the database: connections of their own for its kinds of calls, so that none waits for
    another kind.

    Args:
        dsn: the connection string.
        namespace: the schema that the tables live in, checked.
    """

    def __init__(self, dsn: str, namespace: str) -> None:
        self._connector = Connector(dsn)
        self._schema = Schema(namespace)
        self._lanes = [Lane(self._connector) for _ in range(6)]
        commits, leases, claims, loads = self._lanes[:4]
        reads = Lanes(self._lanes[4:])
        self._nodes = NodeTable(self._schema, leases, reads)
        self._rooms = RoomTable(self._schema, claims, self._nodes)
        self._listing = RoomListing(self._schema, self._lanes[4])
        self._entries = EntryTable(self._schema, loads, reads)
        self._commits = Commits(self._schema, commits)
        self._due = DueTables(self._schema, reads)

    async def start(self) -> None:
        wire = await first_connection(self._connector)
        try:
            await self._schema.prepare(wire)
        except FAILURES as error:
            wire.terminate()
            text = f"the tables of the cluster {self._schema.namespace!r} cannot be made: {one_line(error)}"
            raise ClusterError(text) from error
        except BaseException:
            wire.terminate()
            raise
        self._lanes[0].adopt(wire)

    async def close(self) -> None:
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        await self._rooms.close()
        await self._entries.close()
        await self._commits.close()

    async def join(self, address: str, lease: float) -> Node:
        return await self._nodes.join(address, lease)

    async def renew(self, node: Node, lease: float) -> bool:
        return await self._nodes.renew(node, lease)

    async def leave(self, node: Node) -> None:
        await self._nodes.leave(node)

    async def nodes(self) -> list[Node]:
        return await self._nodes.living()

    async def shared_secret(self) -> str:
        return await self._nodes.shared_secret()

    async def bury(self, node: Node) -> bool:
        return await self._nodes.bury(node)

    async def clock_difference(self) -> float:
        return await self._nodes.clock_difference()

    async def claim(self, room: RoomKey, node: Node) -> Ownership | Node:
        return await self._rooms.claim(room, node)

    async def release(self, room: RoomKey, ownership: Ownership) -> None:
        await self._rooms.release(room, ownership)

    async def rooms(self, after: RoomKey | None, most: int) -> list[StoredRoom]:
        return await self._rooms.rooms(after, most)

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        return await self._listing.rooms_of(party, ids)

    async def load(self, room: RoomKey, most: int) -> RoomData:
        return await self._entries.load(room, most)

    async def get(self, room: RoomKey, keys: Collection[str]) -> dict[str, bytes]:
        return await self._entries.get(room, keys)

    async def range(self, room: RoomKey, key_range: KeyRange) -> list[tuple[str, bytes]]:
        return await self._entries.range(room, key_range)

    async def commit(self, parts: Sequence[Part]) -> set[RoomKey]:
        return await self._commits.commit(parts)

    async def due_alarms(self, parties: Collection[str], until: int, most: int) -> list[DueAlarm]:
        return await self._due.alarms(parties, until, most)

    async def claim_cron(self, name: str, moment: int) -> bool:
        return await self._due.claim_cron(name, moment)

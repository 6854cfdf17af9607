"""The nodes of a cluster: they live as long as they renew, by the database's clock.

A node's row is the node: once it is deleted the node is dead for good, since no number is given out twice.
Whoever deletes it looks at the lease in the same statement. A renewal that comes at the same time has the
row's lock before or after: either the deletion sees the new lease, or the renewal finds no row.
"""

from __future__ import annotations

import secrets
import time

from partyserver.cluster import Node
from partyserver.postgres.lane import Lane, Lanes, Wire
from partyserver.postgres.schema import Schema

_FORGOTTEN = "1 hour"
"""Time behind its lease after which a dead node's row goes when another node joins."""


class NodeTable:
    """The table `nodes`.

    Args:
        schema: its schema.
        leases: the connection for renewals, which wait for nothing else.
        reads: the connections for the rest.
    """

    def __init__(self, schema: Schema, leases: Lane, reads: Lanes) -> None:
        self._leases = leases
        self._reads = reads
        self._join = schema.sql(
            "WITH forgotten AS (DELETE FROM {schema}.nodes "
            f"WHERE until < clock_timestamp() - interval '{_FORGOTTEN}') "
            "INSERT INTO {schema}.nodes (address, until) "
            "VALUES ($1, clock_timestamp() + make_interval(secs => $2)) RETURNING incarnation"
        )
        self._renew = schema.sql(
            "UPDATE {schema}.nodes SET until = clock_timestamp() + make_interval(secs => $2) "
            "WHERE incarnation = $1 RETURNING true"
        )
        self._leave = schema.sql("DELETE FROM {schema}.nodes WHERE incarnation = $1")
        self._living = schema.sql(
            "SELECT incarnation, address FROM {schema}.nodes WHERE until > clock_timestamp() ORDER BY 1"
        )
        # `living` sees the row as it was before the deletion, and is not asked where that succeeds.
        self._bury = schema.sql(
            "WITH buried AS (DELETE FROM {schema}.nodes "
            "WHERE incarnation = $1 AND until <= clock_timestamp() RETURNING 1) "
            "SELECT EXISTS (SELECT FROM buried) "
            "OR NOT EXISTS (SELECT FROM {schema}.nodes WHERE incarnation = $1)"
        )

        self._make_secret = schema.sql(
            "INSERT INTO {schema}.secret (value) VALUES ($1) ON CONFLICT DO NOTHING"
        )
        self._secret = schema.sql("SELECT value FROM {schema}.secret")

    async def shared_secret(self) -> str:
        """See `ClusterEngine.shared_secret`."""

        async def ask(wire: Wire, _: bool) -> str:
            await wire.execute(self._make_secret, secrets.token_urlsafe(32))
            secret: str = await wire.fetchval(self._secret)
            return secret

        return await self._reads.run(ask)

    async def join(self, address: str, lease: float) -> Node:
        """See `ClusterEngine.join`. A try whose answer was lost leaves a node behind that nobody is."""
        self._leases.patience = self._leases.longest = max(lease / 3, 0.2)  # a later answer comes too late

        async def insert(wire: Wire, _: bool) -> int:
            incarnation: int = await wire.fetchval(self._join, address, lease)
            return incarnation

        return Node(await self._leases.run(insert), address)

    async def renew(self, node: Node, lease: float) -> bool:
        """See `ClusterEngine.renew`. One that came too late only lasts longer than its node knows."""

        async def update(wire: Wire, _: bool) -> bool:
            return bool(await wire.fetchval(self._renew, node.id, lease))

        return await self._leases.run(update)

    async def leave(self, node: Node) -> None:
        """See `ClusterEngine.leave`."""

        async def delete(wire: Wire, _: bool) -> None:
            await wire.execute(self._leave, node.id)

        await self._leases.run(delete)

    async def living(self) -> list[Node]:
        """See `ClusterEngine.nodes`."""

        async def select(wire: Wire, _: bool) -> list[Node]:
            return [Node(row["incarnation"], row["address"]) for row in await wire.fetch(self._living)]

        return await self._reads.run(select)

    async def bury(self, node: Node) -> bool:
        """See `ClusterEngine.bury`."""

        async def delete(wire: Wire, _: bool) -> bool:
            return bool(await wire.fetchval(self._bury, node.id))

        return await self._reads.run(delete)

    async def clock_difference(self) -> float:
        """See `ClusterEngine.clock_difference`."""

        async def ask(wire: Wire, _: bool) -> float:
            before = time.time()
            theirs: float = await wire.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
            return (before + time.time()) / 2 - theirs

        return await self._reads.run(ask)

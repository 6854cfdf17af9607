"""Who owns a room.

A room is free where it has no node, or where its node has no row in `nodes` (see there). A statement sees the
nodes as they were when it began, and the room as it is: a node that joined and took the room in between would
look dead. So a room is taken from a dead node only where it had this node when the statement began, too: the
node joined before it took the room, so a missing row means that it is dead by then, and for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from partyserver.cluster import Node, Ownership, StoredRoom
from partyserver.exceptions import NotANodeError
from partyserver.postgres.groups import Group
from partyserver.postgres.lane import Lane, Wire
from partyserver.postgres.names import read, stored, whole
from partyserver.postgres.nodes import NodeTable
from partyserver.postgres.schema import Schema
from partyserver.storage import RoomKey

Claimed: TypeAlias = Ownership | Node | NotANodeError


@dataclass(frozen=True, slots=True)
class Claim:
    """A node wants a room.

    Attributes:
        room: the room, as stored.
        whole: its name where it is stored as a digest.
        node: the number of the node.
    """

    room: RoomKey
    whole: bytes | None
    node: int


@dataclass(frozen=True, slots=True)
class Release:
    """The owner of an epoch gives a room (as stored) up."""

    room: RoomKey
    epoch: int


class RoomTable:
    """The table `rooms`, but for what commits change in it.

    Args:
        schema: its schema.
        lane: the connection for claims and releases.
        nodes: the nodes.
    """

    def __init__(self, schema: Schema, lane: Lane, nodes: NodeTable) -> None:
        self._lane = lane
        self._nodes = nodes
        self._claims: Group[Claim, Ownership | Node] = Group(self._claim)
        self._releases: Group[Release, None] = Group(self._release)
        # Rows are locked in the order in which they are inserted, the same for all statements of all nodes.
        self._take = schema.sql(
            "INSERT INTO {schema}.rooms AS r (party, room, whole_room, node, epoch, seq, last_active) "
            "SELECT a.party, a.room, a.whole_room, a.node, 1, 0, clock_timestamp() "
            "FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[]) "
            "AS a (party, room, whole_room, node) "
            "WHERE EXISTS (SELECT FROM {schema}.nodes n WHERE n.incarnation = a.node) "
            'ORDER BY a.party COLLATE "C", a.room COLLATE "C" '
            "ON CONFLICT (party, room) DO UPDATE "
            "SET node = excluded.node, epoch = r.epoch + 1, last_active = excluded.last_active "
            "WHERE r.node IS NULL OR r.node = excluded.node OR EXISTS ("
            "SELECT FROM {schema}.rooms before WHERE before.party = excluded.party "
            "AND before.room = excluded.room AND before.node = r.node "
            "AND NOT EXISTS (SELECT FROM {schema}.nodes n WHERE n.incarnation = before.node)) "
            "RETURNING r.party, r.room, r.epoch, r.seq"
        )
        self._look = schema.sql(
            "SELECT a.party, a.room, n.incarnation, n.address, n.until > clock_timestamp() AS good, "
            "EXISTS (SELECT FROM {schema}.nodes m WHERE m.incarnation = a.node) AS living "
            "FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a (party, room, node) "
            "LEFT JOIN {schema}.rooms r ON r.party = a.party AND r.room = a.room "
            "LEFT JOIN {schema}.nodes n ON n.incarnation = r.node"
        )
        self._free = schema.sql(
            "WITH given AS MATERIALIZED (SELECT r.party, r.room, a.epoch, r.epoch AS present "
            "FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a (party, room, epoch) "
            "JOIN {schema}.rooms r ON r.party = a.party AND r.room = a.room "
            "ORDER BY r.party, r.room FOR UPDATE OF r) "
            "UPDATE {schema}.rooms r SET node = NULL FROM given g "
            "WHERE r.party = g.party AND r.room = g.room AND g.epoch = g.present"
        )

        self._stored = schema.sql(
            "SELECT r.party, r.room, r.whole_room, (extract(epoch FROM r.last_active) * 1000)::bigint "
            "FROM {schema}.rooms r WHERE (r.party, r.room) > ($1, $2) AND ("
            "EXISTS (SELECT FROM {schema}.entries e WHERE e.party = r.party AND e.room = r.room) OR "
            "EXISTS (SELECT FROM {schema}.alarms a WHERE a.party = r.party AND a.room = r.room)) "
            "ORDER BY r.party, r.room LIMIT $3"
        )

    async def rooms(self, after: RoomKey | None, most: int) -> list[StoredRoom]:
        """See `ClusterEngine.rooms`."""

        async def select(wire: Wire, _: bool) -> list[StoredRoom]:
            rows = await wire.fetch(self._stored, *(("", "") if after is None else stored(after)), most)
            return [StoredRoom((party, read(room, whole)), active) for party, room, whole, active in rows]

        return await self._lane.run(select)

    async def claim(self, room: RoomKey, node: Node) -> Ownership | Node:
        """See `ClusterEngine.claim`."""
        return await self._claims.ask(Claim(stored(room), whole(room[1]), node.id))

    async def release(self, room: RoomKey, ownership: Ownership) -> None:
        """See `ClusterEngine.release`."""
        await self._releases.ask(Release(stored(room), ownership.epoch))

    async def close(self) -> None:
        """Claim and release nothing more."""
        await self._claims.close()
        await self._releases.close()

    async def _claim(self, claims: list[Claim]) -> list[Ownership | Node | Exception]:
        answers: dict[int, Claimed] = {}
        while len(answers) < len(claims):
            # A statement can change a row once; whoever asks second for a room comes after the first.
            turn: dict[RoomKey, int] = {}
            for index, claim in enumerate(claims):
                if index not in answers:
                    turn.setdefault(claim.room, index)
            taken = await self._taken([claims[index] for index in turn.values()])
            answers.update({turn[room]: ownership for room, ownership in taken.items()})
            left = [claims[index] for room, index in turn.items() if room not in taken]
            if left:
                answers.update({turn[room]: owner for room, owner in (await self._owners(left)).items()})
        return [answers[index] for index in range(len(claims))]

    async def _taken(self, claims: list[Claim]) -> dict[RoomKey, Ownership]:
        """Those of the rooms that are the claimers' now. Done again it takes them again, in a later epoch."""

        async def take(wire: Wire, _: bool) -> dict[RoomKey, Ownership]:
            rows = await wire.fetch(
                self._take,
                [claim.room[0] for claim in claims],
                [claim.room[1] for claim in claims],
                [claim.whole for claim in claims],
                [claim.node for claim in claims],
            )
            return {(party, room): Ownership(epoch, seq) for party, room, epoch, seq in rows}

        return await self._lane.run(take)

    async def _owners(self, claims: list[Claim]) -> dict[RoomKey, Node | NotANodeError]:
        """Who owns rooms, where it is sure; the other ones can be claimed by now."""

        async def look(wire: Wire, _: bool) -> list[tuple[RoomKey, Node | None, bool, bool]]:
            rows = await wire.fetch(
                self._look,
                [claim.room[0] for claim in claims],
                [claim.room[1] for claim in claims],
                [claim.node for claim in claims],
            )
            return [
                ((party, room), None if number is None else Node(number, address), bool(good), living)
                for party, room, number, address, good, living in rows
            ]

        found: dict[RoomKey, Node | NotANodeError] = {}
        numbers = {claim.room: claim.node for claim in claims}
        ended: set[Node] = set()
        for room, owner, good, living in await self._lane.run(look):
            if not living:
                found[room] = NotANodeError(f"node {numbers[room]} is dead: its lease ran out")
            elif owner is not None and good:
                found[room] = owner
            elif owner is not None:
                ended.add(owner)
        for owner in ended:
            await self._nodes.bury(owner)
        return found

    async def _release(self, releases: list[Release]) -> list[Exception | None]:
        async def free(wire: Wire, _: bool) -> None:
            await wire.execute(
                self._free,
                [release.room[0] for release in releases],
                [release.room[1] for release in releases],
                [release.epoch for release in releases],
            )

        await self._lane.run(free)
        return [None] * len(releases)

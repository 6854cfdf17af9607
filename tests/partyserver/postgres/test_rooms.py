"""A room has one owner, however claims, joins and ends of nodes meet."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest
from tests.partyserver.postgres.checks import LEASE, race
from tests.partyserver.postgres.conftest import Engines
from tests.partyserver.postgres.locks import locked, waiting

from partyserver.cluster import Ownership
from pkcompat.clusters import PrivatePostgres

ROOM = ("main", "lobby")


async def test_a_node_that_joined_after_a_claim_began_keeps_the_room(
    server: PrivatePostgres, engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    first, second = await engines(), await engines()
    dead, claimer = await first.join("a:1", LEASE), await second.join("b:1", LEASE)
    assert isinstance(await first.claim(ROOM, dead), Ownership)
    await first.leave(dead)
    async with locked(server, namespace, ROOM) as transaction:
        claim = asyncio.create_task(second.claim(ROOM, claimer))
        await waiting(admin, "Lock")
        joined = await first.join("c:1", LEASE)  # which the claim does not see
        await transaction.execute(f'UPDATE "{namespace}".rooms SET node = $1, epoch = 2', joined.id)
    assert await claim == joined


async def test_an_owner_that_is_buried_while_it_renews_is_dead_or_lives(engines: Engines) -> None:
    first, second = await engines(), await engines()
    lived = 0
    for _ in range(30):
        node = await first.join("a:1", 0.005)
        await asyncio.sleep(random.uniform(0.003, 0.008))
        buried, renewed = await asyncio.gather(second.bury(node), first.renew(node, LEASE))
        assert buried != renewed
        assert await first.renew(node, LEASE) == renewed
        lived += renewed
    assert lived < 30


@pytest.mark.parametrize("number", [300])
async def test_rooms_that_all_nodes_want_get_one_owner_each(
    engines: Engines, namespace: str, admin: asyncpg.Connection[asyncpg.Record], number: int
) -> None:
    """Thrice: rooms that are new, that were given up, and whose owners are dead."""
    three = [await engines() for _ in range(3)]
    nodes = [await engine.join("a:1", LEASE) for engine in three]
    rooms = [("main", str(index)) for index in range(number)]
    owned = await race(three, nodes, rooms)
    assert set(owned.values()) == {Ownership(1, 0)}
    await asyncio.gather(*(three[0].release(room, mine) for room, mine in owned.items()))
    assert set((await race(three, nodes, rooms)).values()) == {Ownership(2, 0)}
    await admin.execute(f'UPDATE "{namespace}".nodes SET until = clock_timestamp()')
    nodes = [await engine.join("b:1", LEASE) for engine in three]
    assert set((await race(three, nodes, rooms)).values()) == {Ownership(3, 0)}

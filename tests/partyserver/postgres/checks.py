"""What holds for nodes of one cluster, whatever happens meanwhile; for tests and experiments."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from partyserver.cluster import ClusterEngine, Node, Ownership, Part
from partyserver.storage import Changes, RoomKey

ROOMS = [("main", str(number)) for number in range(8)]
LEASE = 600.0


async def claim(engine: ClusterEngine, rooms: list[RoomKey]) -> tuple[Node, dict[RoomKey, Ownership]]:
    node = await engine.join("a:1", LEASE)
    owned: dict[RoomKey, Ownership] = {}
    for room in rooms:
        ownership = await engine.claim(room, node)
        assert isinstance(ownership, Ownership)
        owned[room] = ownership
    return node, owned


async def commit_and_check(engine: ClusterEngine, times: int, between: Callable[[], Awaitable[None]]) -> None:
    """Each room commits a number of times; all commits are there, each of them once."""
    _, owned = await claim(engine, ROOMS)
    for number in range(times):
        parts = [
            Part(
                room, mine.epoch, mine.sequence + number, Changes({str(number): b"x", "last": b"%d" % number})
            )
            for room, mine in owned.items()
        ]
        await between()
        assert await engine.commit(parts) == set()
    for room, mine in owned.items():
        entries = (await engine.load(room, 2**24)).entries
        assert entries == {**{str(n): b"x" for n in range(times)}, "last": b"%d" % (times - 1)}
        again = Part(room, mine.epoch, mine.sequence + times, Changes({"end": b""}))
        assert await engine.commit([again]) == set()


async def race(
    engines: list[ClusterEngine], nodes: list[Node], rooms: list[RoomKey]
) -> dict[RoomKey, Ownership]:
    """All nodes want all rooms; one of them gets each, and the others learn which."""

    async def claim_all(engine: ClusterEngine, node: Node) -> dict[RoomKey, Ownership | Node]:
        order = random.sample(rooms, len(rooms))
        return dict(
            zip(order, await asyncio.gather(*(engine.claim(room, node) for room in order)), strict=True)
        )

    claims = await asyncio.gather(*map(claim_all, engines, nodes))
    owned: dict[RoomKey, Ownership] = {}
    for room in rooms:
        owners = [
            node for node, claim in zip(nodes, claims, strict=True) if isinstance(claim[room], Ownership)
        ]
        assert len(owners) == 1, (room, owners)
        for node, claim in zip(nodes, claims, strict=True):
            answer = claim[room]
            if isinstance(answer, Ownership):
                owned[room] = answer
            else:
                assert answer == owners[0] != node
    return owned


async def change_hands(first: ClusterEngine, second: ClusterEngine, rooms: list[RoomKey]) -> int:
    """An owner commits as fast as it can; its room is released under it, and the other node takes it.

    Returns:
        How many commits there were, all of which the new owner found.
    """
    one, two = await first.join("a:1", LEASE), await second.join("b:1", LEASE)
    commits = 0
    for room in rooms:
        mine = await first.claim(room, one)
        assert isinstance(mine, Ownership)

        async def write(room: RoomKey = room, epoch: int = mine.epoch) -> int:
            done = 0
            while await first.commit([Part(room, epoch, done, Changes({str(done): b""}))]) == set():
                done += 1
            return done

        writing = asyncio.create_task(write())
        async with asyncio.timeout(30):
            while not await second.get(room, ["0"]):
                pass
        await second.release(room, mine)
        theirs = await second.claim(room, two)
        assert isinstance(theirs, Ownership)
        assert theirs.epoch > mine.epoch
        done = await writing
        assert theirs.sequence == done
        assert len((await second.load(room, 2**20)).entries or ()) == done
        commits += done
    return commits

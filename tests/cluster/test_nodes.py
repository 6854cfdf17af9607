"""The helpers for tests of faults: each fault does what it says. `CLUSTER=long` runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from tests.cluster.long_form import long_form
from tests.cluster.nodes import cluster_of

from pkcompat.clusters import NodeProcess, PostgresError, find_binaries

pytestmark = long_form

PARTY = """
import os
from partyserver import PartyServer, Response
class Counter(PartyServer):
    async def on_request(self, request):
        number = (await self.room.storage.get("number") or 0) + 1
        await self.room.storage.put("number", number)
        return Response(f"{number} {os.getpid()}")
"""


@pytest.fixture(autouse=True)
def _binaries() -> None:
    try:
        find_binaries()
    except PostgresError as error:
        pytest.skip(str(error))


async def ask(node: NodeProcess, room: str) -> tuple[int, str]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(f"http://{node.advertised}/party/{room}")
    return answer.status_code, answer.text


async def until(node: NodeProcess, room: str, right: Callable[[int, str], bool]) -> tuple[int, str]:
    async with asyncio.timeout(60):
        while True:
            try:
                status, text = await ask(node, room)
            except httpx.TransportError:
                continue
            if right(status, text):
                return status, text
            await asyncio.sleep(0.05)


async def test_a_node_that_is_cut_off_from_the_database_gives_up_its_rooms_and_comes_back() -> None:
    async with cluster_of(PARTY, nodes=2, lease=2.0, with_lines=True) as (cluster, _):
        one, two = cluster.nodes
        await until(one, "r", lambda status, text: status == 200)
        cluster.lines[one.name].hold_databases()
        _, text = await until(two, "r", lambda status, text: status == 200 and text.endswith(str(two.pid)))
        assert int(text.split()[0]) >= 2
        assert (await ask(one, "other"))[0] == 503
        cluster.lines[one.name].release()
        assert await until(one, "new", lambda status, text: status == 200) == (200, f"1 {one.pid}")


async def test_what_was_acknowledged_is_there_after_the_standby_was_promoted() -> None:
    async with cluster_of(PARTY, nodes=1, lease=1.0, with_standby=True) as (cluster, standby):
        (one,) = cluster.nodes
        assert await ask(one, "r") == (200, f"1 {one.pid}")
        assert await ask(one, "r") == (200, f"2 {one.pid}")
        cluster.postgres.kill()
        assert standby is not None
        await asyncio.to_thread(standby.promote)
        _, text = await until(one, "r", lambda status, text: status == 200)
        assert int(text.split()[0]) >= 3

"""The metrics of a cluster's nodes, over real sockets."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from tests.partyserver.admin.scraping import Scraped
from tests.partyserver.cluster.engine_in_memory import EngineInMemory, Shared, in_memory

from partyserver import Connection, Host, PartyServer, Request, Response
from pkcompat.serving import listen, serving


class Chat(PartyServer):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "store":
            await self.room.storage.put("last", message)
        self.room.broadcast(message)

    def on_request(self, request: Request) -> Response:
        return Response()


async def nodes(last: AsyncExitStack, shared: Shared, number: int) -> list[Scraped]:
    """So many nodes of a cluster."""
    served = []
    for _ in range(number):
        listener = listen()
        port = listener.getsockname()[1]
        host = Host({"main": Chat}, cluster=in_memory(shared, port))
        await last.enter_async_context(serving(host, listener=listener))
        served.append(Scraped(host, port))
    return served


async def test_what_is_passed_on() -> None:
    async with AsyncExitStack() as last:
        owner, entry = await nodes(last, Shared(), 2)
        assert await owner.status("/party/room") == 200
        for served in (owner, entry):
            await served.begin()
        a, b = [await last.enter_async_context(entry.client()) for _ in range(2)]
        c = await last.enter_async_context(owner.client())
        for text in ("one", "store"):
            await a.send(text)
            assert [await each.recv() for each in (a, b, c)] == [text] * 3
        assert await entry.status("/party/room") == 200
        await entry.moves("cluster_passed_on_connections", 2)
        assert await entry.moved("cluster_passed_on_messages_total{direction=to_owner}") == 2
        assert await entry.moved("cluster_passed_on_messages_total{direction=from_owner}") == 2
        assert await entry.moved("cluster_passed_on_requests_total") == 1
        assert await entry.moved("messages_received_total{party=main}") == 0
        assert await entry.moved("connections{party=main}") == 0
        assert await owner.moved("messages_received_total{party=main}") == 2
        assert await owner.moved("messages_sent_total{party=main}") == 6
        assert await owner.moved("connections{party=main}") == 3
        assert await owner.moved("commit_seconds_count") == 1
        metrics = await entry.metrics()
        assert metrics["partyserver_cluster_link_queue_bytes"] == 0
        assert 0 <= metrics["partyserver_cluster_lease_age_seconds"] < 20
        assert 0 < metrics["partyserver_cluster_lease_left_seconds"] <= 3


async def test_what_is_taken_and_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as last:
        (node,) = await nodes(last, Shared(), 1)
        await node.begin()
        for room in ("a", "b"):
            assert await node.status(f"/party/{room}") == 200
        assert await node.moved("cluster_rooms_taken_total") == 2
        assert await node.moved("cluster_rooms_lost_total") == 0

        async def fails(*_: object) -> set[object]:
            raise OSError("the database is full")

        with monkeypatch.context() as patched:
            patched.setattr(EngineInMemory, "commit", fails)
            async with node.client("/party/a") as client:
                await client.send("store")
                await client.wait_closed()
        assert await node.moved("commit_failures_total") == 1
        assert await node.moved("cluster_rooms_lost_total") == 1
        assert await node.moved("ready") == -1
        node.host._node.membership.lease.extend(0.0, 0.0)
        assert not node.host._node.membership.lease.is_good
        assert await node.moved("cluster_rooms_lost_total") == 2

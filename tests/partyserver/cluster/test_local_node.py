"""A host as a node: rooms that are taken, lost, let go, woken by alarms; what clients see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from tests.partyserver.cluster.engine_in_memory import EngineInMemory, Shared, in_memory
from tests.partyserver.fake_clock import FakeClock
from tests.partyserver.in_process import AsgiSocket, Server, until

from partyserver import (
    Connection,
    ConnectionContext,
    Cron,
    ExecutionContext,
    Host,
    Lobby,
    MemoryStorage,
    PartyServer,
    Request,
    Response,
    ServerOptions,
)
from partyserver.exceptions import StartError
from partyserver.storage import Alarm
from pkcompat.serving import listen, serving


class Counter(PartyServer):
    """Counts in storage."""

    options = ServerOptions(hibernate=True)

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if "count" in ctx.request.query_params:
            await self.on_request(ctx.request)

    async def on_request(self, request: Request) -> Response:
        count = 1 + (await self.room.storage.get("count") or 0)
        await self.room.storage.put("count", count)
        return Response(str(count))

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "arm":
            await self.room.storage.set_alarm(1_000_000_060_000)
        sender.send((await self.on_request(Request({"type": "http"}))).body.decode())

    async def on_alarm(self) -> None:
        await self.room.storage.put("rang", True)


@asynccontextmanager
async def node(
    shared: Shared, number: int = 1, lease: float = 3.0, **options: object
) -> AsyncIterator[Server]:
    """A host that is a node."""
    server = Server(Counter, cluster=in_memory(shared, number, lease), **options)
    async with server.host.lifespan():
        yield server


async def count(server: Server, room: str = "room") -> str:
    answer = await server.http("GET", f"/party/{room}")
    return answer.text


async def test_a_room_goes_on_where_its_last_owner_left_it() -> None:
    shared = Shared()
    async with node(shared) as first:
        assert [await count(first), await count(first)] == ["1", "2"]
    async with node(shared, 2) as second:
        assert await count(second) == "3"
    assert shared.nodes == {}
    assert shared.row(("main", "room")).epoch == 2


async def test_a_room_of_another_node_is_not_served_before_that_is_dead() -> None:
    shared = Shared()
    now = 0.0
    shared.now = lambda: now
    async with node(shared, lease=100.0) as first:
        await count(first)
        async with node(shared, 2, lease=100.0) as second:
            second_room = second.room()
            second_room._patience = 0.1
            with pytest.raises(StartError):
                await second_room.request(Request({"type": "http"}))
            now = 1_000.0  # the first node is not heard of any more, the second joins anew
            await second.host._node.membership._renew_once(second.host._node.membership.node)
            assert await count(second) == "2"


async def test_a_room_with_nothing_in_memory_has_no_owner() -> None:
    shared = Shared()
    async with node(shared, idle_timeout=0.05) as first:
        await count(first)
        assert shared.row(("main", "room")).node is not None
        await until(lambda: shared.row(("main", "room")).node is None)
        assert await count(first) == "2"


async def test_a_room_whose_commit_is_refused_closes_with_1012_and_can_be_taken_again() -> None:
    shared = Shared()
    async with node(shared) as first:
        await count(first)
        a = await first.connect("a")
        row = shared.row(("main", "room"))
        row.node, row.epoch = None, row.epoch + 1
        a.send("count")
        await until(lambda: bool(a.wire.sent))
        assert a.received == [("close", 1012, "Room moved")]
        assert await count(first) == "2"


async def test_a_room_that_is_lost_during_on_connect_closes_with_1012() -> None:
    """Found before: it was 1011, as after an exception of the handler."""
    shared = Shared()
    async with node(shared) as first:
        await count(first)
        row = shared.row(("main", "room"))
        row.node, row.epoch = None, row.epoch + 1
        client = AsgiSocket(first.host, "/party/room?count")
        await until(lambda: len(client.sent) > 1)
        assert client.received == ["accept", ("close", 1012, "Room moved")]
        await client.leave()


async def test_when_the_lease_runs_out_sockets_close_with_1011_and_requests_get_503() -> None:
    shared = Shared()
    async with node(shared) as first:
        await count(first)
        a = await first.connect("a")
        membership = first.host._node.membership
        membership.lease.extend(0.0, 0.0)
        a.send("count")
        assert a.received == [("close", 1011, "Storage failed")]
        answer = await first.http("GET", "/party/room")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_node_whose_lease_ran_out_comes_back_as_another() -> None:
    shared = Shared()
    async with node(shared, lease=0.3) as first:
        await count(first)
        shared.nodes.clear()
        await until(lambda: bool(shared.nodes))
        assert await count(first) == "2"


async def test_an_alarm_rings_on_a_node_that_is_alive() -> None:
    shared, clock = Shared(), FakeClock()
    async with node(shared, clock=clock, idle_timeout=0.05) as first:
        await count(first)
        a = await first.connect("a")
        a.send("arm")
        await until(lambda: shared.row(("main", "room")).alarm is not None)
        a.close()
    async with node(shared, 2, clock=clock):
        await clock.advance(60_000)
        row = shared.row(("main", "room"))
        await until(lambda: clock.timers)
        await clock.advance(1)
        await until(lambda: row.alarm is None)
        assert "rang" in row.entries


async def test_an_alarm_of_a_dead_node_is_found_by_another() -> None:
    shared, clock = Shared(), FakeClock()
    shared.row(("main", "room")).alarm = Alarm.at(clock.now() - 1)
    async with node(shared, clock=clock):
        await until(lambda: bool(clock.timers) or "rang" in shared.row(("main", "room")).entries)
        await clock.advance(1)
        await until(lambda: "rang" in shared.row(("main", "room")).entries)


async def test_storage_and_cluster_are_not_given_together() -> None:
    with pytest.raises(TypeError, match="not both"):
        Server(Counter, storage=MemoryStorage(), cluster=in_memory(Shared()))


async def test_a_node_that_is_about_to_stop_takes_no_rooms() -> None:
    async with node(Shared()) as first:
        await count(first)
        await first.host.drain(1.0)
        assert await count(first) == "2"
        answer = await first.http("GET", "/party/other")
        assert answer.status_code == 503


async def test_many_events_claim_a_room_once() -> None:
    shared = Shared()
    async with node(shared) as first:
        counts = await asyncio.gather(*(count(first) for _ in range(20)))
    assert sorted(map(int, counts)) == list(range(1, 21))
    assert shared.row(("main", "room")).epoch == 1


async def test_a_clock_that_differs_from_the_databases_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def a_minute_behind(engine: EngineInMemory) -> float:
        return -60.0

    monkeypatch.setattr(EngineInMemory, "clock_difference", a_minute_behind)
    async with node(Shared()):
        assert "this machine's clock is 60.0 s behind the database's" in caplog.text


async def test_a_node_that_does_not_answer_at_its_own_address_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("partyserver.cluster.local_node.REACHABLE_WITHIN", 0.0)
    async with node(Shared()):
        await until(lambda: "this node does not answer at 127.0.0.1:1, which it advertises" in caplog.text)


async def test_a_node_reaches_itself() -> None:
    listener = listen()
    cluster = in_memory(Shared(), listener.getsockname()[1])
    host = Host({"main": Counter}, cluster=cluster)
    async with serving(host, listener=listener):
        await host._node.passing.reach_itself()


async def test_a_cron_runs_once_in_the_cluster() -> None:
    ran: list[int] = []

    class Ticks(Counter):
        @staticmethod
        async def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
            ran.append(cron.scheduled_time)

    shared, clock = Shared(), FakeClock(1_000_000_020_000)
    nodes = [
        Server(Ticks, cluster=in_memory(shared, number), crons={"tick": "* * * * *"}, clock=clock)
        for number in (1, 2, 3)
    ]
    async with AsyncExitStack() as last:
        for each in nodes:
            await last.enter_async_context(each.host.lifespan())
        await clock.advance(180_000)
        await until(lambda: len(ran) == 3)
    assert ran == sorted(set(ran))


async def test_rooms_of_different_nodes_reach_each_other_by_stubs() -> None:
    class Caller(Counter):
        async def on_request(self, request: Request) -> Response:
            if self.room.id != "front":
                return await super().on_request(request)
            other = await self.room.context.parties["main"].get("back").fetch("")
            return Response(f"back says {other.text}")

    shared = Shared()
    async with AsyncExitStack() as last:
        urls = []
        for _ in range(2):
            listener = listen()
            port = listener.getsockname()[1]
            host = Host({"main": Caller}, cluster=in_memory(shared, port))
            await last.enter_async_context(serving(host, listener=listener))
            urls.append(f"http://127.0.0.1:{port}/party")
        client = await last.enter_async_context(httpx.AsyncClient())
        assert (await client.get(f"{urls[0]}/back")).text == "1"
        assert (await client.get(f"{urls[1]}/front")).text == "back says 2"
        assert (await client.get(f"{urls[0]}/front")).text == "back says 3"


async def test_every_node_lists_the_rooms_of_all() -> None:
    shared = Shared()
    async with node(shared) as first, node(shared, 2) as second:
        await count(first, "a")
        await count(second, "b")
        await first.connect("c", "a")
        shared.row(("main", "asleep")).entries["count"] = b"1"

        async def listed(server: Server) -> list[tuple[str, int | None]]:
            rooms = await server.host._services.room_context.parties["main"].rooms()
            return [(room.id, room.connections) for room in rooms]

        assert await listed(first) == [("a", 1), ("asleep", 0), ("b", None)]
        assert await listed(second) == [("a", None), ("asleep", 0), ("b", 0)]

"""Rooms without connections: how many stay in memory, and which go first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.partyserver.in_process import Client, Server

from partyserver import Connection, ConnectionContext, Limits, PartyServer, Request, Response
from partyserver.rooms.idle_rooms import IdleRooms


class Fake:
    """A room that is idle since a moment, or is kept."""

    def __init__(self, table: dict[str, Any], name: str, since: float | None) -> None:
        self.table = table
        self.name = name
        self.idle_since = since
        self.looked_at = 0

    def evict(self) -> None:
        del self.table[self.name]


def made(idle_rooms: IdleRooms, table: dict[str, Any], since: list[float | None]) -> None:
    for number, moment in enumerate(since):
        idle_rooms.before_another()
        table[f"{number}"] = Fake(table, f"{number}", moment)


def test_the_ones_idle_the_longest_go_first() -> None:
    table: dict[str, Any] = {}
    idle_rooms = IdleRooms(10)
    idle_rooms.watch(table)
    made(idle_rooms, table, [float(number) for number in range(10)])
    table["0"].idle_since = 100.0  # it had another request
    idle_rooms.before_another()
    assert sorted(table) == ["0", "3", "4", "5", "6", "7", "8", "9"]


@pytest.mark.parametrize("parties", [1, 3])
def test_never_more_than_the_limit_are_idle(parties: int) -> None:
    tables: list[dict[str, Any]] = [{} for _ in range(parties)]
    idle_rooms = IdleRooms(100)
    for table in tables:
        idle_rooms.watch(table)
    for number in range(2_000):
        idle_rooms.before_another()
        table = tables[number % parties]
        table[f"{number}"] = Fake(table, f"{number}", float(number))
        assert sum(map(len, tables)) <= 100


def test_rooms_that_something_keeps_stay_and_are_not_looked_at_each_time() -> None:
    looks = 0

    class Kept:
        @property
        def idle_since(self) -> None:
            nonlocal looks
            looks += 1

        def evict(self) -> None:
            raise AssertionError("it is kept")

    table: dict[str, Any] = {}
    idle_rooms = IdleRooms(100)
    idle_rooms.watch(table)
    for number in range(1_000):
        idle_rooms.before_another()
        table[f"{number}"] = Kept()
    assert len(table) == 1_000
    assert looks <= 100 + 200 + 300 + 400 + 500 + 600 + 700 + 800 + 900


def test_where_rooms_have_gone_by_themselves_the_limit_holds_again() -> None:
    table: dict[str, Any] = {}
    idle_rooms = IdleRooms(10)
    idle_rooms.watch(table)
    made(idle_rooms, table, [None] * 1_000)
    table.clear()
    made(idle_rooms, table, [float(number) for number in range(50)])
    assert len(table) <= 20


def test_without_a_limit_all_stay() -> None:
    table: dict[str, Any] = {}
    idle_rooms = IdleRooms(0)
    idle_rooms.watch(table)
    made(idle_rooms, table, [0.0] * 1_000)
    assert len(table) == 1_000


STARTED: list[str] = []


class Counts(PartyServer):
    """Counts its requests, in memory and in storage."""

    async def on_start(self) -> None:
        STARTED.append(self.room.id)
        self.seen = 0

    async def on_request(self, request: Request) -> Response:
        self.seen += 1
        stored = (await self.room.storage.get("seen") or 0) + 1
        await self.room.storage.put("seen", stored)
        if "wait" in request.query_params:
            await asyncio.sleep(0.05)
        return Response(f"{self.seen} {stored}")

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None: ...


def _server(**limits: int) -> Server:
    STARTED.clear()
    return Server(Counts, limits=Limits(**limits))


def _request(query: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/party/room",
            "query_string": query.encode(),
            "headers": [(b"host", b"test")],
        }
    )


async def test_a_room_that_went_early_starts_anew_with_what_it_stored() -> None:
    server = _server(max_idle_rooms=2)
    assert (await server.room("a").request(_request())).body == b"1 1"
    assert (await server.room("a").request(_request())).body == b"2 2"
    for other in "bcdef":
        await server.room(other).request(_request())
    assert (await server.room("a").request(_request())).body == b"1 3"
    assert len(server.host._parties["main"].room_ids) <= 2


async def test_neither_a_handler_nor_a_connection_loses_its_room() -> None:
    server = _server(max_idle_rooms=1)
    client = await Client(server.room("connected"), "c").connect()
    waiting = asyncio.create_task(server.room("busy").request(_request("wait")))
    await asyncio.sleep(0)
    for other in "abcdef":
        await server.room(other).request(_request())
    assert {"connected", "busy"} < set(server.host._parties["main"].room_ids)
    assert (await waiting).body == b"1 1"
    assert STARTED.count("connected") == STARTED.count("busy") == 1
    client.close()


async def test_the_timer_of_a_room_that_went_early_does_not_take_its_successor() -> None:
    STARTED.clear()
    server = Server(Counts, limits=Limits(max_idle_rooms=1), eviction_timeout=0.05)
    await server.room("a").request(_request())
    await server.room("b").request(_request())  # "a" goes
    await asyncio.sleep(0.03)
    room = server.room("a")
    await Client(room, "c").connect()
    await asyncio.sleep(0.1)
    assert server.room("a") is room

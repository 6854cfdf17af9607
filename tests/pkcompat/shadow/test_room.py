"""A shadowed room: pacing, patience, bounds, floods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from partyserver import Assets, Connection, PartyServer
from pkcompat.shadow import room as shadow_room
from pkcompat.shadow.records import (
    Asked,
    Begin,
    Body,
    Came,
    Connected,
    Connects,
    Idles,
    Replied,
    RoomRecord,
    Sent,
    Starts,
)
from pkcompat.shadow.room import ShadowRoom
from pkcompat.shadow.streams import Mismatch
from pkcompat.traffic.comparison import EXACT
from pkcompat.traffic.masking import MaskSettings

SCOPE = {"method": "GET", "scheme": "http", "path": "/party/r", "query_string": b"", "headers": []}
BEGIN = Begin(("main",), {}, Assets(None), False, 10.0, EXACT, 3.0, None, MaskSettings())


class Slow(PartyServer):
    """Answers when it is told to."""

    go: asyncio.Event

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "slow":
            await self.go.wait()
        if message != "silent":
            sender.send(message)

    async def on_request(self, request):  # type: ignore[no-untyped-def]
        from partyserver import Response

        return Response(await request.body())


class Case:
    def __init__(self, party: type[PartyServer] = Slow) -> None:
        Slow.go = asyncio.Event()
        self.differences: list[Mismatch] = []
        self.reasons: list[str] = []
        self.room = ShadowRoom(
            Starts(1, "main", "r", {}, None, hibernates=False),
            party,
            BEGIN,
            lambda room, mismatch: self.differences.append(mismatch),
            lambda room, why: self.reasons.append(why),
        )

    async def take(self, *records: RoomRecord) -> None:
        for record in records:
            self.room.put(0.0, record, 10)
        for _ in range(50):
            await asyncio.sleep(0)

    async def connect(self) -> None:
        await self.take(Connects(1, 1, "a", "http://test/party/r?_pk=a", SCOPE), Connected(1, 1))


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shadow_room, "MOST_WAITING", 50)
    monkeypatch.setattr(shadow_room, "MOST_AHEAD", 50)
    return None


async def test_what_comes_in_waits_until_the_shadow_has_done_what_came_before() -> None:
    case = Case()
    await case.connect()
    await case.take(Came(1, 1, "slow"), Sent(1, 1, "slow"), Came(1, 1, "next"), Sent(1, 1, "next"))
    assert case.room.streams.primary_ahead == 1  # the second message has not reached it
    Slow.go.set()
    await case.take()
    assert (case.room.streams.primary_ahead, case.room.streams.compared) == (0, 3)
    assert case.differences == []


async def test_it_waits_for_handlers_that_say_nothing_where_the_other_form_was_done_with_them() -> None:
    for idles in (True, False):
        case = Case()
        await case.connect()
        await case.take(Came(1, 1, "slow"), *[Idles(1)] * idles, Came(1, 1, "next"))
        assert case.room.streams.shadow_ahead == (0 if idles else 1)


async def test_patience_ends() -> None:
    case = Case()
    await case.connect()
    await case.take(Came(1, 1, "slow"), Sent(1, 1, "slow"))
    for _ in range(4):
        assert case.differences == []
        case.room.grow_older()
    assert case.differences == [Mismatch("to the client with id a", "“slow”", "nothing")]
    assert case.reasons == ["it differed"]


async def test_a_handler_that_does_not_end_is_no_difference() -> None:
    case = Case()
    await case.connect()
    await case.take(Came(1, 1, "slow"), Idles(1), Came(1, 1, "next"))
    for _ in range(6):
        case.room.grow_older()
    assert (case.differences, case.reasons) == ([], ["a handler of its shadow did not end"])


async def test_what_waits_is_bounded() -> None:
    case = Case()
    await case.connect()
    await case.take(Came(1, 1, "slow"), Idles(1), *[Came(1, 1, "silent")] * 60)
    assert case.reasons == ["its shadow fell behind"]
    await case.take(Came(1, 1, "x"))  # nothing more is taken
    assert case.reasons == ["its shadow fell behind"]


class Flood(PartyServer):
    def on_message(self, message: str | bytes, sender: Connection) -> None:
        for number in range(1_000):
            sender.send(str(number))


async def test_a_flood_is_a_difference() -> None:
    case = Case(Flood)
    await case.connect()
    await case.take(Came(1, 1, "x"))
    assert case.differences == [Mismatch("to the client with id a", "nothing", "“0”")]


async def test_a_body_comes_as_the_other_handler_read_it() -> None:
    case = Case()
    await case.take(Asked(1, 1, SCOPE), Body(1, 1, b"a", True))
    assert case.room.streams.shadow_ahead == 0
    await case.take(Body(1, 1, b"b", False), Replied(1, 1, 200, (("content-length", "2"),), b"ab"))
    assert (case.differences, case.room.streams.compared) == ([], 1)


async def test_at_the_end_of_the_host_what_differs_differs_only_at_last() -> None:
    case = Case()
    await case.connect()
    await case.take(Sent(1, 1, "of a timer"))
    case.room.settle(at_last=False)
    assert (case.differences, case.room.over) == ([], "")
    case.room.settle(at_last=True)
    assert len(case.differences) == 1
    case = Case()
    await case.connect()
    case.room.settle(at_last=False)
    assert (case.differences, case.reasons) == ([], [""])

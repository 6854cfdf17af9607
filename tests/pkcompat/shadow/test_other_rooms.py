"""Answers and sockets from outside, handed to the shadow in order."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.partyserver.in_process import Wire

from partyserver import Connection, ListedRoom, PartyStubs
from partyserver.background import BackgroundTasks
from partyserver.events import CloseEvent, MessageEvent
from partyserver.storage import KeyRange
from pkcompat.shadow.feed import RoomFeed
from pkcompat.shadow.other_rooms import Recorded, RecordedOutside, recorded_switchboard
from pkcompat.shadow.records import (
    Fetched,
    FetchKey,
    SocketClosed,
    SocketEnded,
    SocketGot,
    SocketOpened,
    SocketSent,
)
from pkcompat.shadow.streams import Request
from pkcompat.traffic.transcript import Closed, Message

KEY, OTHER = (FetchKey("other", "r", "GET", path, b"") for path in ("/a", "/b"))


async def test_answers_come_in_order_to_who_asks_the_same_before_or_after() -> None:
    recorded: Recorded[int] = Recorded()
    early = recorded.ask(KEY)
    recorded.give(KEY, 1)
    recorded.give(OTHER, 2)
    recorded.give(KEY, 3)
    recorded.give(KEY, 4)
    assert [await early, await recorded.ask(KEY), await recorded.ask(OTHER), await recorded.ask(KEY)] == [
        1,
        3,
        2,
        4,
    ]


async def test_who_asked_and_went_away_takes_its_answer_along() -> None:
    recorded: Recorded[int] = Recorded()
    gone = asyncio.ensure_future(recorded.ask(KEY))
    gone.cancel()
    recorded.give(KEY, 1)
    recorded.give(KEY, 2)
    assert await recorded.ask(KEY) == 2


class Both:
    def __init__(self) -> None:
        self.primary: list[Any] = []
        self.shadow: list[Any] = []
        self.outside = RecordedOutside(
            lambda key, where, deed: self.primary.append(deed),
            lambda key, where, deed: self.shadow.append(deed),
        )


async def test_a_request_is_told_of_on_both_sides() -> None:
    both = Both()
    asked = asyncio.ensure_future(both.outside.ask(KEY))
    await asyncio.sleep(0)
    assert (both.primary, both.shadow) == ([], [Request()])
    answer = Fetched(1, KEY, 200, (), b"x")
    both.outside.take(answer)
    assert await asked == answer
    assert both.primary == [Request()]


async def test_a_socket_gives_what_came_over_it_also_before_it_was_asked_for() -> None:
    both = Both()
    both.outside.take(SocketOpened(1, 7, KEY))
    both.outside.take(SocketGot(1, 7, "early"))
    wire = Wire()
    connection = Connection("a", "http://test/", wire)
    await both.outside.open(KEY, connection)
    assert both.outside.has_sockets
    both.outside.take(SocketGot(1, 7, b"later"))
    both.outside.take(SocketSent(1, 7, "out"))
    both.outside.came_over(connection, MessageEvent("out"))
    both.outside.take(SocketEnded(1, 7, 1005, ""))
    both.outside.came_over(connection, CloseEvent(1005))  # no doing of the shadow's
    assert wire.sent == ["early", b"later", ("close", None, "")]
    assert both.primary == both.shadow == [Request(), Message("out")]
    assert not both.outside.has_sockets


async def test_a_socket_that_the_shadow_closes() -> None:
    both = Both()
    both.outside.take(SocketOpened(1, 7, KEY))
    connection = Connection("a", "http://test/", Wire())
    await both.outside.open(KEY, connection)
    both.outside.take(SocketClosed(1, 7, None, ""))
    both.outside.came_over(connection, CloseEvent(1005))
    both.outside.came_over(connection, MessageEvent("behind"))
    assert both.primary == both.shadow == [Request(), Closed(1005, "")]


async def test_a_list_of_rooms_is_the_one_that_the_other_form_got() -> None:
    both = Both()
    records: list[Any] = []
    ids = KeyRange(prefix="a", limit=100)
    rooms = [ListedRoom("a1", 2, 1_000), ListedRoom("a2", None, None)]
    feed = RoomFeed.__new__(RoomFeed)
    feed.number = 1
    feed._put = lambda record: records.append(record())  # type: ignore[method-assign]
    feed.listed("chat", ids, rooms)
    switchboard = recorded_switchboard(both.outside, BackgroundTasks(lambda: "a room").watch)
    asked = asyncio.ensure_future(PartyStubs("chat", switchboard).rooms("a"))
    await asyncio.sleep(0)
    both.outside.take(records[0])
    assert await asked == rooms
    assert both.primary == both.shadow == [Request()]

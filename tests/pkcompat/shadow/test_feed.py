"""Events of live rooms, passed to a shadow; bodies and their bounds."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import StreamingResponse
from tests.partyserver.in_process import Wire, handshake

from partyserver import Connection, Request, Response
from partyserver.events import CloseEvent, ErrorEvent, MessageEvent
from partyserver.exceptions import ProtocolError
from partyserver.responses import ErrorAnswers
from pkcompat.shadow import feed as shadow_feed
from pkcompat.shadow.feed import RoomFeed
from pkcompat.shadow.records import (
    Asked,
    Body,
    Came,
    ClosedHere,
    Connects,
    Ended,
    Replied,
    RoomRecord,
    Sent,
    WasRefused,
)


class Fed:
    def __init__(self, *, takes: bool = True) -> None:
        self.records: list[RoomRecord] = []
        self.over: list[str] = []
        self.takes = takes
        self.feed = RoomFeed(
            1, ErrorAnswers(debug=True), self._put, lambda number, why: self.over.append(why)
        )
        self.connection = Connection("a", "http://test/party/r?_pk=a", Wire())

    def _put(self, record: RoomRecord) -> bool:
        self.records.append(record)
        return self.takes


class Text(str):
    __slots__ = ("owner",)


def test_messages_are_of_no_class_of_the_users() -> None:
    fed = Fed()
    fed.feed.connects(fed.connection, handshake())
    fed.feed.happened(fed.connection, MessageEvent(Text("x")))
    fed.feed.sent(fed.connection, Text("y"))
    connects, came, sent = fed.records
    assert isinstance(connects, Connects)
    assert "app" not in connects.scope
    assert (came, sent) == (Came(1, 1, "x"), Sent(1, 1, "y"))
    assert type(getattr(came, "data", None)) is type(getattr(sent, "data", None)) is str


def test_ends() -> None:
    fed = Fed()
    ends: tuple[Any, ...] = (
        CloseEvent(4000, "bye"),
        CloseEvent(1006, "", was_clean=False),
        ErrorEvent(ProtocolError(1002, "bad")),
    )
    for end in ends:
        fed.feed.connects(fed.connection, handshake())
        fed.feed.happened(fed.connection, end)
        fed.feed.sent(fed.connection, "to nobody")
    assert [record for record in fed.records if not isinstance(record, Connects)] == [
        Ended(1, 1, 4000, "bye", was_clean=True, broken=False),
        Ended(1, 2, 1006, "", was_clean=False, broken=False),
        Ended(1, 3, 1002, "bad", was_clean=False, broken=True),
    ]


def test_what_a_client_learns_of_a_refusal() -> None:
    fed = Fed()
    fed.feed.connects(fed.connection, handshake())
    fed.feed.closed(fed.connection, None, "")
    fed.feed.refused(fed.connection, ValueError("no"))
    assert fed.records[1:] == [ClosedHere(1, 1, None, ""), WasRefused(1, 1, "no")]


async def parts() -> Any:
    yield b"part"


@pytest.mark.parametrize(
    ("outcome", "status", "body"),
    [
        (Response(b"x", 201), 201, b"x"),
        (ValueError("no"), 500, b"no"),
        (StreamingResponse(parts()), 200, None),
    ],
)
async def test_answers(outcome: Any, status: int, body: bytes | None) -> None:
    fed = Fed()
    fed.feed.asked(handshake())(outcome)
    asked, replied = fed.records
    assert isinstance(asked, Asked)
    assert isinstance(replied, Replied)
    assert (replied.status, replied.body) == (status, body)


def request(*parts: bytes) -> Request:
    messages = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    return Request(handshake().scope, receive)


async def test_a_body_is_told_as_the_handler_reads_it() -> None:
    fed = Fed()
    asked = request(b"a", b"b")
    fed.feed.asked(asked)
    assert len(fed.records) == 1
    assert await asked.body() == b"ab"
    assert fed.records[1:] == [Body(1, 1, b"a", True), Body(1, 1, b"b", False)]


async def test_a_body_that_a_hook_has_read() -> None:
    fed = Fed()
    asked = request(b"ab")
    await asked.body()
    fed.feed.asked(asked)
    assert fed.records[1:] == [Body(1, 1, b"ab", False)]


async def test_a_long_body_ends_the_feed_and_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_feed, "LARGEST_BODY", 3)
    fed = Fed()
    asked = request(b"ab", b"cd", b"ef")
    fed.feed.asked(asked)
    assert await asked.body() == b"abcdef"
    assert fed.over == ["a request's body is too long"]
    assert fed.records[1:] == [Body(1, 1, b"ab", True)]


def test_where_there_is_no_place_it_ends_once() -> None:
    fed = Fed(takes=False)
    fed.feed.rang()
    fed.feed.rang()
    fed.feed.connects(fed.connection, handshake())
    fed.feed.ends("again")
    assert fed.over == ["its shadow fell behind"]
    assert len(fed.records) == 1


def test_what_cannot_be_told_ends_it_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    fed = Fed()
    fed.feed.connects(fed.connection, handshake())
    fed.feed.happened(fed.connection, ErrorEvent(ValueError("of another kind")))
    assert fed.over == ["what it does cannot be recorded"]
    assert "a shadow ends" in caplog.text

"""Who is let into a room, and how the others are told."""

from __future__ import annotations

import logging

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response
from tests.partyserver.in_process import Client, Server, handshake

from partyserver import Connection, PartyServer, Request
from partyserver.exceptions import NotANodeError, NotOwnerError, RoomLostError, StartError
from partyserver.responses import ErrorAnswers
from partyserver.rooms import ROOM_MOVED, ConnectedRoom, Rejection, RoomRunner, admit, respond


class StubRoom:
    """Lets in, answers, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.inside: RoomRunner = Server(PartyServer).room()

    async def connect(self, connection: Connection, request: Request) -> ConnectedRoom:
        if self.error is not None:
            raise self.error
        return self.inside

    async def request(self, request: Request) -> Response:
        if self.error is not None:
            raise self.error
        return Response("in")


async def admitted(room: StubRoom, *, debug: bool = False) -> ConnectedRoom | Rejection:
    connection = Client(room.inside, "a").connection
    return await admit(room, connection, handshake(), ErrorAnswers(debug))


async def test_who_is_let_in_gets_the_room() -> None:
    room = StubRoom()
    assert await admitted(room) is room.inside


@pytest.mark.parametrize(
    ("error", "debug", "rejection"),
    [
        (ValueError("secret"), False, Rejection(1011, "Internal error")),
        (ValueError("why"), True, Rejection(1011, "why")),
        (HTTPException(403, "not you"), False, Rejection(1011, "not you")),
    ],
)
async def test_an_exception_closes_with_1011_and_is_logged(
    error: Exception, debug: bool, rejection: Rejection, caplog: pytest.LogCaptureFixture
) -> None:
    assert await admitted(StubRoom(error), debug=debug) == rejection
    assert "on_connect of /party/room failed" in caplog.text


async def test_a_room_that_was_lost_meanwhile_has_moved_and_nobody_failed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    assert await admitted(StubRoom(RoomLostError("gone"))) == Rejection(*ROOM_MOVED)
    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.parametrize("error", [NotOwnerError("moved"), NotANodeError("lapsed")])
async def test_a_room_of_another_process_is_for_the_caller_to_find(error: Exception) -> None:
    with pytest.raises(type(error)):
        await admitted(StubRoom(error))
    with pytest.raises(type(error)):
        await respond(StubRoom(error), handshake(), ErrorAnswers(False))


async def test_a_room_that_does_not_start_is_for_the_caller_to_refuse() -> None:
    with pytest.raises(StartError):
        await admitted(StubRoom(StartError(ValueError("no"))))


async def test_requests_are_answered_and_an_exception_is_a_500() -> None:
    answers = ErrorAnswers(False)
    assert (await respond(StubRoom(), handshake(), answers)).body == b"in"
    assert (await respond(StubRoom(ValueError("no")), handshake(), answers)).status_code == 500

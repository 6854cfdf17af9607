"""Lets requests and connections into a room, and turns exceptions there into answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from partyserver.connection import Connection
from partyserver.events import Event
from partyserver.exceptions import NotANodeError, NotOwnerError, RoomLostError, StartError
from partyserver.paths import full_raw_path
from partyserver.responses import ErrorAnswers, log_failure

logger = logging.getLogger("partyserver")

ROOM_MOVED = (1012, "Room moved")
"""Code and reason of the close where another node has a room, or its owner is not reached any more: clients
connect again, and find it."""


class ConnectedRoom(Protocol):
    """A room as its connections need it; a `RoomRunner` is one."""

    @property
    def party_name(self) -> str:
        """The party's name on its host."""

    @property
    def room_id(self) -> str:
        """The room's id, percent-encoded."""

    @property
    def is_settled(self) -> bool:
        """See `RoomRunner.is_settled`."""

    def dispatch(self, connection: Connection, event: Event) -> None:
        """See `RoomRunner.dispatch`."""


class ReachableRoom(Protocol):
    """A room as requests and new connections need it; a `RoomRunner` is one."""

    async def request(self, request: Request) -> Response:
        """See `RoomRunner.request`."""

    async def connect(self, connection: Connection, request: Request) -> ConnectedRoom:
        """See `RoomRunner.connect`."""


async def respond(room: ReachableRoom, request: Request, answers: ErrorAnswers) -> Response:
    """The room's answer to a request; an exception in its handler is logged, and answered with a 500.

    Raises:
        NotANodeError, NotOwnerError: the room is another process's; the handler has not run.
    """
    try:
        return await room.request(request)
    except (NotOwnerError, NotANodeError):
        raise
    except Exception as error:
        log_failure(error, "%s %s failed", request.method, full_raw_path(request.scope))
        cause = error.error if isinstance(error, StartError) else error
        return answers.room_response(cause)


@dataclass(frozen=True, slots=True)
class Rejection:
    """How a connection is to be closed that `on_connect` did not let in.

    Attributes:
        code: 1011 after an exception (recording `errors`), 1012 where the room became another process's.
        reason: of the close, of any length.
    """

    code: int
    reason: str


async def admit(
    room: ReachableRoom, connection: Connection, request: Request, answers: ErrorAnswers
) -> ConnectedRoom | Rejection:
    """Let a connection into the room.

    Returns:
        The room that handles the connection's events, once `on_connect` is done; else how the connection is
        to be closed. Nothing that `on_connect` sent goes out then.

    Raises:
        StartError: there is no instance to connect to; the handshake is to be refused.
        NotANodeError, NotOwnerError: the room is another process's; no handler has run.
    """
    try:
        return await room.connect(connection, request)
    except (StartError, NotOwnerError, NotANodeError):
        raise
    except RoomLostError as error:
        logger.info("on_connect of %s is undone: %s", full_raw_path(request.scope), error)
        return Rejection(*ROOM_MOVED)
    except Exception as error:
        log_failure(error, "on_connect of %s failed", full_raw_path(request.scope))
        return Rejection(1011, answers.close_reason(error))

"""Feeding a shadow: the tap that records what a room does, in the serving process."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import astuple

import httpx
from starlette.requests import Request
from starlette.responses import Response

from partyserver import Connection, ListedRoom
from partyserver.events import CloseEvent, ErrorEvent, Event, MessageEvent
from partyserver.exceptions import ProtocolError
from partyserver.requests import SUBPROTOCOL
from partyserver.responses import ErrorAnswers
from partyserver.rooms import Answered
from partyserver.sockets import Socket
from partyserver.storage import KeyRange
from partyserver.wire import Data, shorten_reason
from pkcompat.shadow.records import (
    Asked,
    Body,
    Came,
    ClosedHere,
    Connected,
    Connects,
    Ended,
    Fetched,
    FetchKey,
    Idles,
    Rang,
    Replied,
    Rests,
    RoomRecord,
    Scope,
    Sent,
    SocketClosed,
    SocketEnded,
    SocketGot,
    SocketOpened,
    SocketSent,
    WasRefused,
)
from pkcompat.shadow.watched_body import watch_body

logger = logging.getLogger("pkcompat")

LARGEST_BODY = 1_048_576
"""Bytes; a room that receives a longer request body is no longer followed."""

_SCOPE_KEYS = (
    SUBPROTOCOL,
    "http_version",
    "method",
    "scheme",
    "path",
    "raw_path",
    "query_string",
    "root_path",
    "headers",
    "server",
    "client",
)


class RoomFeed:
    """A `RoomTap` that passes on what happens in a room, as records that share no objects with it.

    Args:
        number: the room's number.
        answers: what clients learn about exceptions.
        put: passes on a record; returns False if there is no space for it.
        over: called once, with the number and the reason, when the room is no longer followed.
    """

    def __init__(
        self,
        number: int,
        answers: ErrorAnswers,
        put: Callable[[RoomRecord], bool],
        over: Callable[[int, str], None],
    ) -> None:
        self.number = number
        self._answers = answers
        self._put_record = put
        self._over: Callable[[int, str], None] | None = over  # None once the room is no longer followed
        self._numbers: dict[Socket, int] = {}  # of the open connections
        self._connections = 0
        self._requests = 0
        self._sockets = 0

    @property
    def is_over(self) -> bool:
        return self._over is None

    def ends(self, why: str) -> None:
        over, self._over = self._over, None
        if over is not None:
            self._numbers.clear()
            over(self.number, why)

    def connects(self, connection: Connection, request: Request) -> None:
        if self._over is None:
            return
        self._connections += 1
        self._numbers[connection] = self._connections
        number, uri = self._connections, connection.uri
        self._put(lambda: Connects(self.number, number, connection.id, uri, plain_scope(request)))

    def connected(self, connection: Connection) -> None:
        self._about(connection, lambda number: Connected(self.number, number))

    def refused(self, connection: Connection, error: Exception) -> None:
        reason = shorten_reason(self._answers.close_reason(error))
        self._about(connection, lambda number: WasRefused(self.number, number, reason))
        self._numbers.pop(connection, None)

    def happened(self, connection: Connection, event: Event) -> None:
        self._about(connection, lambda number: self._event(number, event))
        if not isinstance(event, MessageEvent):
            self._numbers.pop(connection, None)

    def _event(self, number: int, event: Event) -> RoomRecord:
        match event:
            case MessageEvent(data):
                return Came(self.number, number, plain(data))
            case CloseEvent(code, reason, was_clean):
                return Ended(self.number, number, code, reason, was_clean, broken=False)
            case ErrorEvent(ProtocolError() as error):
                return Ended(self.number, number, error.code, error.reason, was_clean=False, broken=True)
            case ErrorEvent():
                raise ValueError("an error that is no protocol error")

    def sent(self, socket: Socket, message: Data) -> None:
        self._about(socket, lambda number: Sent(self.number, number, plain(message)))

    def closed(self, socket: Socket, code: int | None, reason: str) -> None:
        self._about(socket, lambda number: ClosedHere(self.number, number, code, str(reason)))

    def asked(self, request: Request) -> Answered:
        self._requests += 1
        number = self._requests
        self._put(lambda: Asked(self.number, number, plain_scope(request)))
        if self._over is not None:
            watch_body(request, self._reader(number))

        def answered(outcome: Response | Exception) -> None:
            response = outcome if isinstance(outcome, Response) else self._answers.room_response(outcome)
            self._put(lambda: replied(self.number, number, response))

        return answered

    def _reader(self, number: int) -> Callable[[bytes, bool], None]:
        length = 0

        def read(data: bytes, more: bool) -> None:
            nonlocal length
            length += len(data)
            if length > LARGEST_BODY:
                self.ends("a request's body is too long")
            else:
                self._put(lambda: Body(self.number, number, bytes(data), more))

        return read

    def rang(self) -> None:
        self._put(lambda: Rang(self.number))

    def fetched(self, party: str, room_id: str, request: httpx.Request, response: httpx.Response) -> None:
        self._put(
            lambda: Fetched(
                self.number,
                fetch_key(party, room_id, request.method, request.url.raw_path, request.content),
                response.status_code,
                tuple(response.headers.raw),
                response.content,
            )
        )

    def listed(self, party: str, ids: KeyRange, rooms: Sequence[ListedRoom]) -> None:
        self._put(
            lambda: Fetched(
                self.number,
                list_key(party, ids),
                200,
                (),
                json.dumps([astuple(room) for room in rooms]).encode(),
            )
        )

    def opens(self, party: str, room_id: str, request: Request) -> SocketFeed:
        self._sockets += 1
        number = self._sockets
        self._put(lambda: SocketOpened(self.number, number, socket_key(party, room_id, request)))
        return SocketFeed(self.number, number, self._put)

    def idles(self) -> None:
        self._put(lambda: Idles(self.number))

    def rests(self, *, gone: bool) -> None:
        self._put(lambda: Rests(self.number, gone))

    def _about(self, socket: Socket, record: Callable[[int], RoomRecord]) -> None:
        number = self._numbers.get(socket)
        if number is not None:
            self._put(lambda: record(number))

    def _put(self, record: Callable[[], RoomRecord]) -> None:
        """Pass on a record; an error here must not reach the room."""
        if self._over is None:
            return
        try:
            taken = self._put_record(record())
        except Exception as error:
            logger.error("a shadow ends: what a room does cannot be recorded", exc_info=error)
            self.ends("what it does cannot be recorded")
        else:
            if not taken:
                self.ends("its shadow fell behind")


class SocketFeed:
    """A `SocketTap` that passes on what happens on a socket to another room."""

    def __init__(self, room: int, number: int, put: Callable[[Callable[[], RoomRecord]], None]) -> None:
        self._room = room
        self._number = number
        self._put = put
        self._closed = False

    def sent(self, socket: Socket, message: Data) -> None:
        self._put(lambda: SocketSent(self._room, self._number, plain(message)))

    def closed(self, socket: Socket, code: int | None, reason: str) -> None:
        self._closed = True
        self._put(lambda: SocketClosed(self._room, self._number, code, str(reason)))

    def got(self, event: Event) -> None:
        match event:
            case MessageEvent(data):
                self._put(lambda: SocketGot(self._room, self._number, plain(data)))
            case CloseEvent(code, reason) if not self._closed:
                self._put(lambda: SocketEnded(self._room, self._number, code, reason))


def plain(message: Data) -> Data:
    """A message as plain `str` or `bytes`, not a subclass of the user's that the other process lacks."""
    return str(message) if isinstance(message, str) else bytes(message)


def plain_scope(request: Request) -> Scope:
    """The parts of a request's scope that the shadow needs."""
    scope = request.scope
    kept = {key: scope[key] for key in _SCOPE_KEYS if key in scope}
    kept["headers"] = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
    for key in ("server", "client"):
        if kept.get(key) is not None:
            kept[key] = tuple(kept[key])
    return kept


def replied(room: int, number: int, response: Response) -> Replied:
    """The record of an answer."""
    # A subclass with a __call__ of its own, such as StreamingResponse, has no body to read.
    ready = type(response).__call__ is Response.__call__
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
    return Replied(room, number, response.status_code, headers, bytes(response.body) if ready else None)


def fetch_key(party: str, room_id: str, method: str, raw_path: bytes, body: bytes) -> FetchKey:
    """The key of a request to another room."""
    return FetchKey(party, room_id, method, raw_path.decode("latin-1"), body)


def list_key(party: str, ids: KeyRange) -> FetchKey:
    """The key of the question which rooms a party has; its answer is recorded as that to a request."""
    text = f"rooms(prefix={ids.prefix!r}, start_after={ids.after!r}, limit={ids.limit})"
    return FetchKey(party, "*", "LIST", text, b"")


def socket_key(party: str, room_id: str, request: Request) -> FetchKey:
    """The key of a socket to another room."""
    return fetch_key(party, room_id, "SOCKET", path_and_query(request), b"")


def path_and_query(request: Request) -> bytes:
    """The path and query of a request that a stub made."""
    query: bytes = request.scope["query_string"]
    path: bytes = request.scope["raw_path"]
    return path + (b"?" + query if query else b"")

"""Other rooms, as seen by a shadow's room: they answer what they answered the other form.

A shadow must not reach real rooms, which would get each request twice.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from partyserver import Connection, ListedRoom
from partyserver.background import Watch
from partyserver.events import CloseEvent, Event, MessageEvent
from partyserver.responses import ErrorAnswers
from partyserver.storage import KeyRange, MemoryStorage
from partyserver.stubs import Switchboard
from partyserver.wire import NO_STATUS
from pkcompat.shadow.feed import fetch_key, list_key, path_and_query, socket_key
from pkcompat.shadow.records import (
    Fetched,
    FetchKey,
    SocketClosed,
    SocketEnded,
    SocketGot,
    SocketOpened,
    SocketSent,
)
from pkcompat.shadow.streams import Deed, Request, closed
from pkcompat.traffic import Closed, Message

T = TypeVar("T")

OutsideRecord = Fetched | SocketOpened | SocketSent | SocketClosed | SocketGot | SocketEnded

_OVER_SOCKET = "what is sent over a socket to another room"


class Outside(Protocol):
    """What stubs of other rooms need from a shadow's room."""

    def ask(self, key: FetchKey) -> Awaitable[Fetched]:
        """Wait for the recorded answer to a request."""

    def open(self, key: FetchKey, connection: Connection) -> Awaitable[None]:
        """Wait for the record of a socket, and feed its messages to the connection, its other end."""

    def came_over(self, connection: Connection, event: Event) -> None:
        """The shadow sent something over a socket, or closed it."""


class Recorded(Generic[T]):
    """Answers of other rooms, by request; each is used once, in order.

    Either form may be first: an answer may be recorded before the shadow asks for it, or after.
    """

    def __init__(self) -> None:
        self._given: dict[
            FetchKey, deque[asyncio.Future[T]]
        ] = {}  # answers that the shadow has not asked for
        self._asked: dict[FetchKey, deque[asyncio.Future[T]]] = {}  # requests without an answer yet

    def give(self, key: FetchKey, value: T) -> None:
        """Record an answer."""
        future = self._first(self._asked, key) or self._later(self._given, key)
        if not future.done():  # the handler that asked may have been cancelled
            future.set_result(value)

    def ask(self, key: FetchKey) -> Awaitable[T]:
        """Wait for the answer to a request."""
        return self._first(self._given, key) or self._later(self._asked, key)

    def _first(
        self, waiting: dict[FetchKey, deque[asyncio.Future[T]]], key: FetchKey
    ) -> asyncio.Future[T] | None:
        futures = waiting.get(key)
        if futures is None:
            return None
        first = futures.popleft()
        if not futures:
            del waiting[key]
        return first

    def _later(self, waiting: dict[FetchKey, deque[asyncio.Future[T]]], key: FetchKey) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        waiting.setdefault(key, deque()).append(future)
        return future


Did = Callable[[object, str, Deed], None]
"""Called with the key of a stream, its name in words, and what was done."""


class RecordedOutside:
    """Other rooms, as the answering form saw them.

    Args:
        primary: called with what the answering form did.
        shadow: called with what the shadow did.
    """

    def __init__(self, primary: Did, shadow: Did) -> None:
        self._primary = primary
        self._shadow = shadow
        self._fetched: Recorded[Fetched] = Recorded()
        self._opened: Recorded[SocketOpened] = Recorded()
        self._sockets: dict[int, Connection] = {}
        self._early: dict[int, list[SocketGot | SocketEnded]] = {}  # events of sockets still being opened

    @property
    def has_sockets(self) -> bool:
        """Whether the shadow has sockets to other rooms, which keep it awake."""
        return bool(self._sockets)

    # What the answering form did and got

    def take(self, record: OutsideRecord) -> None:
        """Take a record."""
        match record:
            case Fetched(_, key):
                self._fetched.give(key, record)
                self._primary(key, f"a request to another room, {key}", Request())
            case SocketOpened(_, _, key):
                self._opened.give(key, record)
                self._primary(key, f"a socket to another room, {key}", Request())
            case SocketSent(_, number, data):
                self._primary(("socket", number), _OVER_SOCKET, Message(data))
            case SocketClosed(_, number, code, reason):
                self._primary(("socket", number), _OVER_SOCKET, closed(code, reason))
            case SocketGot(_, number) | SocketEnded(_, number):
                self._give(number, record)

    def _give(self, number: int, record: SocketGot | SocketEnded) -> None:
        connection = self._sockets.get(number)
        if connection is None:
            self._early.setdefault(number, []).append(record)
        elif isinstance(record, SocketGot):
            connection.send(record.data)
        else:
            del self._sockets[number]  # first, so that the close does not count as the shadow's
            code = None if record.code == NO_STATUS else record.code
            connection.close(code, record.reason if code is not None else "")

    # What the shadow does

    async def ask(self, key: FetchKey) -> Fetched:
        self._shadow(key, f"a request to another room, {key}", Request())
        return await self._fetched.ask(key)

    async def open(self, key: FetchKey, connection: Connection) -> None:
        self._shadow(key, f"a socket to another room, {key}", Request())
        number = (await self._opened.ask(key)).socket
        self._sockets[number] = connection
        for record in self._early.pop(number, ()):
            self._give(number, record)

    def came_over(self, connection: Connection, event: Event) -> None:
        number = next((number for number, known in self._sockets.items() if known is connection), None)
        if number is None:
            return
        if isinstance(event, MessageEvent):
            self._shadow(("socket", number), _OVER_SOCKET, Message(event.data))
        elif isinstance(event, CloseEvent):
            del self._sockets[number]
            self._shadow(("socket", number), _OVER_SOCKET, Closed(event.code, event.reason))


class RecordedRoom:
    """A `ReachableRoom` that answers a shadow what the real room answered the other form."""

    is_settled = True

    def __init__(self, party: str, room_id: str, outside: Outside) -> None:
        self.party_name = party
        self.room_id = room_id
        self._outside = outside

    async def request(self, request: HttpRequest) -> Response:
        path, body = path_and_query(request), await request.body()
        key = fetch_key(self.party_name, self.room_id, request.method, path, body)
        fetched = await self._outside.ask(key)
        response = Response(fetched.body, fetched.status)
        response.raw_headers = list(fetched.headers)
        return response

    async def connect(self, connection: Connection, request: HttpRequest) -> RecordedRoom:
        await self._outside.open(socket_key(self.party_name, self.room_id, request), connection)
        return self

    def dispatch(self, connection: Connection, event: Event) -> None:
        self._outside.came_over(connection, event)


def recorded_switchboard(outside: Outside, watch: Watch) -> Switchboard:
    """Make stubs whose rooms answer what was recorded.

    Args:
        outside: has the records.
        watch: runs the awaitables that the caller does not await.
    """

    async def list_rooms(party: str, ids: KeyRange) -> list[ListedRoom]:
        recorded = await outside.ask(list_key(party, ids))
        return [ListedRoom(*fields) for fields in json.loads(recorded.body)]

    return Switchboard(
        lambda party, room_id: RecordedRoom(party, room_id, outside),
        list_rooms,
        ErrorAnswers(debug=False),
        watch,
        MemoryStorage(),
    )

"""What a shadow's room finds of other rooms: what the form which answers got from them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from partyserver import Connection
from partyserver.background import Watch
from partyserver.events import Event
from partyserver.memory_storage import MemoryStorage
from partyserver.responses import ErrorAnswers
from partyserver.room_runner import RoomRunner
from partyserver.stubs import Switchboard
from pkcompat.shadow_feed import fetch_key, socket_key
from pkcompat.shadow_records import Fetched, FetchKey

T = TypeVar("T")


class Outside(Protocol):
    """What stubs of other rooms ask of a shadow's room."""

    def ask(self, key: FetchKey) -> Awaitable[Fetched]:
        """The answer to a request, once it is known."""

    def open(self, key: FetchKey, connection: Connection) -> Awaitable[None]:
        """A socket, once it is known what came over it; the connection is its other end."""

    def came_over(self, connection: Connection, event: Event) -> None:
        """The shadow sent something over a socket, or it has ended."""


class Recorded(Generic[T]):
    """What other rooms gave, by what they were asked; each is given once, in order."""

    def __init__(self) -> None:
        self._given: dict[FetchKey, deque[asyncio.Future[T]]] = {}
        self._asked: dict[FetchKey, deque[asyncio.Future[T]]] = {}

    def give(self, key: FetchKey, value: T) -> None:
        """It is known what was given."""
        future = self._first(self._asked, key) or self._later(self._given, key)
        if not future.done():  # who asked may have been cancelled
            future.set_result(value)

    def ask(self, key: FetchKey) -> Awaitable[T]:
        """What was given, once it is known."""
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


class RecordedRoom(RoomRunner):
    """Another room, as a shadow finds it: it answers what it answered the other form."""

    def __init__(self, party: str, room_id: str, outside: Outside) -> None:
        self.room_id = room_id
        self._party_name = party
        self._outside = outside

    async def request(self, request: Request) -> Response:
        query = request.scope["query_string"]
        path = request.scope["raw_path"] + (b"?" + query if query else b"")
        body = await request.body()
        key = fetch_key(self._party_name, self.room_id, request.method, path, body)
        fetched = await self._outside.ask(key)
        response = Response(fetched.body, fetched.status)
        response.raw_headers = list(fetched.headers)
        return response

    async def connect(self, connection: Connection, request: Request) -> None:
        await self._outside.open(socket_key(self._party_name, self.room_id, request), connection)

    def deliver(self, connection: Connection, event: Event) -> None:
        self._outside.came_over(connection, event)


def recorded_switchboard(outside: Outside, watch: Watch) -> Switchboard:
    """Stubs whose rooms give what was recorded.

    Args:
        outside: knows what was.
        watch: runs what nobody awaits.
    """
    return Switchboard(
        lambda party, room_id: RecordedRoom(party, room_id, outside),
        ErrorAnswers(debug=False),
        watch,
        MemoryStorage(),
    )

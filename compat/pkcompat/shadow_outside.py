"""What a shadow's room finds of other rooms: the answers that the form which answers got from them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from partyserver import Connection
from partyserver.background import Watch
from partyserver.events import Event
from partyserver.exceptions import StubError
from partyserver.memory_storage import MemoryStorage
from partyserver.responses import ErrorAnswers
from partyserver.room_runner import RoomRunner
from partyserver.stubs import Switchboard
from pkcompat.shadow_feed import fetch_key
from pkcompat.shadow_records import Fetched, FetchKey


class RecordedAnswers:
    """The answers of other rooms, by what they were asked; each is given once, in order."""

    def __init__(self) -> None:
        self._answers: dict[FetchKey, deque[asyncio.Future[Fetched]]] = {}
        self._asked: dict[FetchKey, deque[asyncio.Future[Fetched]]] = {}

    def give(self, fetched: Fetched) -> None:
        """An answer has come."""
        asked = self._asked.get(fetched.key)
        if asked:
            asked.popleft().set_result(fetched)
            return
        answer: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
        answer.set_result(fetched)
        self._answers.setdefault(fetched.key, deque()).append(answer)

    def ask(self, key: FetchKey) -> Awaitable[Fetched]:
        """The answer to a request, once it has come."""
        answers = self._answers.get(key)
        if answers:
            answer = answers.popleft()
            if not answers:
                del self._answers[key]
            return answer
        future: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(key, deque()).append(future)
        return future


class RecordedRoom(RoomRunner):
    """Another room, as a shadow finds it: it answers what it answered the other form."""

    def __init__(
        self,
        party: str,
        room_id: str,
        asks: Callable[[FetchKey], Awaitable[Fetched]],
    ) -> None:
        self.room_id = room_id
        self._party_name = party
        self._asks = asks

    async def request(self, request: Request) -> Response:
        query = request.scope["query_string"]
        path = request.scope["raw_path"] + (b"?" + query if query else b"")
        body = await request.body()
        fetched = await self._asks(fetch_key(self._party_name, self.room_id, request.method, path, body))
        response = Response(fetched.body, fetched.status)
        response.raw_headers = list(fetched.headers)
        return response

    async def connect(self, connection: Connection, request: Request) -> None:
        raise StubError("a shadow opens no sockets to other rooms")

    def deliver(self, connection: Connection, event: Event) -> None:
        """Nothing: no connection was made."""


def recorded_switchboard(asks: Callable[[FetchKey], Awaitable[Fetched]], watch: Watch) -> Switchboard:
    """Stubs whose rooms answer what was recorded.

    Args:
        asks: gives the answer to a request.
        watch: runs what nobody awaits.
    """
    return Switchboard(
        lambda party, room_id: RecordedRoom(party, room_id, asks),
        ErrorAnswers(debug=False),
        watch,
        MemoryStorage(),
    )

"""Stubs: reaching another room of the same host, without the network."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpx
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from partyserver.background import Watch
from partyserver.connection import Connection
from partyserver.events import Event, MessageEvent
from partyserver.exceptions import StartError, StubError, UnknownPartyError
from partyserver.paths import encode_room_id, room_path
from partyserver.requests import connection_id_of, request_uri
from partyserver.responses import ErrorAnswers
from partyserver.rooms import (
    MOST_LISTED,
    ListedRoom,
    ReachableRoom,
    Rejection,
    admit,
    keep_current_room_awake,
    respond,
    room_in,
    tap_of_current_room,
)
from partyserver.storage import CommitGate, KeyRange, StorageBackend, send_response, until_committed
from partyserver.stubs.request import StubExchange, stub_scope
from partyserver.stubs.socket import ClientWire, RoomWire, StubSocket
from partyserver.stubs.unheard import Unheard
from partyserver.unknown_attributes import attribute_refusal
from partyserver.wire import TOO_SLOW, shorten_reason

OpenRoom = Callable[[str, str], ReachableRoom]

ListRooms = Callable[[str, KeyRange], Awaitable[list[ListedRoom]]]

DEEPEST_FETCH = 32
"""How many stubs' requests may be answered by way of one another; Cloudflare bounds its own likewise."""

_fetches_around: ContextVar[int] = ContextVar("fetches_around", default=0)


class Switchboard:
    """What stubs need of their host.

    Attributes:
        origin: scheme and authority of the URLs that rooms see; those of the host's first request.
        storage: where rooms write what holds back what goes from room to room.
        max_queue: see `Limits.max_queue`.
    """

    def __init__(
        self,
        open_room: OpenRoom,
        list_rooms: ListRooms,
        answers: ErrorAnswers,
        watch: Watch,
        storage: StorageBackend,
        max_queue: int = 0,
    ) -> None:
        self.origin = "http://localhost"
        self._origin_known = False
        self.open_room = open_room
        self.list_rooms = list_rooms
        self.answers = answers
        self.watch = watch
        self.storage = storage
        self.max_queue = max_queue

    def gate_of_caller(self) -> CommitGate:
        """What holds back what the handler that is running sends."""
        room = room_in()
        if room is None or room.room_id is None:
            return self.storage
        return self.storage.gate(room.party_name, room.room_id)

    def seen(self, request: Request) -> None:
        """Take the host's origin from its first request, as PartyKit does."""
        if not self._origin_known:
            self._origin_known = True
            self.origin = f"{request.url.scheme}://{request.url.netloc or 'localhost'}"


class RoomStub:
    """A room of this host, seen from outside; the `on_before_*` hooks are not run for it."""

    def __init__(self, party: str, room_id: str, switchboard: Switchboard) -> None:
        self._party = party
        self._room_id = encode_room_id(room_id)
        self._switchboard = switchboard

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("the stub")

    async def fetch(
        self,
        path: str = "",
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: str | bytes | None = None,
        json: Any = None,
    ) -> httpx.Response:
        """Make a request to the room (recording `calls_party`).

        Args:
            path: what follows `/parties/<name>/<room-id>`; begins with a slash, may have a query.
            method: the HTTP method.
            headers: the request's headers.
            content: the request's body.
            json: a body to be encoded as JSON, instead of `content`.

        Returns:
            The room's answer, read to its end; an exception in its handler is a 500.

        Raises:
            StubError: the path does not begin with a slash, or rooms fetch each other without an end.
            StorageError: what was written before could not be committed.
        """
        request = httpx.Request(method, self._url(path), headers=headers, content=content, json=json)
        if isinstance(content, str):
            request.headers.setdefault("content-type", "text/plain;charset=UTF-8")
        await until_committed(self._switchboard.gate_of_caller())
        await request.aread()
        exchange = StubExchange(request)
        with self._one_deeper():
            await self._answer(exchange.scope, exchange.receive, exchange.send)
        response = exchange.response()
        if (tap := tap_of_current_room()) is not None:
            tap.fetched(self._party, self._room_id, request, response)
        return response

    @contextmanager
    def _one_deeper(self) -> Iterator[None]:
        depth = _fetches_around.get()
        if depth >= DEEPEST_FETCH:
            raise StubError(
                f"{depth} requests of stubs were waiting for one another, the last of them for "
                f"/parties/{self._party}/{self._room_id}: does a room fetch itself?"
            )
        token = _fetches_around.set(depth + 1)
        try:
            yield
        finally:
            _fetches_around.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        room = self._switchboard.open_room(self._party, self._room_id)
        response = await respond(room, request, self._switchboard.answers)
        await send_response(response, scope, receive, send, self._gate)

    async def socket(self, path: str = "", *, headers: Mapping[str, str] | None = None) -> StubSocket:
        """Connect to the room.

        Args:
            path: what follows `/parties/<name>/<room-id>`; begins with a slash; a query may hold `_pk`, the
                connection's id.
            headers: headers of the handshake, for `ctx.request`.

        Returns:
            The client's end; what the room sends waits for its first listener. Where `on_connect` fails it
            gets the close event 1011 that a client gets. The room whose handler opens it neither hibernates
            nor is dropped before it is closed, as on Durable Objects.

        Raises:
            StubError: the path does not begin with a slash, or the room cannot be started.
            StorageError: what was written before could not be committed.
        """
        url = httpx.URL(self._url(path))
        request = Request(_handshake_scope(url, httpx.Headers(headers)))
        gate_of_caller = self._switchboard.gate_of_caller()
        await until_committed(gate_of_caller)
        # Not before the wait, during which the room may be dropped.
        room = self._switchboard.open_room(self._party, self._room_id)

        def dispatch(event: Event) -> None:
            if not isinstance(admitted, Rejection):
                admitted.dispatch(connection, event)

        wire = RoomWire(self._gate, dispatch)
        connection = Connection(connection_id_of(request), request_uri(request), wire)
        client_wire = ClientWire(
            gate_of_caller, wire, lambda message: dispatch(MessageEvent(message)), dispatch
        )
        try:
            admitted = await admit(room, connection, request, self._switchboard.answers)
        except StartError as error:
            raise StubError(f"{request.url.path} cannot be reached: {error}") from error
        if isinstance(admitted, Rejection):
            wire.reject(admitted.code, shorten_reason(admitted.reason))
        client = StubSocket(
            client_wire,
            self._switchboard.watch,
            keep_current_room_awake(),
            Unheard(
                self._switchboard.max_queue,
                f"the stub of connection {connection.id!r} of {self._party}/{self._room_id}",
                lambda: wire.fail(*TOO_SLOW),
            ),
        )
        if (tap := tap_of_current_room()) is not None:
            client.report_to(tap.opens(self._party, self._room_id, request))
        wire.connect(client)
        return client

    @property
    def _gate(self) -> CommitGate:
        return self._switchboard.storage.gate(self._party, self._room_id)

    def _url(self, path: str) -> str:
        if path and not path.startswith("/"):
            raise StubError(f"Path must start with /, got {path!r}")
        return self._switchboard.origin + room_path(self._party, self._room_id) + path


class PartyStubs:
    """The rooms of one party, as stubs."""

    def __init__(self, party: str, switchboard: Switchboard) -> None:
        self._party = party
        self._switchboard = switchboard

    def get(self, room_id: str) -> RoomStub:
        """The stub of a room, whether or not it was used before.

        Args:
            room_id: the room's name; what a path cannot hold is percent-encoded.

        Raises:
            TypeError: it is no string.
            ValueError: it is empty.
        """
        if not isinstance(room_id, str):
            raise TypeError(f"a room id is a str, got {type(room_id).__name__}")
        if not room_id:
            raise ValueError("a room id must not be empty")
        return RoomStub(self._party, room_id, self._switchboard)

    async def rooms(
        self, prefix: str = "", start_after: str | None = None, limit: int = 100
    ) -> list[ListedRoom]:
        """The party's rooms: those in memory, and those with stored values or an alarm; in a cluster those of
        every node. PartyKit has no such call.

        Args:
            prefix: only rooms whose id begins with it.
            start_after: only rooms behind this one: the last id of the page before.
            limit: how many at most, 1 to 1,000.

        Returns:
            The rooms in order of id (by code point). One that comes or goes meanwhile may be there or not.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: the limit is out of range.
            StorageError: the stored rooms cannot be read, or what was written before could not be committed.
        """
        ids = _id_range(prefix, start_after, limit)
        await until_committed(self._switchboard.gate_of_caller())
        rooms = await self._switchboard.list_rooms(self._party, ids)
        if (tap := tap_of_current_room()) is not None:
            tap.listed(self._party, ids, rooms)
        return rooms


class Parties(Mapping[str, PartyStubs]):
    """The parties of a host by name: `room.context.parties["name"].get("room-id")` is a stub."""

    def __init__(self, names: Iterable[str], switchboard: Switchboard) -> None:
        self._stubs = {name: PartyStubs(name, switchboard) for name in names}

    def __getitem__(self, name: str) -> PartyStubs:
        """A party's stubs.

        Raises:
            UnknownPartyError: a `KeyError` that names the nearest party there is.
        """
        try:
            return self._stubs[name]
        except KeyError:
            near = difflib.get_close_matches(str(name), self._stubs, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self._stubs)}"
            raise UnknownPartyError(f"no party {name!r} on this host; {hint}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._stubs)

    def __len__(self) -> int:
        return len(self._stubs)


def _id_range(prefix: str, start_after: str | None, limit: int) -> KeyRange:
    for name, value in (("prefix", prefix), ("start_after", start_after or "")):
        if not isinstance(value, str):
            raise TypeError(f"rooms({name}=...) takes a str, got {type(value).__name__}")
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"rooms(limit=...) takes an int, got {type(limit).__name__}")
    if not 1 <= limit <= MOST_LISTED:
        raise ValueError(
            f"rooms(limit=...) takes 1 to {MOST_LISTED:,}, got {limit}; "
            "for more rooms call it again with start_after= the last id"
        )
    after = None if start_after is None else encode_room_id(start_after)
    return KeyRange(after=after, prefix=encode_room_id(prefix), limit=limit)


def _handshake_scope(url: httpx.URL, headers: httpx.Headers) -> Scope:
    own = [(b"host", url.netloc), (b"upgrade", b"websocket"), (b"connection", b"Upgrade")]
    others = [(name, value) for name, value in headers.raw if name.lower() not in dict(own)]
    return stub_scope("GET", url, [*own, *others])

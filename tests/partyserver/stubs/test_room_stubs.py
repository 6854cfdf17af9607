"""Stubs of other rooms: `fetch`, `socket`, errors, missing parties."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.partyserver.fake_clock import FakeClock
from tests.partyserver.in_process import Server, settle, until

from partyserver import (
    CloseEvent,
    Connection,
    ConnectionContext,
    ExecutionContext,
    Lobby,
    MemoryStorage,
    PartyServer,
    Request,
    Response,
    RoomStub,
    ServerOptions,
    SqliteStorage,
    StorageBackend,
    StorageError,
    StubError,
    StubSocket,
    UnknownPartyError,
)
from partyserver.storage import Alarm, Changes


class Other(PartyServer):
    """Tells what it was asked."""

    @staticmethod
    def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        return Response("the hook ran", 400)

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send(f"welcome {connection.id} {ctx.request.query_params.get('x')}")
        if connection.id == "bad":
            raise LookupError("no room for bad")

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "close":
            sender.close(4000, "bye")
        else:
            sender.send(message)

    def on_close(self, connection: Connection) -> None:
        self.room.closed = getattr(self.room, "closed", 0) + 1  # type: ignore[attr-defined]

    async def on_request(self, request: Request) -> Response:
        if request.method == "PUT":
            raise LookupError("exploded")
        text = (
            f"{self.room.id} {request.method} {request.url.path} {request.url.query} {await request.json()}"
        )
        return Response(text, 201, {"x-own": request.headers["x-own"]})


class Silent(PartyServer):
    """Has no handlers."""


class Main(PartyServer):
    """Passes on what a stub answered."""

    async def on_request(self, request: Request) -> httpx.Response:
        stub = self.room.context.parties["other"].get("den")
        return await stub.fetch("/deep/path?q=1", method="POST", headers={"x-own": "1"}, json=[1])


class OtherPartyNames(Server):
    """A host with the three parties."""

    def __init__(self) -> None:
        super().__init__(Main, Other, Silent)

    def stub(self, party: str, room_id: str = "den") -> RoomStub:
        return self.host._services.room_context.parties[party].get(room_id)


@pytest.fixture
def server() -> OtherPartyNames:
    return OtherPartyNames()


async def test_a_handler_may_return_what_a_stub_answered(server: OtherPartyNames) -> None:
    answer = await server.http("GET", "/party/room")
    assert answer.status_code == 201
    assert answer.text == "den POST /parties/other/den/deep/path q=1 [1]"
    assert answer.headers["x-own"] == "1"


async def test_an_error_in_the_other_room_is_its_500(server: OtherPartyNames) -> None:
    answer = await server.stub("other").fetch(method="PUT")
    assert (answer.status_code, answer.text) == (500, "exploded")


async def test_a_room_without_on_request(server: OtherPartyNames) -> None:
    answer = await server.stub("silent").fetch()
    assert (answer.status_code, answer.text) == (500, "Invalid onRequest handler")


async def test_a_path_begins_with_a_slash(server: OtherPartyNames) -> None:
    with pytest.raises(StubError, match="start with /"):
        await server.stub("other").fetch("deep")
    with pytest.raises(StubError, match="start with /"):
        await server.stub("other").socket("deep")


def test_parties_that_there_are_not(server: OtherPartyNames) -> None:
    with pytest.raises(UnknownPartyError, match="did you mean 'other'"):
        server.stub("othr")
    with pytest.raises(KeyError, match="there are: main, other, silent"):
        server.stub("xyz")
    assert "xyz" not in server.host._services.room_context.parties


@pytest.mark.parametrize(("name", "error"), [("", ValueError), (5, TypeError), (None, TypeError)])
def test_rooms_that_cannot_be(server: OtherPartyNames, name: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        server.stub("other", name)


def events_of(socket: StubSocket) -> list[Any]:
    events: list[Any] = []
    socket.add_event_listener("message", lambda event: events.append(event.data))
    socket.add_event_listener("close", events.append)
    return events


async def test_a_socket_to_another_room(server: OtherPartyNames) -> None:
    socket = await server.stub("other").socket("/?_pk=s&x=7")
    await settle()
    events = events_of(socket)  # what came before the first listener waits for it
    socket.send("one")
    socket.send(b"\x02")
    await settle()
    assert events == ["welcome s 7", "one", b"\x02"]
    socket.close(4001, "done")
    await settle()
    assert events[3:] == [CloseEvent(4001, "done")]
    assert server.room("den", "other")._instance.server.room.closed == 1  # type: ignore[union-attr]


async def test_a_room_closes_a_stubs_socket(server: OtherPartyNames) -> None:
    socket = await server.stub("other").socket()
    events = events_of(socket)
    socket.send("close")
    await settle()
    assert events[1:] == [CloseEvent(4000, "bye")]
    assert server.room("den", "other")._instance.server.room.closed == 1  # type: ignore[union-attr]
    await socket.send("late")
    assert len(events) == 2


async def test_a_socket_that_the_room_refuses_closes_with_1011_and_nothing_else(
    server: OtherPartyNames,
) -> None:
    socket = await server.stub("other").socket("/?_pk=bad")
    events = events_of(socket)
    await settle()
    assert events == [CloseEvent(1011, "no room for bad")]


async def test_a_room_stays_awake_while_it_has_a_socket_to_another() -> None:
    class Relay(PartyServer):
        options = ServerOptions(hibernate=True)

        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            if message == "open":
                self.upstream = await self.room.context.parties["other"].get("den").socket()
            else:
                self.upstream.close()

    server = Server(Relay, Other, idle_timeout=0.02)
    room = server.room()
    a = await server.connect("a")
    a.send("open")
    await asyncio.sleep(0.1)  # several times the timeout
    assert room._instance.server is not None
    a.send("close")
    await until(lambda: room._instance.server is None)


async def test_a_room_may_fetch_itself() -> None:
    class Selfish(PartyServer):
        async def on_request(self, request: Request) -> Response:
            if request.url.path.endswith("/inner"):
                return Response("inner")
            answer = await self.room.context.parties["main"].get(self.room.id).fetch("/inner")
            return Response("outer " + answer.text)

    answer = await asyncio.wait_for(Server(Selfish).http("GET", "/party/a%20b"), 5)
    assert answer.text == "outer inner"


async def test_rooms_that_fetch_each_other_without_an_end_get_an_error() -> None:
    """Cloudflare bounds the depth as well. Python's stack would else, nobody can foresee where."""
    failures: list[str] = []

    class Endless(PartyServer):
        async def on_request(self, request: Request) -> Response:
            other = "b" if self.room.id == "a" else "a"
            try:
                await self.room.context.parties["main"].get(other).fetch()
            except StubError as error:
                failures.append(str(error))
            return Response("back")

    server = Server(Endless)
    answers = [await asyncio.wait_for(server.http("GET", "/party/a"), 5) for _ in range(2)]
    assert [answer.text for answer in answers] == ["back", "back"]
    assert (
        failures
        == [
            "32 requests of stubs were waiting for one another, the last of them for /parties/main/b: "
            "does a room fetch itself?"
        ]
        * 2
    )


class Counted(PartyServer):
    """Keeps a value where a client says so, and lists the rooms of its party."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put("key", message)


async def ids(server: Server, **arguments: Any) -> list[str]:
    parties = server.host._services.room_context.parties
    return [room.id for room in await parties["main"].rooms(**arguments)]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_the_rooms_of_a_party_are_those_in_memory_and_those_stored(kind: str, tmp_path: Path) -> None:
    storage = MemoryStorage() if kind == "memory" else SqliteStorage(tmp_path / "rooms.sqlite")
    for party, room, changes in [
        ("main", "stored", Changes({"a": b"1", "b": b"2"})),
        ("main", "a-stored", Changes({"a": b"1"})),
        ("main", "alarm", Changes(alarm=Alarm.at(2**50))),
        ("main", "b%20b", Changes({"a": b"1"})),
        ("mains", "other", Changes({"a": b"1"})),
    ]:
        storage.room(party, room).apply(changes)
    clock = FakeClock()
    server = Server(Counted, Other, storage=storage, clock=clock)
    client = await server.connect("c1", "live")
    await server.connect("c2", "stored")
    await server.connect("c3", "stored")
    client.send("x")
    everything = ["a-stored", "alarm", "b%20b", "live", "stored"]
    assert await ids(server) == everything
    assert await ids(server, prefix="a") == ["a-stored", "alarm"]
    assert await ids(server, prefix="b b") == ["b%20b"]
    assert await ids(server, start_after="b b", limit=1) == ["live"]
    assert await ids(server, prefix="s", start_after="live") == ["stored"]
    assert await ids(server, start_after="stored") == []
    paged: list[str] = []
    while page := await ids(server, start_after=paged[-1] if paged else None, limit=2):
        paged += page
    assert paged == everything
    rooms = await server.host._services.room_context.parties["main"].rooms()
    counts = {room.id: room.connections for room in rooms}
    assert counts == {"a-stored": 0, "alarm": 0, "b%20b": 0, "live": 1, "stored": 2}
    active = {room.id: room.last_active for room in rooms}
    assert active["alarm"] is None
    assert active["live"] is not None
    assert 0 <= clock.now() - active["live"] < 60_000
    storage.close()


async def test_a_list_of_rooms_of_a_foreign_backend_says_what_is_missing() -> None:
    class Own(MemoryStorage):
        rooms_of = StorageBackend.rooms_of

    with pytest.raises(StorageError, match="Own cannot list rooms; define `rooms_of`"):
        await ids(Server(Counted, storage=Own()))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"limit": 0}, ValueError, "takes 1 to 1,000, got 0; for more rooms"),
        ({"limit": 1_001}, ValueError, "got 1001"),
        ({"limit": "5"}, TypeError, "takes an int, got str"),
        ({"limit": True}, TypeError, "takes an int, got bool"),
        ({"prefix": None}, TypeError, r"rooms\(prefix=...\) takes a str, got NoneType"),
        ({"start_after": 7}, TypeError, r"rooms\(start_after=...\) takes a str, got int"),
    ],
)
async def test_wrong_arguments_of_a_list_of_rooms(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await ids(Server(Counted), **arguments)

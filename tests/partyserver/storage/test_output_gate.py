"""Nothing tells of a write that is not stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.responses import StreamingResponse
from tests.partyserver.in_process import AsgiSocket, Server, handshake, settle, until
from tests.partyserver.losing_storage import LosingStorage

from partyserver import (
    Connection,
    ConnectionContext,
    ExecutionContext,
    Lobby,
    MemoryStorage,
    PartyServer,
    Request,
    Response,
    SqliteStorage,
    StorageError,
)
from partyserver.storage.backend import Changes, Commit
from partyserver.storage.memory import MemoryRoomStore
from partyserver.storage.output_gate import Outbox


class HeldStorage(MemoryStorage):
    """Storage whose commits a test decides on."""

    def __init__(self) -> None:
        super().__init__()
        self.pending_commit: Commit | None = None

    def room(self, party: str, room_id: str) -> MemoryRoomStore:
        return HeldRoomStore(self, party, room_id)

    @property
    def pending(self) -> Commit | None:
        return self.pending_commit

    def wrote(self) -> None:
        if self.pending_commit is None:
            self.pending_commit = asyncio.get_running_loop().create_future()

    async def commit(self) -> None:
        assert self.pending_commit is not None
        commit, self.pending_commit = self.pending_commit, None
        commit.set_result(None)
        await settle()

    async def lose(self) -> None:
        assert self.pending_commit is not None
        commit, self.pending_commit = self.pending_commit, None
        commit.set_exception(StorageError("the commit failed: disk full"))
        commit.exception()
        await settle()


class HeldRoomStore(MemoryRoomStore):
    def __init__(self, storage: HeldStorage, party: str, room_id: str) -> None:
        super().__init__(storage._rooms, (party, room_id))
        self._storage = storage

    def apply(self, changes: Changes) -> None:
        super().apply(changes)
        self._storage.wrote()


@pytest.fixture
async def storage() -> HeldStorage:
    return HeldStorage()


class Teller(PartyServer):
    """Writes, and tells, in every way that there is."""

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if connection.id.startswith("writer"):
            await self.room.storage.put("connected", connection.id)
            connection.send("connected")

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message != "quiet":
            await self.room.storage.put("last", message)
        self.room.broadcast(f"stored {message!s}")

    async def on_request(self, request: Request) -> Response:
        await self.room.storage.put("last", request.method)
        if request.url.path.endswith("/later"):
            await asyncio.sleep(0.01)
        if request.url.path.endswith("/stream"):
            return StreamingResponse(self.pieces())
        return Response("stored")

    async def pieces(self) -> AsyncIterator[str]:
        yield "first "
        await self.room.storage.put("piece", 2)
        yield "second"

    @staticmethod
    async def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        stub = await lobby.parties["main"].get("room").socket()
        stub.send("from a hook")
        await settle()
        return Response("told the room")

    @staticmethod
    async def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request | Response:
        if not request.url.path.endswith("/refused"):
            return request
        stub = await lobby.parties["main"].get("room").socket()
        stub.send("from a hook")
        await settle()
        return Response("refused", 403)


async def connected(server: Server, name: str, room: str = "room") -> AsgiSocket:
    socket = AsgiSocket(server.host, f"/party/{room}?_pk={name}")
    await settle()
    assert socket.received == ["accept"]
    return socket


CLOSED = ("close", 1011, "Storage failed")


async def test_messages_and_broadcasts_wait_for_the_commit(storage: HeldStorage) -> None:
    server = Server(Teller, storage=storage)
    a, b = await connected(server, "a"), await connected(server, "b")
    a.send("one")
    await settle()
    assert (a.received, b.received) == ([], [])
    await storage.commit()
    assert (a.received, b.received) == (["stored one"], ["stored one"])


async def test_a_message_waits_for_what_was_written_before_it_and_not_for_what_comes_after(
    storage: HeldStorage,
) -> None:
    server = Server(Teller, storage=storage)
    a = await connected(server, "a")
    a.send("one")
    await settle()
    first, storage.pending_commit = storage.pending_commit, None
    a.send("two")
    await settle()
    assert first is not None
    first.set_result(None)
    await settle()
    assert a.received == ["stored one"]
    await storage.commit()
    assert a.received == ["stored two"]


async def test_a_lost_commit_closes_the_rooms_sockets_and_tells_nothing(storage: HeldStorage) -> None:
    server = Server(Teller, storage=storage)
    a, b, elsewhere = (
        await connected(server, "a"),
        await connected(server, "b"),
        await connected(server, "c", "elsewhere"),
    )
    a.send("one")
    await settle()
    await storage.lose()
    assert (a.received, b.received, elsewhere.received) == ([CLOSED], [CLOSED], [])
    await a.leave()
    await b.leave()
    elsewhere.send("quiet")
    await settle()
    assert elsewhere.received == ["stored quiet"]


async def test_another_rooms_message_of_the_same_turn_does_not_leave_either(storage: HeldStorage) -> None:
    server = Server(Teller, storage=storage)
    a, elsewhere = await connected(server, "a"), await connected(server, "c", "elsewhere")
    a.send("one")
    elsewhere.send("quiet")
    await settle()
    await storage.lose()
    assert (a.received, elsewhere.received) == ([CLOSED], [CLOSED])


async def test_on_connect_is_answered_after_its_commit(storage: HeldStorage) -> None:
    server = Server(Teller, storage=storage)
    a = AsgiSocket(server.host, "/party/room?_pk=writer")
    await settle()
    assert a.received == []
    await storage.commit()
    assert a.received == ["accept", "connected"]
    lost = AsgiSocket(server.host, "/party/room?_pk=writer2")
    await settle()
    await storage.lose()
    accept, (kind, code, _) = lost.received
    assert (accept, kind, code) == ("accept", "close", 1011)


async def test_a_room_whose_on_start_wrote_starts_once_that_is_committed(storage: HeldStorage) -> None:
    starts: list[object] = []

    class Starter(PartyServer):
        async def on_start(self) -> None:
            starts.append(await self.room.storage.get("starts"))
            await self.room.storage.put("starts", len(starts))

        def on_request(self, request: Request) -> Response:
            return Response("started")

    server = Server(Starter, storage=storage)
    lost = asyncio.ensure_future(server.http("GET", "/party/room"))
    await settle()
    await storage.lose()
    assert (await lost).status_code == 500
    answer = asyncio.ensure_future(server.http("GET", "/party/room"))
    await settle()
    assert not answer.done()
    await storage.commit()
    assert (await answer).text == "started"
    assert len(starts) == 2


@pytest.mark.parametrize("path", ["/party/room", "/party/room/later", "/hook", "/party/other/refused"])
async def test_an_answer_waits_for_the_commit(storage: HeldStorage, path: str) -> None:
    server = Server(Teller, storage=storage)
    answer = asyncio.ensure_future(server.http("GET", path))
    await until(lambda: storage.pending_commit is not None)
    await asyncio.sleep(0.02)
    assert not answer.done()
    await storage.commit()
    assert (await answer).text in ("stored", "told the room", "refused")


@pytest.mark.parametrize("path", ["/party/room", "/party/room/later", "/hook", "/party/other/refused"])
async def test_a_lost_commit_is_a_500(storage: HeldStorage, path: str) -> None:
    server = Server(Teller, storage=storage)
    answer = asyncio.ensure_future(server.http("GET", path))
    await until(lambda: storage.pending_commit is not None)
    for _ in range(2):
        await settle()  # the hook's own, which has begun, ends meanwhile: its answer waits for the commit
    await storage.lose()
    response = await answer
    assert (response.status_code, response.text) == (500, "the commit failed: disk full")


async def test_a_streamed_body_waits_for_what_was_written_on_the_way(storage: HeldStorage) -> None:
    server = Server(Teller, storage=storage)
    sent: list[str] = []

    async def send(message: object) -> None:
        sent.append(str(message))

    scope = handshake("/party/room/stream").scope
    answer = asyncio.ensure_future(server.host(scope, asyncio.Event().wait, send))  # type: ignore[arg-type]
    await settle()
    await storage.commit()
    assert "first" in sent[-1]
    await storage.commit()
    await answer
    assert "second" in "".join(sent)


async def test_a_streamed_body_stops_where_what_it_tells_of_was_lost(storage: HeldStorage) -> None:
    server = Server(Teller, storage=storage)
    sent: list[str] = []

    async def send(message: object) -> None:
        sent.append(str(message))

    scope = handshake("/party/room/stream").scope
    answer = asyncio.ensure_future(server.host(scope, asyncio.Event().wait, send))  # type: ignore[arg-type]
    await settle()
    await storage.commit()
    await storage.lose()
    with pytest.raises(StorageError):
        await answer
    assert "second" not in "".join(sent)


class Caller(PartyServer):
    """Writes, then goes to another room."""

    async def on_request(self, request: Request) -> Response:
        stub = self.room.context.parties["listener"].get("room")
        socket = await stub.socket("/?_pk=caller")
        socket.add_event_listener("message", lambda event: heard.append(event.data))
        socket.add_event_listener("close", lambda event: heard.append((event.code, event.reason)))
        await self.room.storage.put("called", True)
        if request.method == "POST":
            return Response((await stub.fetch(method="POST")).text)
        socket.send("called")
        return Response("sent")


class Listener(PartyServer):
    """Says what comes."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        heard.append(f"listener got {message!s}")
        await self.room.storage.put("last", message)
        sender.send("noted")

    async def on_close(self, connection: Connection) -> None:
        heard.append("listener lost it")

    async def on_request(self, request: Request) -> Response:
        heard.append(f"listener got {request.method}")
        return Response("hello")


heard: list[object] = []


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    heard.clear()


async def test_what_goes_to_another_room_waits_too(storage: HeldStorage) -> None:
    server = Server(Caller, Listener, storage=storage)
    answer = asyncio.ensure_future(server.http("GET", "/party/room"))
    await settle()
    assert heard == []
    await storage.commit()
    assert heard == ["listener got called"]
    await storage.commit()
    assert heard == ["listener got called", "noted"]
    assert (await answer).text == "sent"


async def test_a_request_to_another_room_waits_too(storage: HeldStorage) -> None:
    server = Server(Caller, Listener, storage=storage)
    answer = asyncio.ensure_future(server.http("POST", "/party/room"))
    await settle()
    assert heard == []
    await storage.commit()
    assert heard == ["listener got POST"]
    assert (await answer).text == "hello"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_was_lost_is_not_told_to_another_room(storage: HeldStorage, method: str) -> None:
    server = Server(Caller, Listener, storage=storage)
    answer = asyncio.ensure_future(server.http(method, "/party/room"))
    await settle()
    await storage.lose()
    assert (await answer).status_code == 500
    assert heard == (["listener lost it", (1011, "Storage failed")] if method == "GET" else [])


async def test_what_another_room_lost_is_not_told_to_the_caller(storage: HeldStorage) -> None:
    server = Server(Caller, Listener, storage=storage)
    answer = asyncio.ensure_future(server.http("GET", "/party/room"))
    await settle()
    await storage.commit()
    await storage.lose()
    await answer
    assert heard == ["listener got called", (1011, "Storage failed"), "listener lost it"]


async def test_an_outbox_keeps_its_order(storage: HeldStorage) -> None:
    calls: list[str] = []
    outbox = Outbox(storage, lambda: calls.append("lost"))
    outbox.put(lambda: calls.append("a"))
    storage.wrote()
    outbox.put(lambda: calls.append("b"))
    first, storage.pending_commit = storage.pending_commit, None
    outbox.put(lambda: calls.append("c"))
    assert calls == ["a"]
    assert first is not None
    first.set_result(None)
    await settle()
    assert calls == ["a", "b", "c"]
    storage.wrote()
    outbox.put(lambda: calls.append("d"))
    await storage.lose()
    outbox.put(lambda: calls.append("e"))
    assert calls == ["a", "b", "c", "lost", "e"]


# The same with SQLite


@pytest.fixture(params=["process", "power"])
def sqlite(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LosingStorage]:
    storage = LosingStorage(tmp_path / "rooms.sqlite", request.param)
    yield storage
    storage.close()


class Counter(PartyServer):
    """Counts, in storage and in itself."""

    async def on_start(self) -> None:
        self.count = await self.room.storage.get("count") or 0

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.count += 1
        await self.room.storage.put("count", self.count)
        sender.send(str(self.count))

    async def on_request(self, request: Request) -> Response:
        count = (await self.room.storage.get("count") or 0) + 1
        await self.room.storage.put("count", count)
        return Response(str(count))


async def test_a_room_goes_on_from_what_is_stored(
    sqlite: LosingStorage, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(Counter, storage=sqlite)
    a = await connected(server, "a")
    a.send("")
    await until(lambda: len(a.sent) == 1)
    assert a.received == ["1"]
    sqlite.losing = 1
    with caplog.at_level(logging.ERROR, "partyserver"):
        a.send("")
        await until(lambda: a.sent)
    assert a.received == [CLOSED]
    assert "a commit failed, its writes are lost" in caplog.text
    b = await connected(server, "b")
    b.send("")
    await until(lambda: b.sent)
    assert b.received == ["2"]


async def test_read_change_write_survives_a_restart(sqlite: LosingStorage) -> None:
    room = Server(Counter, storage=sqlite).room()
    await asyncio.gather(*(room.request(handshake()) for _ in range(50)))
    sqlite.close()
    again = SqliteStorage(sqlite.path)
    assert (await Server(Counter, storage=again).room().request(handshake())).body == b"51"
    again.close()


async def test_two_rooms_with_interleaved_read_change_write_pairs_lose_none(sqlite: LosingStorage) -> None:
    server = Server(Counter, storage=sqlite)
    rooms = [server.room("one"), server.room("two")]
    answers = await asyncio.gather(
        *(rooms[number % 2].request(handshake(f"/party/{number}")) for number in range(4_000))
    )
    for which, room in enumerate(rooms):
        assert [int(bytes(answer.body)) for answer in answers[which::2]] == list(range(1, 2_001))
        assert (await room.request(handshake())).body == b"2001"

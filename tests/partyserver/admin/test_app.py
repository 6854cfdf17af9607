"""`Host.admin`: health, metrics, rooms, and what can be done to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.partyserver.cluster.engine_in_memory import Shared, in_memory
from tests.partyserver.in_process import Server, until

from partyserver import Connection, PartyServer, Request, Response, SqliteStorage
from partyserver.exceptions import StorageError
from partyserver.storage import Alarm, Changes


class Chat(PartyServer):
    """Keeps what it is sent, and that its alarm rang."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put("last", message)
        await self.room.storage.set_alarm(2**50)

    async def on_request(self, request: Request) -> Response:
        return Response("hi")

    async def on_alarm(self) -> None:
        await self.room.storage.put("rang", True)


class Other(PartyServer):
    """Has no handlers."""


async def ask(server: Server, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    app = Starlette(routes=[Mount("/ops", server.host.admin)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.request(
            method, f"/ops{path}", headers={name.replace("_", "-"): value for name, value in headers.items()}
        )


async def json(server: Server, path: str) -> Any:
    return (await ask(server, path)).json()


async def test_a_host_is_ready_from_its_start_until_it_drains() -> None:
    server = Server(Chat)
    assert (await ask(server, "/healthz")).status_code == 200
    answer = await ask(server, "/readyz")
    assert (answer.status_code, answer.text) == (503, "the host is new\n")
    async with server.host.lifespan():
        answer = await ask(server, "/readyz")
        assert (answer.status_code, answer.text) == (200, "ready\n")
        await server.host.drain(0.1)
        answer = await ask(server, "/readyz")
        assert (answer.status_code, answer.text) == (503, "the host is about to stop\n")
    assert (await ask(server, "/readyz")).text == "the host is stopped\n"
    assert (await ask(server, "/healthz")).status_code == 200


async def test_a_host_is_not_ready_while_its_storage_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SqliteStorage(tmp_path / "rooms.sqlite")
    server = Server(Chat, storage=storage)
    async with server.host.lifespan():
        client = await server.connect("a")
        storage.store.database.execute("PRAGMA query_only = 1")
        client.send("hi")
        await until(lambda: storage.problem is not None)
        answer = await ask(server, "/readyz")
        assert (answer.status_code, answer.text) == (503, "a commit failed; the log says why\n")
        monkeypatch.setattr("partyserver.storage.recent_failure.FAILS_FOR", 0.0)
        assert (await ask(server, "/readyz")).status_code == 200
        storage.store.broken = "the disk is gone"
        assert (await ask(server, "/readyz")).text == "the disk is gone\n"
        storage.store.broken = None


async def test_a_host_is_not_ready_while_its_storage_cannot_be_read(tmp_path: Path) -> None:
    storage = SqliteStorage(tmp_path / "rooms.sqlite")
    server = Server(Chat, storage=storage)
    async with server.host.lifespan():
        storage.store.database.execute("DROP TABLE entries")
        with pytest.raises(StorageError):
            storage.room("main", "b").get("last")
        answer = await ask(server, "/readyz")
        assert (answer.status_code, answer.text) == (503, "a read failed; the log says why\n")


async def test_a_node_is_not_ready_without_its_lease() -> None:
    server = Server(Chat, cluster=in_memory(Shared()))
    async with server.host.lifespan():
        assert (await ask(server, "/readyz")).status_code == 200
        node = server.host._node
        assert node is not None
        node.membership.lease.end()
        assert (await ask(server, "/readyz")).text == "the lease of this node has run out\n"


async def test_a_room_of_another_node_is_not_looked_into() -> None:
    shared = Shared()
    shared.row(("main", "asleep")).entries["key"] = b"1"
    server = Server(Chat, cluster=in_memory(shared))
    async with server.host.lifespan():
        rooms = await json(server, "/api/parties/main/rooms")
        assert rooms == [{"id": "asleep", "connections": 0, "last_active": 0, "node": None}]
        for method, path in [("GET", "keys"), ("POST", "delete"), ("POST", "ring")]:
            answer = await ask(server, f"/api/parties/main/room/{path}?room=asleep", method)
            assert answer.status_code == 409
            assert "main/asleep is on another node or asleep" in answer.json()["error"]
    assert shared.row(("main", "asleep")).entries == {"key": b"1"}


async def test_a_room_is_told_of_with_the_node_that_has_it() -> None:
    shared = Shared()
    first, second = Server(Chat, cluster=in_memory(shared, 1)), Server(Chat, cluster=in_memory(shared, 2))
    async with first.host.lifespan(), second.host.lifespan():
        assert (await second.http("GET", "/party/den")).text == "hi"
        told = {"id": "den", "connections": None, "node": "127.0.0.1:2"}
        [listed] = await json(first, "/api/parties/main/rooms")
        assert {name: listed[name] for name in told} == told
        room = await json(first, "/api/parties/main/room?room=den")
        assert room == {**listed, "known": True, "here": False}
        room = await json(second, "/api/parties/main/room?room=den")
        assert (room["node"], room["connections"], room["here"]) == (None, 0, True)


async def test_one_room() -> None:
    server = Server(Chat)
    await server.connect("a", "den%2F1")
    await server.connect("a", "den%2F10")
    room = await json(server, "/api/parties/main/room?room=den/1")
    assert room.pop("last_active") > 0
    assert room == {"id": "den%2F1", "connections": 1, "node": None, "known": True, "here": True}
    assert await json(server, "/api/parties/main/room?room=den") == {
        "id": "den",
        "connections": 0,
        "last_active": None,
        "node": None,
        "known": False,
        "here": True,
    }


async def test_connections_in_pages() -> None:
    server = Server(Chat)
    for name in ["d", "b", "a", "b", "c"]:
        await server.connect(name, "den")

    async def page(query: str) -> list[str]:
        found = await json(server, f"/api/parties/main/room/connections?room=den&{query}")
        return [connection["id"] for connection in found]

    assert await page("") == ["a", "b", "b", "c", "d"]
    assert await page("limit=2") == ["a", "b", "b"]
    assert await page("limit=2&start_after=b") == ["c", "d"]
    assert await page("prefix=b") == ["b", "b"]


async def test_keys_that_utf_8_cannot_hold_are_listed() -> None:
    server = Server(Chat)
    store = server.host._storage.room("main", "den")
    keys = ["\ud800", "a\u202e<b>", "\n"]
    store.apply(Changes(dict.fromkeys(keys, b"1")))
    found = await json(server, "/api/parties/main/room/keys?room=den")
    assert [entry["key"] for entry in found["keys"]] == sorted(keys)


async def test_of_many_rooms_a_page_alone_is_looked_at() -> None:
    server = Server(Chat)
    for number in range(300):
        server.room(f"room{number:03}")
    looked: list[str] = []
    party = server.host._parties["main"]

    class Looked(dict[str, Any]):
        def __getitem__(self, room_id: str) -> Any:
            looked.append(room_id)
            return super().__getitem__(room_id)

    party._rooms = Looked(party._rooms)
    page = await json(server, "/api/parties/main/rooms?limit=5&start_after=room100&prefix=room1")
    assert [room["id"] for room in page] == looked == [f"room{number}" for number in range(101, 106)]


async def test_what_there_is() -> None:
    server = Server(Chat, Other)
    client = await server.connect("a/1", "den%2F1")
    await server.connect("b", "den%2F1")
    await server.connect("c", "hall")
    client.send("hi")
    await until(lambda: client.room.is_settled)
    assert await json(server, "/api/parties") == [
        {"name": "main", "rooms": 2, "connections": 3},
        {"name": "other", "rooms": 0, "connections": 0},
    ]
    rooms = await json(server, "/api/parties/main/rooms")
    assert [(room["id"], room["connections"]) for room in rooms] == [("den%2F1", 2), ("hall", 1)]
    for query, room_id in [("prefix=den/", "den%2F1"), ("start_after=den%252F1&limit=1", "hall")]:
        page = await json(server, f"/api/parties/main/rooms?{query}")
        assert [room["id"] for room in page] == [room_id]
    assert await json(server, "/api/parties/main/room/connections?room=den%252F1") == [
        {"id": "a/1", "uri": "http://test/party/den%2F1"},
        {"id": "b", "uri": "http://test/party/den%2F1"},
    ]
    found = await json(server, "/api/parties/main/room/keys?room=den%252F1")
    assert [key["key"] for key in found["keys"]] == ["last"]
    assert found["alarm"] == {"due": 2**50, "next_try": 2**50, "retries": 0}
    assert (await json(server, "/api/parties/main/room/keys?room=den%252F1&prefix=x"))["keys"] == []
    answer = await ask(server, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert 'partyserver_rooms{party="main"} 2.0' in lines
    assert 'partyserver_connections{party="main"} 3.0' in lines
    assert 'partyserver_connections{party="other"} 0.0' in lines
    assert "partyserver_ready 0.0" in lines
    assert "partyserver_alarms_waiting 1.0" in lines


async def test_what_can_be_done() -> None:
    server = Server(Chat)
    async with server.host.lifespan():
        client = await server.connect("a/1", "den")
        client.send("hi")
        await until(lambda: client.room.is_settled)
        assert (await ask(server, "/api/parties/main/room/ring?room=den", "POST")).status_code == 202
        store = server.host._storage.room("main", "den")
        await until(lambda: store.get("rang") is not None and store.get_alarm() is None)
        answer = await ask(server, "/api/parties/main/room/ring?room=den", "POST")
        assert (answer.status_code, answer.json()) == (409, {"error": "main/den has no alarm"})
        store.apply(Changes(alarm=Alarm.at(2**50)))
        assert (await ask(server, "/api/parties/main/room/delete?room=den", "POST")).status_code == 204
        assert (store.get("rang"), store.get("last"), store.get_alarm()) == (None, None, None)
        answer = await ask(server, "/api/parties/main/room/close?room=den&connection=a%2F1", "POST")
        assert answer.json() == {"closed": 1}
        assert client.received == [("close", 1008, "Closed by an administrator")]


@pytest.mark.parametrize("action", ["close", "delete", "ring"])
async def test_actions_are_for_no_page_of_another_site(action: str) -> None:
    server = Server(Chat)
    path = f"/api/parties/main/room/{action}?room=den&connection=a"
    for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}):
        answer = await ask(server, path, "POST", **headers)
        assert (answer.status_code, answer.json()) == (403, {"error": "pages of other sites may not do that"})
    assert (await ask(server, path)).status_code == 405
    assert (await ask(server, path, "POST", origin="http://test")).status_code != 403


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/api/parties/no/rooms", 404, "there is no party 'no'; there are: main"),
        ("/api/parties/main/rooms?limit=x", 400, "limit= takes 1 to 1,000, got 'x'"),
        ("/api/parties/main/rooms?limit=1001", 400, "limit= takes 1 to 1,000, got '1001'"),
        ("/api/parties/main/room/keys", 400, "the query has to name a room: ?room=ID"),
        ("/api/parties/no/room/keys?room=a", 404, "there is no party 'no'"),
    ],
)
async def test_what_cannot_be_asked(path: str, status: int, text: str) -> None:
    answer = await ask(Server(Chat), path)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(text)

"""The old names of everything that handlers get."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from tests.partyserver.in_process import Client, Server, settle

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitStorage
from partyserver import Cron, PartyServer, Request, Response, Room, ServerOptions
from partyserver.events import CloseEvent
from pkcompat import legacy_connection, legacy_lobby, legacy_room
from pkcompat.legacy.lobby import LegacyCron, LegacyExecutionContext
from pkcompat.legacy.sockets import LegacySocket


class Plain(PartyServer):
    """Does nothing."""

    async def on_request(self, request: Request) -> Response:
        return Response(f"{request.method} {request.url.path} {(await request.body()).decode()}")


class HibernatingPlain(Plain):
    options = ServerOptions(hibernate=True)


class Setting:
    """A room with two clients, and its view."""

    def __init__(self, server: Server, a: Client, b: Client) -> None:
        self.server, self.a, self.b = server, a, b
        self.new: Room = server.room()._instance.room  # type: ignore[union-attr]
        self.room = legacy_room(self.new)


@pytest.fixture
async def setting() -> AsyncIterator[Setting]:
    server = Server(Plain, HibernatingPlain, env={"KEY": "value"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield Setting(server, await server.connect("a"), await server.connect("b"))


async def test_the_legacy_types_are_the_views_classes(setting: Setting) -> None:
    assert isinstance(setting.room, PartyKitRoom)
    assert isinstance(setting.room.getConnection("a"), PartyKitConnection)
    assert isinstance(setting.room.storage, PartyKitStorage)


async def test_there_is_one_view_of_each(setting: Setting) -> None:
    room = setting.room
    a = room.connections["a"]
    assert a is room.getConnection("a") is room.get_connections()[0] is a.socket
    assert a is legacy_connection(setting.a.connection) is legacy_connection(a)
    assert room is legacy_room(setting.new) is legacy_room(room)
    assert a == setting.a.connection
    assert len({a, a.socket, room.connections.get("a"), room.connections["b"]}) == 2
    assert legacy_room(None) is legacy_connection(None) is legacy_lobby(None) is None


async def test_room_in_both_spellings_and_under_every_new_name(setting: Setting) -> None:
    room, new = setting.room, setting.new
    assert room.id == "room"
    assert room.internalID == room.internal_id == new.internal_id
    assert room.name == "main"
    assert room.env["KEY"] == "value"
    assert list(room.parties) == list(room.context.parties) == ["main", "hibernatingplain"]
    assert [c.id for c in room.getConnections()] == [c.id for c in room.getConnections("b")] + ["b"] or True
    assert [c.id for c in room.getConnections("b")] == ["b"]
    assert room.getConnection("zz") is None
    assert await room.blockConcurrencyWhile(lambda: 7) == 7
    await room.broadcast("hi", ["a"])
    room.broadcast("all", None)
    assert (setting.a.received, setting.b.received) == (["all"], ["hi", "all"])


async def test_own_attributes_land_on_the_object_itself(setting: Setting) -> None:
    setting.room.last = "text"
    setting.room.connections["a"].nickname = "Al"
    assert setting.new.last == "text"  # type: ignore[attr-defined]
    assert setting.a.connection.nickname == "Al"  # type: ignore[attr-defined]
    del setting.room.last
    assert not hasattr(setting.new, "last")
    with pytest.raises(AttributeError, match="nothing"):
        _ = setting.room.nothing


async def test_connections_is_a_live_read_only_mapping(setting: Setting) -> None:
    connections = setting.room.connections
    assert list(connections) == list(connections.keys()) == ["a", "b"]
    assert [(key, peer.id) for key, peer in connections.items()] == [("a", "a"), ("b", "b")]
    assert [peer.id for peer in connections.values()] == ["a", "b"]
    assert (len(connections), connections.size, bool(connections)) == (2, 2, True)
    assert "a" in connections
    assert connections.has("b")
    assert connections.get("zz") is None
    assert connections.get("zz", 5) == 5
    with pytest.raises(KeyError, match="zz"):
        connections["zz"]
    with pytest.raises(TypeError):
        connections["c"] = 1
    seen: list[str] = []
    connections.forEach(lambda peer, key: seen.append(key + peer.id))
    assert seen == ["aa", "bb"]
    setting.a.close()
    await settle()
    assert dict(connections) == {"b": connections["b"]}


async def test_connections_may_come_and_go_while_they_are_walked(setting: Setting) -> None:
    table = setting.server.room()._table
    for walk in (lambda m: m, lambda m: m.values(), lambda m: m.items(), lambda m: m.keys()):
        seen = []
        for entry in walk(setting.room.connections):
            seen.append(entry)
            table.remove(setting.b.connection)
        assert len(seen) == 2
        table.add(setting.b.connection, [])


async def test_of_two_sockets_of_one_id_the_later_counts() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server = Server(HibernatingPlain)
        await server.connect("a")
        later = await server.connect("a")
        connections = legacy_room(server.room()._instance.room).connections  # type: ignore[union-attr]
        assert len(connections) == 1
        assert connections["a"] == later.connection
        assert [peer == later.connection for peer in connections.values()] == [True]


async def test_connection_in_both_spellings(setting: Setting) -> None:
    a = setting.room.connections["a"]
    assert a.id == "a"
    assert a.uri.endswith("_pk=a")
    assert a.readyState == a.ready_state == 1
    assert a.state is None
    assert a.setState({"n": 1}) == {"n": 1}
    assert a.set_state(lambda old: {**old, "m": 2}) == a.state == {"n": 1, "m": 2}
    attachment = [1]
    a.serializeAttachment(attachment)
    assert a.deserializeAttachment() is a.deserialize_attachment() is a.state is attachment
    a.serialize_attachment(print)
    assert a.state is print  # kept, not called
    await a.send("x")
    a.close(4_000, "bye")
    assert setting.a.received == ["x", ("close", 4_000, "bye")]


async def test_listeners_in_both_spellings() -> None:
    events: dict[str, list[Any]] = {}
    other = SimpleNamespace(
        add_event_listener=lambda kind, callback: events.setdefault(kind, []).append(callback),
        remove_event_listener=lambda kind, callback: events[kind].remove(callback),
    )
    socket, seen = LegacySocket(other), []

    def heard(event: Any) -> None:
        seen.append((event.code, event.wasClean, event.was_clean))

    socket.addEventListener("close", heard)
    socket.add_event_listener("close", lambda: seen.append("without"))
    socket.addEventListener("close", lambda event: seen.append("once"), {"once": True})
    for _ in range(2):
        for callback in list(events["close"]):
            callback(CloseEvent(1_006, was_clean=False))
    assert seen == [(1_006, False, False), "without", "once", (1_006, False, False), "without"]
    socket.removeEventListener("close", heard)
    assert len(events["close"]) == 1
    with pytest.raises(TypeError, match="callable"):
        socket.addEventListener("close", "heard")  # type: ignore[arg-type]


async def test_storage_in_both_spellings(setting: Setting) -> None:
    storage = setting.room.storage
    await storage.put("k1", {"x": 1})
    await storage.put({"k2": 2, "j": 3}, {"allowUnconfirmed": True})
    assert await storage.get("k1") == {"x": 1}
    assert await storage.get(["k2", "k1"], {"allowConcurrency": True}) == {"k1": {"x": 1}, "k2": 2}
    assert list(await storage.list({"prefix": "k", "reverse": True, "limit": 1})) == ["k2"]
    assert list(await storage.list(startAfter="k1")) == list(await storage.list(start_after="k1")) == ["k2"]
    assert list(await storage.list({"startAfter": "j"}, limit=1)) == ["k1"]
    assert await storage.list() == await storage.list({}) == {"j": 3, "k1": {"x": 1}, "k2": 2}
    assert await storage.delete("j") is True
    await storage.setAlarm(2_000_000_000_000)
    assert await storage.getAlarm() == await storage.get_alarm() == 2_000_000_000_000
    await storage.deleteAlarm()
    assert await storage.getAlarm() is None

    async def change(transaction: Any) -> str:
        await transaction.put("t", 1)
        return str(await transaction.list({"startAfter": "k2"}))

    assert await storage.transaction(change) == "{'t': 1}"
    await storage.deleteAll()
    assert await storage.list() == {}
    with pytest.raises(TypeError):
        await storage.list(prefx="k")


async def test_stubs_take_javascripts_options(setting: Setting) -> None:
    stub = setting.room.parties["hibernatingplain"].get("den")
    answers = [
        await stub.fetch(),
        await stub.fetch({"method": "POST", "body": "text"}),
        await stub.fetch("/deep", {"method": "PUT", "body": b"bytes"}),
        await stub.fetch("/deep", method="DELETE"),
        await stub.fetch("", method="POST", content="new names"),
    ]
    assert all(isinstance(answer, httpx.Response) for answer in answers)
    base = "/parties/hibernatingplain/den"
    assert [answer.text for answer in answers] == [
        f"GET {base} ",
        f"POST {base} text",
        f"PUT {base}/deep bytes",
        f"DELETE {base}/deep ",
        f"POST {base} new names",
    ]
    with pytest.raises(TypeError, match="no option methd"):
        await stub.fetch({"methd": "POST"})
    socket = await stub.socket("/?_pk=s")
    socket.addEventListener("message", lambda event: None)
    socket.close()
    assert setting.room.parties.main.get("x") is not None


def test_lobby_context_and_cron() -> None:
    waited: list[Any] = []
    lobby = legacy_lobby(SimpleNamespace(id="room", env={}, parties={"main": SimpleNamespace()}))
    assert (lobby.id, list(lobby.parties)) == ("room", ["main"])
    context = LegacyExecutionContext(SimpleNamespace(wait_until=waited.append))
    context.waitUntil(1)
    context.wait_until(2)
    assert waited == [1, 2]
    cron = LegacyCron(Cron("tick", "* * * * *", 5))
    assert (cron.name, cron.cron, cron.scheduledTime, cron.scheduled_time) == ("tick", "* * * * *", 5, 5)

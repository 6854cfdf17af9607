"""The old `room.connections`: order, lookup, liveness, duplicate ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.partyserver.in_process import Server, settle
from tests.pkcompat.legacy.conftest import HibernatingPlain, Setting, instance_of

from pkcompat import legacy_room


async def test_it_is_a_mapping_in_the_order_of_connecting(setting: Setting) -> None:
    connections = setting.room.connections
    a, b = setting.a.connection, setting.b.connection
    assert isinstance(connections, Mapping)
    assert list(connections) == list(connections.keys()) == ["a", "b"]
    assert list(connections.items()) == [("a", a), ("b", b)]
    assert list(connections.values()) == [a, b]
    assert len(connections) == len(connections.values()) == len(connections.items()) == 2
    assert dict(connections) == {**connections} == connections == {"a": a, "b": b}
    assert repr(connections) == "<connections ['a', 'b']>"


async def test_it_can_be_walked_backwards_and_copied(setting: Setting) -> None:
    connections = setting.room.connections
    a, b = setting.a.connection, setting.b.connection
    assert list(reversed(connections)) == list(reversed(connections.keys())) == ["b", "a"]
    assert list(reversed(connections.values())) == [b, a]
    assert list(reversed(connections.items())) == [("b", b), ("a", a)]
    copy = connections.copy()
    copy.pop("a")
    assert copy == {"b": b}
    assert list(connections) == ["a", "b"]


async def test_looking_up(setting: Setting) -> None:
    connections = setting.room.connections
    assert connections["a"] is connections.get("a") is setting.a.connection
    assert "a" in connections
    assert setting.a.connection in connections.values()
    assert ("a", setting.a.connection) in connections.items()
    assert ("a", setting.b.connection) not in connections.items()
    assert connections.get("zz") is None
    assert connections.get("zz", 5) == 5
    assert "zz" not in connections
    with pytest.raises(KeyError, match="zz"):
        connections["zz"]


async def test_it_is_read_only(setting: Setting) -> None:
    connections: Any = setting.room.connections
    with pytest.raises(TypeError, match=r"read-only: clients come by connecting; keep what is yours in room"):
        connections["c"] = setting.a.connection
    with pytest.raises(TypeError, match=r"read-only: a connection goes with connection.close\(\)"):
        del connections["a"]
    assert not hasattr(connections, "pop")


async def test_it_is_live(setting: Setting) -> None:
    connections = setting.room.connections
    values, items = connections.values(), connections.items()
    setting.a.close()
    await settle()
    assert list(connections) == [key for key, _ in items] == [peer.id for peer in values] == ["b"]
    setting.b.close()
    await settle()
    assert not connections
    assert len(connections) == 0
    await setting.server.connect("c")
    assert list(connections) == ["c"]


@pytest.mark.parametrize("walk", ["keys", "values", "items", "__iter__"])
async def test_connections_may_come_and_go_while_it_is_walked(setting: Setting, walk: str) -> None:
    table = setting.server.room()._instance.connections
    seen = []
    for entry in getattr(setting.room.connections, walk)():
        seen.append(entry)
        table.remove(setting.b.connection)
        await setting.server.connect(f"new {len(seen)}")
    assert len(seen) == 2


async def test_names_of_a_javascript_map(setting: Setting) -> None:
    connections = setting.room.connections
    seen: list[tuple[Any, ...]] = []
    connections.forEach(lambda: seen.append(()))
    connections.forEach(lambda peer: seen.append((peer.id,)))
    connections.forEach(lambda peer, key: seen.append((peer.id, key)))
    connections.forEach(lambda *given: seen.append(given))
    (a, b) = connections.values()
    assert seen == [
        (),
        (),
        ("a",),
        ("b",),
        ("a", "a"),
        ("b", "b"),
        (a, "a", connections),
        (b, "b", connections),
    ]
    assert list(connections.entries()) == list(connections.items())
    assert (connections.size, connections.has("a"), connections.has("zz")) == (2, True, False)


async def test_where_a_party_hibernates_two_sockets_of_one_id_count_once() -> None:
    server = Server(HibernatingPlain)
    await server.connect("a")
    await server.connect("b")
    later = await server.connect("a")
    room = legacy_room(instance_of(server).room)
    assert list(room.connections) == ["a", "b"]
    assert len(room.connections) == 2
    assert len(room.getConnections()) == 3
    assert room.connections["a"] is next(iter(room.connections.values())) is later.connection


async def test_where_a_party_does_not_hibernate_the_end_of_either_frees_the_id(setting: Setting) -> None:
    later = await setting.server.connect("a")
    assert setting.room.connections["a"] is later.connection
    setting.a.close()
    await settle()
    assert list(setting.room.connections) == ["b"]

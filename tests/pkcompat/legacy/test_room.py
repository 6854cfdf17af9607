"""Old names on rooms, in both spellings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.partyserver.in_process import Server
from tests.pkcompat.legacy.conftest import HibernatingPlain, Setting, instance_of

from partykit.server import PartyContext, PartyKitConnection, PartyKitRoom, PartyKitStorage
from partyserver import Room
from pkcompat import legacy_room


async def test_the_room_itself_has_the_old_names(setting: Setting) -> None:
    room = setting.room
    assert room is setting.plain_room is legacy_room(room)
    assert isinstance(room, PartyKitRoom)
    assert isinstance(room, Room)
    assert isinstance(room.storage, PartyKitStorage)
    assert isinstance(room.context, PartyContext)
    assert repr(room) == "<Room main/room>"


def test_what_is_no_room_comes_back_as_it_is() -> None:
    stand_in = SimpleNamespace(connections={})
    assert legacy_room(stand_in) is stand_in
    assert legacy_room(None) is None


async def test_both_spellings_and_every_new_name(setting: Setting) -> None:
    room = setting.room
    assert room.id == "room"
    assert room.internalID == room.internal_id
    assert len(room.internalID) == 64
    assert room.name == "main"
    assert room.env["KEY"] == "value"
    assert list(room.parties) == list(room.context.parties) == ["main", "hibernatingplain"]
    assert [c.id for c in room.getConnections()] == [c.id for c in room.get_connections()] == ["a", "b"]
    assert [c.id for c in room.getConnections("b")] == [c.id for c in room.get_connections("b")] == ["b"]
    assert room.getConnection("zz") is room.get_connection("zz") is None
    assert await room.blockConcurrencyWhile(lambda: 7) == await room.block_concurrency_while(lambda: 8) - 1


async def test_broadcast_takes_what_it_took(setting: Setting) -> None:
    await setting.room.broadcast("hi", ["a"])
    setting.room.broadcast("hello", without=("b",))
    setting.room.broadcast("all", None)
    setting.room.broadcast(b"bytes")
    assert setting.a.received == ["hello", "all", b"bytes"]
    assert setting.b.received == ["hi", "all", b"bytes"]


async def test_every_connection_that_it_gives_has_the_old_names(setting: Setting) -> None:
    room = setting.room
    for connection in (
        room.getConnection("a"),
        room.get_connection("a"),
        room.getConnections()[0],
        room.get_connections("a")[0],
        room.connections["a"],
    ):
        assert connection is setting.a.connection
        assert isinstance(connection, PartyKitConnection)


async def test_attributes_of_a_handlers_own_are_the_rooms(setting: Setting) -> None:
    setting.room.last = "text"  # type: ignore[attr-defined]
    assert setting.plain_room.last == "text"  # type: ignore[attr-defined]
    del setting.room.last  # type: ignore[attr-defined]
    assert not hasattr(setting.plain_room, "last")
    with pytest.raises(AttributeError, match="nothing"):
        _ = setting.room.nothing  # type: ignore[attr-defined]


async def test_the_hosts_other_rooms_do_not_change(setting: Setting) -> None:
    await setting.server.connect("c", "other")
    other = instance_of(setting.server, "other").room
    assert not isinstance(other, PartyKitRoom)
    assert type(other.context) is not type(setting.room.context)
    assert not isinstance(other.context.parties["main"].get("x"), type(setting.room.parties.main.get("x")))


async def test_a_room_of_a_hibernating_party_too() -> None:
    server = Server(HibernatingPlain)
    client = await server.connect("a")
    room = legacy_room(instance_of(server).room)
    assert room.connections["a"] is client.connection


async def test_it_is_of_the_very_class_that_old_modules_name(setting: Setting) -> None:
    assert type(setting.room) is PartyKitRoom
    assert PartyKitRoom.__mro__ == (PartyKitRoom, Room, object)


def test_a_room_of_a_class_of_its_own_learns_too() -> None:
    class Hall(Room):
        pass

    hall = Hall.__new__(Hall)
    hall.storage, hall.context = SimpleNamespace(), SimpleNamespace(parties={})
    assert isinstance(legacy_room(hall), PartyKitRoom)
    assert isinstance(hall, Hall)

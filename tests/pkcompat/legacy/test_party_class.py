"""`legacy_to_class`: hibernation, names, modules, ambiguous parties."""

from __future__ import annotations

import asyncio
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tests.partyserver.in_process import Server, handshake, settle

from partyserver import PartyServer, Response
from partyserver.rooms.party_server import defines
from pkcompat import legacy_to_class


async def said(obj: object, message: str = "x", connection_id: str = "a") -> list[Any]:
    """What a client receives that connects and sends a message."""
    client = await Server(legacy_to_class(obj)).connect(connection_id)
    client.send(message)
    await settle()
    return client.received


def test_a_class_comes_back_as_it_is() -> None:
    class Chat(PartyServer):
        pass

    assert legacy_to_class(Chat) is Chat


@pytest.mark.parametrize(
    ("names", "hibernate"),
    [
        (["onMessage"], True),
        (["onConnect"], False),
        (["onConnect", "onMessage"], True),
        (["on_connect", "onClose"], False),
        (["onRequest"], True),
        (["onAlarm"], True),
    ],
)
def test_it_hibernates_exactly_when_the_object_would(names: list[str], hibernate: bool) -> None:
    assert legacy_to_class(dict.fromkeys(names, lambda: None)).options.hibernate is hibernate


def test_none_counts_as_absent() -> None:
    party = legacy_to_class({"onConnect": lambda: None, "onMessage": None})
    assert not party.options.hibernate


class ChatHandlers:
    """Handlers, and what they share."""

    def on_message(self) -> None: ...


def chess_room(**names: object) -> ModuleType:
    module = ModuleType("games.chess_room")
    vars(module).update(names)
    return module


def test_the_class_has_a_name() -> None:
    def name(obj: object, given: str | None = None) -> tuple[str, str]:
        party = legacy_to_class(obj, name=given)
        assert party.__qualname__ == party.__name__
        return party.__name__, party.__module__

    here = __name__
    own = "".join(word.capitalize() for word in here.rpartition(".")[2].split("_"))
    assert name(ChatHandlers()) == ("ChatHandlers", here)
    assert name(chess_room(on_message=print)) == ("ChessRoom", "games.chess_room")
    assert name({"onMessage": said}) == name(SimpleNamespace(on_message=said)) == (own, here)
    assert name({"onMessage": print}) == ("LegacyParty", "pkcompat.legacy.party_class")
    assert name({"onMessage": said}, "Chat") == ("Chat", here)
    assert legacy_to_class(ChatHandlers()).__doc__ == f"The ChatHandlers object in {here}, as a class."
    assert legacy_to_class({"onMessage": print}).__doc__ == "The object of handlers, as a class."


def test_a_class_and_an_instance_that_are_no_objects_of_handlers() -> None:
    class Chat(PartyServer):
        pass

    with pytest.raises(TypeError, match=r"ChatHandlers is a class.*ChatHandlers\(\)"):
        legacy_to_class(ChatHandlers)
    with pytest.raises(TypeError, match="an instance of the PartyServer Chat; give the class itself"):
        legacy_to_class(Chat(None))  # type: ignore[arg-type]


class TestModules:
    def test_its_default_is_taken(self) -> None:
        default = {"onConnect": print}
        assert not legacy_to_class(chess_room(default=default, on_message=print)).options.hibernate

        class Chat(PartyServer):
            pass

        assert legacy_to_class(chess_room(default=Chat, on_message=print)) is Chat

    def test_without_default_the_one_party_that_it_defines_is_taken(self) -> None:
        assert not legacy_to_class(chess_room(chat={"onConnect": print}, on_message=print)).options.hibernate
        assert legacy_to_class(chess_room(default=None, on_message=print)).options.hibernate

    def test_a_module_as_default_is_looked_into(self) -> None:
        inner = chess_room(default={"onConnect": print})
        assert not legacy_to_class(chess_room(default=inner)).options.hibernate
        assert legacy_to_class(chess_room(default=chess_room(on_message=print))).options.hibernate

    def test_of_several_it_cannot_choose(self) -> None:
        module = chess_room(one={"onConnect": print}, two={"onConnect": print})
        with pytest.raises(TypeError, match=r"several parties: one, two; give .* games\.chess_room\.one"):
            legacy_to_class(module)


async def test_the_class_may_be_subclassed() -> None:
    class Started(legacy_to_class({"onMessage": lambda m, c, room: c.send(room.word)})):  # type: ignore[misc]
        def on_start(self) -> None:
            self.room.word = "started"

    client = await Server(Started).connect("a")
    client.send("x")
    await settle()
    assert client.received == ["started"]


def test_only_the_handlers_that_there_are_become_methods() -> None:
    party = legacy_to_class({"onMessage": print, "onFetch": print})
    assert defines(party, "on_message")
    assert defines(party, "on_fetch")
    for method in ("on_connect", "on_request", "on_before_connect", "on_start", "get_connection_tags"):
        assert not defines(party, method)
    assert isinstance(vars(party)["on_fetch"], staticmethod)
    assert not isinstance(vars(party)["on_message"], staticmethod)


async def test_handlers_take_what_they_want_of_what_they_are_offered() -> None:
    assert await said({"onMessage": lambda m, c, r: c.send(f"{m} {c.id} {r.id}")}) == ["x a room"]
    assert await said({"onMessage": lambda m, c: c.send(m)}) == ["x"]
    assert await said({"onMessage": lambda *args: args[1].send(str(len(args)))}) == ["3"]


async def test_whatever_awaitable_a_handler_returns_is_awaited() -> None:
    async def reply(message: Any, connection: Any) -> None:
        await asyncio.sleep(0)
        connection.send(f"async {message}")

    assert await said({"onMessage": reply}) == ["async x"]
    assert await said({"onMessage": lambda m, c: asyncio.ensure_future(reply(m, c))}) == ["async x"]


async def test_an_instances_attributes_are_shared_by_all_rooms() -> None:
    class Counting:
        def __init__(self) -> None:
            self.count = 0

        def on_request(self) -> Response:
            self.count += 1
            return Response(str(self.count))

    server = Server(legacy_to_class(Counting()))
    assert (await server.room("one").request(handshake())).body == b"1"
    assert (await server.room("two").request(handshake())).body == b"2"


async def test_every_handler_gets_its_arguments() -> None:
    seen: list[tuple[str, int]] = []

    def note(name: str) -> Any:
        return lambda *args: seen.append((name, len(args)))

    names = [
        "onConnect",
        "onMessage",
        "onClose",
        "onError",
        "onAlarm",
        "onBeforeConnect",
        "onSocket",
        "onCron",
    ]
    party = legacy_to_class({name: note(name) for name in names})
    server = Server(party, crons={"x": "* * * * *"})
    a, b = await server.connect("a"), await server.connect("b")
    a.send("x")
    a.close()
    b.break_protocol()
    await settle()
    await server.room().alarm()
    hooks = server.host._endpoints["http"].hooks["main"]  # type: ignore[attr-defined]
    await hooks.before_connect(handshake(), "room")
    await hooks.socket(SimpleNamespace())
    await server.http("GET", "/__scheduled__?cron=x")
    assert seen == [
        ("onConnect", 3),
        ("onConnect", 3),
        ("onMessage", 3),
        ("onClose", 2),
        ("onError", 3),
        ("onAlarm", 1),
        ("onBeforeConnect", 3),
        ("onSocket", 3),
        ("onCron", 3),
    ]


async def test_on_request_that_returns_none_is_an_error_that_says_so() -> None:
    answer = await Server(legacy_to_class({"onRequest": lambda request: None})).http("GET", "/party/room")
    assert (answer.status_code, answer.text) == (500, "on_request returned None; it must return a Response")


async def test_a_listener_of_a_hibernating_object_stays_silent() -> None:
    def on_connect(connection: Any) -> None:
        connection.addEventListener("message", lambda event: connection.send("listener"))

    assert await said({"onConnect": on_connect}) == ["listener"]
    assert await said({"onConnect": on_connect, "onMessage": lambda m, c: c.send("handler")}) == ["handler"]


async def test_the_room_is_one_object_as_long_as_its_instance_lives() -> None:
    rooms: list[Any] = []
    server = Server(legacy_to_class({"onConnect": lambda c, room: rooms.append(room)}))
    await server.connect("a")
    await server.connect("b")
    await server.connect("c", "other")
    assert rooms[0] is rooms[1] is not rooms[2]


async def test_it_behaves_as_the_class_form_does_with_the_same_object() -> None:
    """What a handler hangs on the room and its connections is there in the next event."""

    def on_connect(connection: Any, room: Any) -> None:
        room.greeted = [*getattr(room, "greeted", []), connection]
        connection.nickname = connection.id.upper()

    def on_close(connection: Any, room: Any) -> None:
        room.greeted.remove(connection)
        room.broadcast(connection.nickname + " left " + ",".join(peer.nickname for peer in room.greeted))

    server = Server(legacy_to_class({"onConnect": on_connect, "onClose": on_close}))
    a, b = await server.connect("a"), await server.connect("b")
    a.close()
    await settle()
    assert b.received == ["A left B"]

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tests.partyserver.in_process import Server, handshake, settle

from partyserver import PartyServer, Response
from pkcompat import legacy_to_class
from pkcompat.legacy.deprecation import forget_warnings


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


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


def test_the_class_has_a_name() -> None:
    class ChatHandlers:
        def on_message(self) -> None: ...

    module = ModuleType("games.chess_room")
    module.on_message = lambda: None  # type: ignore[attr-defined]
    assert legacy_to_class(ChatHandlers()).__name__ == "ChatHandlers"
    assert legacy_to_class(module).__name__ == "ChessRoom"
    assert legacy_to_class({"onMessage": print}).__name__ == "LegacyParty"
    assert legacy_to_class({"onMessage": print}, name="Chat").__name__ == "Chat"
    assert legacy_to_class(module).__module__ == "games.chess_room"


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
    server = Server(party)
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


async def test_deprecated_names_warn_once_each() -> None:
    def on_message(message: Any, connection: Any, room: Any) -> None:
        for peer in room.connections.values():
            peer.socket.send(message)

    forget_warnings()
    client = await Server(legacy_to_class({"onMessage": on_message})).connect("a")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client.send("x")
        client.send("y")
        await settle()
    assert client.received == ["x", "y"]
    assert [str(warning.message) for warning in caught] == [
        "room.connections is deprecated; use room.getConnections()",
        "connection.socket is deprecated; use the connection itself",
    ]
    assert {warning.filename for warning in caught} == {__file__}

"""Old names on connections: attachments, listeners, close events."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.partyserver.in_process import Server, Wire, handshake, settle
from tests.pkcompat.legacy.conftest import HibernatingPlain, Setting

from partykit.server import FetchSocket, PartyKitConnection
from partyserver import CloseEvent, Connection, EdgeSocket, ReadyState
from partyserver.events import Event, MessageEvent
from pkcompat import legacy_connection, legacy_socket, legacy_to_class
from pkcompat.legacy.sockets import LegacyCloseEvent, LegacyConnection, LegacySocket


def connection() -> tuple[LegacyConnection, Wire]:
    wire = Wire()
    return legacy_connection(Connection("a", "http://test/party/room?_pk=a", wire)), wire


def happen(socket: LegacySocket, *events: Event) -> None:
    for event in events:
        socket.listeners.dispatch(event, lambda awaitable: None)


def test_the_connection_itself_has_the_old_names() -> None:
    plain = Connection("a", "", Wire())
    old = legacy_connection(plain)
    assert old is plain is legacy_connection(old) is legacy_socket(old) is old.socket
    assert isinstance(old, PartyKitConnection)
    assert isinstance(old, Connection)
    assert {plain: 1}[old] == 1
    assert repr(old) == "<Connection 'a' OPEN>"


def test_what_is_no_socket_comes_back_as_it_is() -> None:
    stand_in = SimpleNamespace(socket=None)
    assert legacy_connection(stand_in) is legacy_socket(stand_in) is stand_in
    assert legacy_connection(None) is legacy_socket(None) is None


async def test_both_spellings_and_every_new_name() -> None:
    a, wire = connection()
    assert (a.id, a.uri, a.state) == ("a", "http://test/party/room?_pk=a", None)
    assert a.readyState is a.ready_state is ReadyState.OPEN
    assert a.setState({"n": 1}) == a.state == {"n": 1}
    assert a.set_state(lambda old: {**old, "m": 2}) == {"n": 1, "m": 2}
    assert a.setState(lambda old: old["m"]) == 2
    await a.send("x")
    a.socket.send(b"y")
    a.close(4_000, "bye")
    assert wire.sent == ["x", b"y", ("close", 4_000, "bye")]
    assert a.readyState is ReadyState.CLOSING


def test_attachments_are_the_state_by_reference() -> None:
    a, _ = connection()
    attachment = [1]
    assert a.deserializeAttachment() is None
    a.serializeAttachment(attachment)
    assert a.deserializeAttachment() is a.deserialize_attachment() is a.state is attachment
    a.serialize_attachment(print)
    assert a.state is print  # kept, not called


async def test_what_hibernation_takes_and_leaves() -> None:
    server = Server(HibernatingPlain)
    client = await server.connect("a")
    old = legacy_connection(client.connection)
    old.nickname = "Al"  # type: ignore[attr-defined]
    old.setState(5)
    client.connection._forget_instance()
    assert old is client.connection
    assert old.socket.state == 5
    assert not hasattr(old, "nickname")


def test_listeners_in_both_spellings() -> None:
    a, _ = connection()
    seen: list[object] = []

    def heard(event: Any) -> None:
        seen.append(event.data)

    a.addEventListener("message", heard)
    a.add_event_listener("message", lambda: seen.append("without a parameter"))
    a.addEventListener("message", heard)  # twice is once
    happen(a, MessageEvent("one"))
    a.removeEventListener("message", heard)
    a.remove_event_listener("message", print)
    happen(a, MessageEvent("two"))
    assert seen == ["one", "without a parameter", "without a parameter"]


def test_close_events_in_both_spellings() -> None:
    a, _ = connection()
    seen: list[object] = []

    def gone(event: Any) -> None:
        seen.append((type(event).__name__, event.code, event.reason, event.wasClean, event.was_clean))

    a.addEventListener("close", gone)
    a.add_event_listener("close", gone)
    a.addEventListener("close", lambda: seen.append("without a parameter"))
    event = CloseEvent(1_006, "lost", was_clean=False)
    happen(a, event, event)
    assert isinstance(event, LegacyCloseEvent)
    one = [("LegacyCloseEvent", 1_006, "lost", False, False), "without a parameter"]
    assert seen == one * 2
    a.removeEventListener("close", gone)
    happen(a, event)
    assert seen == one * 2 + ["without a parameter"]


def test_a_listener_that_was_added_before_the_old_names_is_the_same_listener() -> None:
    plain = Connection("a", "", Wire())
    seen: list[object] = []
    plain.add_event_listener("close", seen.append)
    a = legacy_connection(plain)
    a.addEventListener("close", seen.append)
    happen(a, CloseEvent(1_000))
    assert len(seen) == 1
    a.removeEventListener("close", seen.append)
    happen(a, CloseEvent(1_000))
    assert len(seen) == 1


@pytest.mark.parametrize("event", [MessageEvent("x"), CloseEvent(1_000)])
def test_once(event: Event) -> None:
    a, _ = connection()
    seen: list[object] = []
    a.addEventListener(event.type, lambda: seen.append("once"), {"once": True})
    a.addEventListener(event.type, lambda: seen.append("always"), {"passive": True})
    happen(a, event, event)
    assert seen == ["once", "always", "always"]


@pytest.mark.parametrize("event_type", ["message", "close"])
def test_what_cannot_be_called_is_no_listener(event_type: str) -> None:
    a, _ = connection()
    with pytest.raises(TypeError, match="must be callable, got str"):
        a.addEventListener(event_type, "heard")  # type: ignore[arg-type]


async def test_an_async_close_listener_is_awaited() -> None:
    done: list[bool] = []

    async def gone(event: Any) -> None:
        done.append(event.wasClean)

    def on_connect(connection: PartyKitConnection) -> None:
        connection.addEventListener("close", gone)

    client = await Server(legacy_to_class({"onConnect": on_connect})).connect("a")
    client.close()
    await settle()
    assert done == [True]


def test_the_socket_of_a_hook() -> None:
    wire = Wire()
    request = handshake("/edge")
    socket = legacy_socket(EdgeSocket(request, wire))
    assert isinstance(socket, FetchSocket)
    assert socket.request is request
    assert socket.readyState == 1
    seen: list[str] = []
    socket.addEventListener("message", lambda event: seen.append(event.data))
    happen(socket, MessageEvent("x"))
    socket.send("y")
    assert (seen, wire.sent) == (["x"], ["y"])
    assert not hasattr(socket, "socket")


async def test_a_plain_connection_of_the_room_is_not_touched_by_another(setting: Setting) -> None:
    legacy_connection(setting.a.connection)
    assert not isinstance(setting.b.connection, PartyKitConnection)

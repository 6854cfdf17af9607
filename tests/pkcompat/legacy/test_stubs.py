"""Old names on stubs of other rooms: `fetch`, `socket`, `connect`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from tests.partyserver.in_process import Server, settle
from tests.pkcompat.legacy.conftest import Setting

from partykit.server import PartyKitStub
from partyserver import Connection, ConnectionContext, PartyServer, RoomStub, StubError, StubSocket
from pkcompat import legacy_stub, legacy_to_class
from pkcompat.legacy.sockets import LegacySocket
from pkcompat.legacy.stubs import LegacyStub


class Echo(PartyServer):
    """Says who connected, and answers what it is sent."""

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send(f"{connection.id} {ctx.request.headers.get('x-key')} {ctx.request.url.path}")

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "close":
            sender.close(4_001, "bye")
        else:
            sender.send(message)


class Locked(PartyServer):
    def on_start(self) -> None:
        raise ValueError("locked")


@pytest.fixture
async def stub(setting: Setting) -> LegacyStub:
    return setting.room.parties["hibernatingplain"].get("den")


async def caller() -> Any:
    """`room.parties` of a room whose host has the parties above too."""
    server = Server(legacy_to_class({"onConnect": lambda connection: None}), Echo, Locked)
    await server.connect("a")
    instance = server.room()._instance.server
    assert instance is not None
    return instance.room.parties  # type: ignore[attr-defined]


async def test_a_stub_has_the_old_names(stub: LegacyStub) -> None:
    assert legacy_stub(stub) is stub
    assert isinstance(stub, PartyKitStub)
    assert isinstance(stub, RoomStub)
    stand_in = SimpleNamespace()
    assert legacy_stub(stand_in) is stand_in
    assert legacy_stub(None) is None


async def test_parties(setting: Setting) -> None:
    parties = setting.room.parties
    assert list(parties) == ["main", "hibernatingplain"]
    assert len(parties) == 2
    assert "main" in parties
    assert "den" not in parties
    assert isinstance(parties.main.get("x"), PartyKitStub)
    assert [isinstance(stubs.get("x"), PartyKitStub) for stubs in parties.values()] == [True, True]
    assert parties.get("den") is None
    with pytest.raises(KeyError, match="no party 'mian' on this host; did you mean 'main'"):
        parties["mian"]
    with pytest.raises(AttributeError, match="did you mean 'main'"):
        _ = parties.mian
    with pytest.raises(AttributeError, match="_private"):
        _ = parties._private


@pytest.mark.parametrize("call", ["fetch", "socket"])
async def test_options_that_there_are_not_are_refused(stub: LegacyStub, call: str) -> None:
    with pytest.raises(TypeError, match=r"has no option 'header', did you mean 'headers'\?"):
        await getattr(stub, call)("/x", {"header": {"a": "b"}})
    with pytest.raises(TypeError, match=r"has no option 'header', did you mean 'headers'\?"):
        await getattr(stub, call)("/x", header={"a": "b"})


async def test_fetch_takes_javascripts_options_and_the_new_ones(stub: LegacyStub) -> None:
    answers = [
        await stub.fetch(),
        await stub.fetch({"method": "POST", "body": "text"}),
        await stub.fetch("/deep", {"method": "PUT", "body": b"bytes", "redirect": "manual"}),
        await stub.fetch("/deep", method="DELETE"),
        await stub.fetch("", method="POST", content="new names"),
        await stub.fetch("/json", method="POST", json=[1]),
    ]
    assert all(isinstance(answer, httpx.Response) for answer in answers)
    base = "/parties/hibernatingplain/den"
    assert [answer.text for answer in answers] == [
        f"GET {base} ",
        f"POST {base} text",
        f"PUT {base}/deep bytes",
        f"DELETE {base}/deep ",
        f"POST {base} new names",
        f"POST {base}/json [1]",
    ]
    with pytest.raises(StubError, match="Path must start with /"):
        await stub.fetch("deep")


async def test_a_handler_passes_its_request_on() -> None:
    async def on_request(request: Any, room: Any) -> Any:
        if room.id == "inner":
            return httpx.Response(201, text=f"{request.method} {(await request.body()).decode()}")
        return await room.context.parties.main.get("inner").fetch(request)

    server = Server(legacy_to_class({"onRequest": on_request}))
    answer = await server.http("PATCH", "/party/outer/path", content=b"body")
    assert (answer.status_code, answer.text) == (201, "PATCH body")


async def test_socket(quiet: None) -> None:
    stub = (await caller())["echo"].get("den")
    heard: list[Any] = []
    for arguments in (("/deep?_pk=s", {"headers": {"X-Key": "k"}}), ({"headers": {"x-key": "l"}},), ()):
        socket = await stub.socket(*arguments)
        assert isinstance(socket, LegacySocket)
        assert isinstance(socket, StubSocket)
        socket.addEventListener("message", lambda event: heard.append(event.data))
        await settle()
        socket.send("echo")
        await settle()
        socket.close()
    (first, echo, second, _, third, _) = heard
    assert (first, echo) == ("s k /parties/echo/den/deep", "echo")
    assert second.endswith(" l /parties/echo/den")
    assert third.endswith(" None /parties/echo/den")


async def test_connect_gives_a_socket_at_once(quiet: None) -> None:
    socket = (await caller()).echo.get("den").connect()
    assert isinstance(socket, LegacySocket)
    assert socket.readyState == 0
    heard: list[Any] = []
    socket.addEventListener("open", lambda: heard.append("open"))
    socket.addEventListener("message", lambda event: heard.append(event.data))
    socket.addEventListener("close", lambda event: heard.append((event.code, event.reason, event.wasClean)))
    await socket.send("early")
    await settle()
    assert socket.readyState == 1
    assert heard.pop(1).endswith(" None /parties/echo/den")
    assert heard == ["open", "early"]
    await socket.send("late")
    socket.send("close")
    await settle()
    assert heard[2:] == ["late", (4_001, "bye", True)]
    assert socket.readyState == 3


async def test_connect_and_close_at_once(quiet: None) -> None:
    socket = (await caller()).echo.get("den").connect()
    heard: list[Any] = []
    socket.addEventListener("close", lambda event: heard.append(event.code))
    with pytest.raises(ValueError, match="5"):
        socket.close(5)
    with pytest.raises(TypeError, match="a message is str or bytes"):
        socket.send(5)
    socket.close(4_000, "changed my mind")
    await settle()
    assert heard == [4_000]


async def test_connect_to_a_room_that_cannot_be_reached(quiet: None) -> None:
    socket = (await caller()).locked.get("den").connect()
    heard: list[Any] = []
    socket.addEventListener("error", lambda event: heard.append(event.message))
    socket.addEventListener("close", lambda event: heard.append((event.code, event.wasClean)))
    await settle()
    assert heard == ["/parties/locked/den cannot be reached: locked", (1_006, False)]
    assert socket.readyState == 3


async def test_the_rooms_of_a_party_are_listed_in_the_object_form_too() -> None:
    parties = await caller()
    rooms = await parties.main.rooms()
    assert [(room.id, room.connections) for room in rooms] == [("room", 1)]
    assert await parties["main"].rooms(prefix="x", start_after=None, limit=1) == []

"""A stub's socket without a listener keeps what the room sends, up to a limit, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest
from tests.partyserver.in_process import Server, settle, until

from partyserver import CloseEvent, Connection, Limits, PartyServer, Request, StubSocket
from partyserver.stubs import unheard
from pkcompat.legacy.connecting_socket import ConnectingSocket

LIMIT = 1_000


class Talkative(PartyServer):
    """Sends as much as it is asked for."""

    def __init__(self, room: Any) -> None:
        super().__init__(room)
        self.left = 0
        Talkative.latest = self

    latest: Talkative

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        for _ in range(int(message)):
            sender.send("x" * 100)

    def on_close(self, connection: Connection) -> None:
        self.left += 1


class Caller(PartyServer):
    async def on_request(self, request: Request) -> str:
        Caller.socket = await self.room.context.parties["talkative"].get("a").socket()
        return ""

    socket: StubSocket


async def called(limit: int) -> StubSocket:
    server = Server(Caller, Talkative, limits=Limits(max_queue=limit))
    await server.http("GET", "/party/room")
    return Caller.socket


async def test_too_much_for_too_long_closes_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(unheard, "LONGEST", 0.05)
    socket = await called(LIMIT)
    socket.send("20")
    await until(lambda: Talkative.latest.left)
    events: list[Any] = []
    socket.add_event_listener("message", events.append)
    socket.add_event_listener("close", events.append)
    await settle()
    assert events == [CloseEvent(1013, "Messages are read too slowly")]
    assert Talkative.latest.left == 1
    assert caplog.text.count("has no listener: 2000 bytes wait for one") == 1


@pytest.mark.parametrize(("limit", "count"), [(LIMIT, 10), (0, 1_000)])
async def test_what_is_not_too_much_waits_for_ever(
    limit: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unheard, "LONGEST", 0.0)
    socket = await called(limit)
    socket.send(str(count))
    await settle()
    events: list[Any] = []
    socket.add_event_listener("message", events.append)
    assert len(events) == count


async def test_the_socket_of_connect_has_the_same_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unheard, "LONGEST", 0.05)
    opened = await called(LIMIT)

    async def connecting() -> StubSocket:
        return opened

    socket = ConnectingSocket()
    await socket.connect(connecting())
    socket.send("20")
    await until(lambda: Talkative.latest.left)
    events: list[Any] = []
    socket.add_event_listener("close", events.append)
    await until(lambda: events)
    assert events == [CloseEvent(1013, "Messages are read too slowly")]


async def test_a_listener_in_time_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unheard, "LONGEST", 0.2)
    socket = await called(LIMIT)
    socket.send("20")
    await settle()
    events: list[Any] = []
    socket.add_event_listener("message", events.append)
    assert len(events) == 20
    assert socket._unheard._timer is None

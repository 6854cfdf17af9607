"""The tap of a room: which events it reports, and when it ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tests.partyserver.in_process import Server

from partyserver import (
    Connection,
    ConnectionContext,
    PartyServer,
    Request,
    Response,
    ServerOptions,
    StartError,
)
from partyserver.rooms.tap import TappedConnection
from partyserver.storage.backend import RoomStore


class Told:
    """A tap that notes what it is told."""

    is_over = False

    def __init__(self) -> None:
        self.told: list[Any] = []

    def connects(self, connection: Any, request: Request) -> None:
        self.told.append(("connects", connection.id))

    def connected(self, connection: Any) -> None:
        self.told.append(("connected", connection.id))

    def refused(self, connection: Any, error: Exception) -> None:
        self.told.append(("refused", connection.id, str(error)))

    def happened(self, connection: Any, event: Any) -> None:
        self.told.append((event.type, connection.id))

    def sent(self, socket: Any, message: Any) -> None:
        self.told.append(("sent", message))

    def closed(self, socket: Any, code: int | None, reason: str) -> None:
        self.told.append(("closed", code, reason))

    def asked(self, request: Request) -> Any:
        self.told.append(("asked", request.method))
        return lambda outcome: self.told.append(("answered", type(outcome).__name__))

    def rang(self) -> None:
        self.told.append("rang")

    def fetched(self, party: str, room_id: str, request: Any, response: Any) -> None:
        self.told.append(("fetched", party, room_id, response.status_code))

    def opens(self, party: str, room_id: str, request: Request) -> Told:
        self.told.append(("opens", party, room_id))
        return self

    def got(self, event: Any) -> None:
        self.told.append(("got", event.type))

    def idles(self) -> None:
        self.told.append("idles")

    def rests(self, *, gone: bool) -> None:
        self.told.append(("rests", gone))

    def ends(self, why: str) -> None:
        self.told.append(("ends", why))


class Taps:
    """What `Host(shadow=...)` takes: a tap for each start of a room."""

    def __init__(self) -> None:
        self.taps: list[Told] = []

    async def start(self, host: Any) -> None: ...

    async def stop(self) -> None: ...

    def room_starts(self, party: str, room_id: str, store: RoomStore) -> Told | None:
        if party != "main":
            return None
        self.taps.append(Told())
        return self.taps[-1]

    def report(self) -> str:
        return f"{len(self.taps)} starts"

    @property
    def told(self) -> list[Any]:
        (tap,) = self.taps
        told, tap.told = tap.told, []
        return told


class Main(PartyServer):
    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send("hello")
        if connection.id == "unwanted":
            raise ValueError("no")

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        other = self.room.context.parties["other"].get("r")
        if message == "fetch":
            await other.fetch()
        elif message == "socket":
            socket = await other.socket()
            socket.add_event_listener("message", lambda event: None)
            socket.send("x")
        else:
            sender.close(4000, "bye")

    async def on_request(self, request: Request) -> Response:
        if request.method == "PUT":
            raise ValueError("no")
        return Response()

    def on_alarm(self) -> None:
        self.room.broadcast("ring")


class Other(PartyServer):
    def on_request(self, request: Request) -> Response:
        return Response(status_code=204)

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)


async def test_what_a_tap_is_told() -> None:
    taps = Taps()
    server = Server(Main, Other, shadow=taps)
    client = await server.connect("a")
    assert taps.told == [("connects", "a"), ("sent", "hello"), ("connected", "a"), "idles"]
    with pytest.raises(ValueError, match="no"):
        await server.connect("unwanted")
    assert taps.told == [("connects", "unwanted"), ("sent", "hello"), ("refused", "unwanted", "no"), "idles"]
    await server.http("GET", "/party/room")
    await server.http("PUT", "/party/room")
    assert taps.told == [
        ("asked", "GET"),
        ("answered", "Response"),
        "idles",
        ("asked", "PUT"),
        ("answered", "ValueError"),
        "idles",
    ]
    await server.room().alarm()
    assert taps.told == ["rang", ("sent", "ring"), "idles"]
    client.send("fetch")
    await server.host.drain(5)
    assert taps.told == [("message", "a"), ("fetched", "other", "r", 204), "idles"]
    client.send("close")
    client.close()
    await server.host.drain(5)
    assert taps.told == [("message", "a"), ("closed", 4000, "bye"), "idles", ("close", "a"), "idles"]
    assert client.received == ["hello", "ring", ("close", 4000, "bye")]
    assert server.host.shadow_report == "1 starts"


async def test_sockets_to_other_rooms() -> None:
    taps = Taps()
    server = Server(Main, Other, shadow=taps)
    client = await server.connect("a")
    assert taps.told
    client.send("socket")
    await server.host.drain(5)
    await asyncio.sleep(0)
    assert taps.told == [("message", "a"), ("opens", "other", "r"), ("sent", "x"), ("got", "message")]


class Sleeper(PartyServer):
    options = ServerOptions(hibernate=True)

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)


async def test_a_room_is_told_of_from_a_start_without_connections_until_it_is_gone() -> None:
    taps = Taps()
    server = Server(Sleeper, shadow=taps, idle_timeout=0.0)
    client = await server.connect("a")
    room = server.room()
    async with asyncio.timeout(5):
        while room._instance.server is not None:  # noqa: ASYNC110 - it is told to nobody
            await asyncio.sleep(0.01)
    client.send("x")  # the instance is another, the tap the same
    await server.host.drain(5)
    assert taps.taps[0].told[:7] == [
        ("connects", "a"),
        ("connected", "a"),
        "idles",
        ("rests", False),
        ("message", "a"),
        ("sent", "x"),
        "idles",
    ]
    client.close()
    async with asyncio.timeout(5):
        while room.tap is not None:  # noqa: ASYNC110 - it is told to nobody
            await asyncio.sleep(0.01)
    assert taps.taps[0].told[-1] == ("rests", True)
    await server.connect("a")
    assert len(taps.taps) == 2


class Broken(PartyServer):
    def on_start(self) -> None:
        raise ValueError("no")


async def test_a_start_that_fails_ends_the_tap() -> None:
    taps = Taps()
    server = Server(Broken, shadow=taps)
    with pytest.raises(StartError, match="no"):
        await server.connect("a")
    assert taps.told == [("ends", "on_start failed")]


def test_frames_go_around_a_tap_that_is_over() -> None:
    tap = Told()
    transport: Any = SimpleNamespace(frames="frames")
    tapped = TappedConnection(tap, Connection("a", "/", transport))
    assert tapped.frames is None
    tap.is_over = True
    assert tapped.frames == "frames"

"""`/metrics`: each of them moves by what has happened, on a host over real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from tests.partyserver.admin.scraping import scraped
from tests.partyserver.in_process import AsgiSocket, until
from tests.partyserver.losing_storage import LosingStorage
from websockets.exceptions import InvalidStatus

from partyserver import (
    Connection,
    ConnectionContext,
    Cron,
    EdgeSocket,
    ExecutionContext,
    Host,
    Limits,
    Lobby,
    PartyServer,
    Request,
    Response,
    ServerOptions,
    SqliteStorage,
)


class Chat(PartyServer):
    """Does what its messages say."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        match message:
            case "fail":
                raise ValueError("no")
            case "late":
                await self.room.storage.set_alarm(time.time() * 1_000 - 2_000)
            case "slow":
                await asyncio.sleep(0.06)
            case "leave":
                sender.send("bye")
                sender.close()
            case _:
                self.room.broadcast(message)

    async def on_alarm(self) -> None:
        raise ValueError("no")

    def on_request(self, request: Request) -> Response:
        if request.method == "PUT":
            raise HTTPException(409)
        if request.method == "DELETE":
            raise ValueError("no")
        return None if request.method == "PATCH" else Response()  # type: ignore[return-value]


class Counter(PartyServer):
    """Handles messages without a task, and stores each."""

    options = ServerOptions(hibernate=True)

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "fail":
            raise ValueError("no")
        sender.send(message)


class Storing(PartyServer):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put("last", message)
        sender.send("stored")


class Doors(PartyServer):
    """Refuses, as the room's id says."""

    def on_start(self) -> None:
        if self.room.id == "broken":
            raise ValueError("no")

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if self.room.id == "closed":
            raise ValueError("no")

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request | Response:
        return Response(status_code=403) if lobby.id == "forbidden" else request


class Listening(PartyServer):
    """Has listeners, one of which awaits."""

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        def listener(event: Any) -> None:
            raise ValueError("no")

        async def patient(event: Any) -> None:
            raise ValueError("no")

        connection.add_event_listener("message", listener)
        connection.add_event_listener("message", patient)


class Hooked(PartyServer):
    """Has every hook."""

    @staticmethod
    def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        if request.url.path == "/fail":
            raise ValueError("no")
        return Response()

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
        if socket.request.url.path == "/fail":
            raise ValueError("no")
        socket.add_event_listener("message", lambda event: socket.send(event.data))

    @staticmethod
    def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request:
        return None if lobby.id == "nothing" else request  # type: ignore[return-value]

    @staticmethod
    async def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
        await asyncio.sleep(0.01)

    def on_request(self, request: Request) -> Response:
        return Response()


async def test_messages() -> None:
    async with scraped(Host({"main": Chat, "other": Counter})) as served:
        async with served.client() as a, served.client() as _, served.client("/parties/other/x") as c:
            await a.send("to both")
            await a.send("to both again")
            await a.send("leave")
            async for message in a:
                assert message in {"to both", "to both again", "bye"}
            await c.send("echo")
            assert await c.recv() == "echo"
        assert await served.moved("messages_received_total{party=main}") == 3
        assert await served.moved("messages_sent_total{party=main}") == 5
        assert await served.moved("messages_received_total{party=other}") == 1
        assert await served.moved("messages_sent_total{party=other}") == 1


async def test_rooms_and_connections() -> None:
    async with scraped(Host({"main": Chat})) as served:
        async with served.client(), served.client(), served.client("/party/secret-room"):
            metrics = await served.metrics()
            assert metrics["partyserver_rooms{party=main}"] == 2
            assert metrics["partyserver_connections{party=main}"] == 3
            assert metrics["partyserver_ready"] == 1
            assert metrics["process_resident_memory_bytes"] > 1e6
            assert not any("secret-room" in name for name in metrics)
        await served.moves("connections{party=main}", 0)


async def test_seconds_of_handlers() -> None:
    host = Host({"main": Chat, "other": Counter})
    assert not host._figures.party("main").is_timed
    async with scraped(host) as served:
        async with served.client() as a, served.client("/parties/other/x") as c:
            await a.send("slow")
            await a.send("slow")
            for _ in range(3):
                await c.send("echo")
            assert await served.status("/party/room") == 200
            await served.moves("handler_seconds_count{handler=on_message,party=main}", 2)
            await served.moves("handler_seconds_count{handler=on_message,party=other}", 3)
        metrics = await served.metrics()
        of_main = "handler=on_message,party=main"
        assert 0.12 <= metrics[f"partyserver_handler_seconds_sum{{{of_main}}}"] < 20
        assert metrics["partyserver_handler_seconds_bucket{handler=on_message,le=0.05,party=main}"] == 0
        for handler in ("on_start", "on_connect", "on_request"):
            assert metrics[f"partyserver_handler_seconds_count{{handler={handler},party=main}}"] == 1
        await served.moves("handler_seconds_count{handler=on_close,party=main}", 1)


async def test_a_host_whose_metrics_nobody_asks_for_times_nothing() -> None:
    host = Host({"main": Counter})
    socket = AsgiSocket(host, "/party/room")
    socket.send("echo")
    await until(lambda: host._figures.party("main").messages_sent == 1)
    await socket.leave()
    assert host._figures.party("main").seconds == {}
    assert host._figures.party("main").messages_received == 1


async def test_errors_of_handlers() -> None:
    async with scraped(Host({"main": Chat, "other": Counter, "listening": Listening})) as served:
        async with served.client() as a, served.client("/parties/other/x") as c:
            await a.send("fail")
            await c.send("fail")
            await c.send("fail")
            await a.send("late")
            for method, status in (("PUT", 409), ("DELETE", 500), ("PATCH", 500), ("GET", 200)):
                assert await served.status("/party/room", method) == status
            await served.moves("handler_errors_total{handler=on_message,party=main}", 1)
            await served.moves("handler_errors_total{handler=on_message,party=other}", 2)
            await served.moves("handler_errors_total{handler=on_request,party=main}", 2)
            await served.moves("handler_errors_total{handler=on_alarm,party=main}", 1)
        async with served.client("/parties/listening/x") as d:
            await d.send("hi")
            await served.moves("handler_errors_total{handler=listener,party=listening}", 1)
            await served.moves("handler_errors_total{handler=background,party=listening}", 1)
        assert await served.moved("handler_errors_total{handler=on_connect,party=main}") == 0


async def test_hooks() -> None:
    host = Host({"main": Hooked}, crons={"often": "* * * * *"}, schedule_crons=False)
    async with scraped(host) as served:
        assert await served.status("/") == 200
        assert await served.status("/fail") == 500
        assert await served.status("/__scheduled__?cron=often") == 200
        assert await served.status("/party/room") == 200
        assert await served.status("/party/nothing") == 500
        async with served.client("/socket") as a:
            await a.send("echo")
            assert await a.recv() == "echo"
        await served.moves("handler_errors_total{handler=on_fetch,party=main}", 1)
        for handler, calls in {"on_fetch": 2, "on_before_request": 2, "on_socket": 1, "on_cron": 1}.items():
            assert await served.moved(f"handler_seconds_count{{handler={handler},party=main}}") == calls
        assert await served.moved("messages_received_total{party=main}") == 1
        assert await served.moved("messages_sent_total{party=main}") == 1
        with pytest.raises(InvalidStatus):
            async with served.client("/fail"):
                raise AssertionError("it was let in")
        assert await served.moved("refused_openings_total{reason=on_socket}") == 1
        await AsgiSocket(_without_host(host), "/party/room").leave()
        assert await served.moved("refused_openings_total{reason=host}") == 1


def _without_host(host: Host) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await host({**scope, "headers": [], "http_version": "1.1"}, receive, send)

    return app


REFUSED = {
    "party": "/parties/none/x",
    "room_id": f"/party/{'x' * 30}",
    "on_before_connect": "/party/forbidden",
    "room_full": "/party/room",
    "start": "/party/broken",
    "no_room": "/elsewhere",
    "origin": "/party/evil",
}


async def test_refused_openings() -> None:
    limits = Limits(max_room_connections=1, max_room_id=20)
    host = Host({"main": Doors}, limits=limits, allow_origins=["https://example.com"])
    async with scraped(host) as served, served.client():
        for reason, path in REFUSED.items():
            origin: Any = "https://evil.example" if reason == "origin" else None
            await served.begin()
            with pytest.raises(InvalidStatus):
                async with served.client(path, origin=origin):
                    raise AssertionError("it was let in")
            after = await served.metrics()
            moved = [name for name in after if "refused" in name and after[name] != served.before[name]]
            assert moved == [f"partyserver_refused_openings_total{{reason={reason}}}"]
            assert after[moved[0]] == served.before[moved[0]] + 1
        async with served.client("/party/closed") as refused:
            await refused.wait_closed()
        assert await served.moved("refused_openings_total{reason=on_connect}") == 1


async def test_commits(tmp_path: Path) -> None:
    for durability in ("process", "power"):
        storage = SqliteStorage(tmp_path / f"{durability}.sqlite", durability=durability)
        async with scraped(Host({"main": Storing}, storage=storage)) as served:
            async with served.client() as a:
                for _ in range(3):
                    await a.send("x")
                    assert await a.recv() == "stored"
            assert await served.moved("commit_seconds_count") == 3
            assert 0 < await served.moved("commit_seconds_sum") < 20
            assert await served.moved("commit_failures_total") == 0


async def test_commits_that_fail(tmp_path: Path) -> None:
    storage = LosingStorage(tmp_path / "rooms.sqlite")
    async with scraped(Host({"main": Storing}, storage=storage)) as served:
        async with served.client() as a:
            storage.losing = 1
            await a.send("x")
            await a.wait_closed()
        assert await served.moved("commit_failures_total") == 1
        assert await served.moved("ready") == -1


async def test_alarms_that_are_late() -> None:
    async with scraped(Host({"main": Chat})) as served:
        async with served.client() as a:
            await a.send("late")
            await served.moves("alarm_lateness_seconds_count{party=main}", 1)
            assert 2 <= await served.moved("alarm_lateness_seconds_sum{party=main}") < 22
            assert await served.moved("alarm_lateness_seconds_bucket{le=1.0,party=main}") == 0
            await served.moves("alarms_waiting", 1)  # it is tried again


async def test_hibernations_and_wakings() -> None:
    async with scraped(Host({"main": Counter, "chat": Chat}, idle_timeout=0.02)) as served:
        async with served.client() as a, served.client("/parties/chat/x"):
            await served.moves("hibernations_total{party=main}", 1)
            assert await served.moved("wakings_total{party=main}") == 0
            await a.send("wake")
            assert await a.recv() == "wake"
            assert await served.moved("wakings_total{party=main}") == 1
            await served.moves("hibernations_total{party=main}", 2)
        assert await served.moved("hibernations_total{party=chat}") == 0


@dataclass
class Followed:
    """What a shadow tells."""

    rooms: int = 7
    following: int = 2
    compared: int = 40
    differences: int = 3
    left: Mapping[str, int] = field(default_factory=lambda: {"its shadow fell behind": 1, "other": 1})
    restarts: int = 1


class FakeShadow:
    async def start(self, host: Any) -> None: ...

    async def stop(self) -> None: ...

    def room_starts(self, party: str, room_id: str, store: Any) -> None: ...

    def report(self) -> Followed:
        return Followed()


async def test_a_shadow() -> None:
    async with scraped(Host({"main": Chat}, shadow=FakeShadow())) as served:
        metrics = await served.metrics()
        of_shadow = {name: value for name, value in metrics.items() if "_shadow_" in name}
    assert of_shadow == {
        "partyserver_shadow_compared_total": 40,
        "partyserver_shadow_differences_total": 3,
        "partyserver_shadow_restarts_total": 1,
        "partyserver_shadow_rooms_followed_total": 7,
        "partyserver_shadow_rooms_following": 2,
        "partyserver_shadow_rooms_left_total": 2,
    }

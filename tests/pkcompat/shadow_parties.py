"""A host, and a shadow of its party that is the same, or differs in one place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from tests.partyserver.in_process import Server

from partyserver import Connection, ConnectionContext, Host, PartyServer, Request, Response
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.targets import load_party
from pkcompat.shadow.follower import Shadow, ShadowOptions
from pkcompat.shadow.report import ShadowReport

CHAT = """
import asyncio, os, time, uuid
from partyserver import PartyServer, Response, ServerOptions


class Chat(PartyServer):
    options = ServerOptions(hibernate=False)

    async def on_start(self):
        self.began = await self.room.storage.get("count") or 0
        self.seen = 0

    def get_connection_tags(self, connection, ctx):
        return [ctx.request.query_params.get("tag") or "none"]

    async def on_connect(self, connection, ctx):
        connection.send(f"hello {connection.id}")
        if connection.id == "unwanted":
            raise ValueError("not you")

    async def on_message(self, message, sender):
        self.seen += 1
        if message == "count":
            count = (await self.room.storage.get("count") or 0) + 1
            await self.room.storage.put("count", count)
            sender.send(f"count {count}, began {self.began}")
        elif message == "all":
            self.room.broadcast(f"from {sender.id}", [sender.id])
        elif message == "close":
            sender.close(4000, "bye")
        elif message == "fetch":
            other = self.room.context.parties["other"].get("r")
            answer = await other.fetch("/x?q=1", method="POST", content="1")
            sender.send(f"fetched {answer.status_code} {answer.text} {answer.headers['x-own']}")
        elif message == "socket":
            other = self.room.context.parties["other"].get("r")
            self.socket = await other.socket("/s?_pk=me")
            say = self.room.broadcast
            self.socket.add_event_listener("message", lambda event: say(f"heard {event.data}"))
            self.socket.add_event_listener("close", lambda event: say(f"over {event.code}"))
            self.socket.send("through")
        elif message == "hang up":
            self.socket.close(4002, "enough")
        elif message == "alarm":
            await self.room.storage.set_alarm(time.time() * 1000)
        elif message == "fail":
            raise RuntimeError("failed")
        elif message == "later":
            asyncio.get_running_loop().call_later(0.05, sender.send, "later")
        elif message == "random":
            sender.send(str(uuid.uuid4()))
        elif isinstance(message, bytes):
            sender.send(message[::-1])
        else:
            sender.send(f"{self.seen}: {message}")

    def on_close(self, connection):
        self.room.broadcast(f"{connection.id} left")

    def on_error(self, connection, error):
        self.room.broadcast(f"{connection.id} broke: {error.code}")

    def on_alarm(self):
        self.room.broadcast("ring")

    async def on_request(self, request):
        if request.method == "DELETE":
            raise ValueError("no")
        body = await request.body()
        return Response(request.url.path.encode() + b" " + body, headers={"x-own": "yes"})
"""


class Other(PartyServer):
    """Another party, which counts what it is asked."""

    asked = 0
    heard: ClassVar[list[object]] = []

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        self.heard.append("open")

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.heard.append(message)
        sender.send(f"echo {message!r}")
        if message == "end":
            sender.close(4003, "end")

    def on_close(self, connection: Connection) -> None:
        self.heard.append("close")

    async def on_request(self, request: Request) -> Response:
        type(self).asked += 1
        return Response(f"{self.asked} {(await request.body()).decode()}", headers={"x-own": "other"})


class Followed(Server):
    """A host whose party `main` is followed by a shadow."""

    @property
    def report(self) -> ShadowReport:
        report = self.host.shadow_report
        assert isinstance(report, ShadowReport)
        return report

    async def until(self, what: str, number: int = 1, seconds: float = 20.0) -> None:
        """Wait until a number in the report is reached."""
        async with asyncio.timeout(seconds):
            while getattr(self.report, what) < number:  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.01)

    async def until_running(self) -> None:
        async with asyncio.timeout(20):
            while self.report.state != "running":  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.01)


@asynccontextmanager
async def followed(
    folder: Path,
    *changes: tuple[str, str],
    source: str = CHAT,
    options: ShadowOptions | None = None,
    **host: Any,
) -> AsyncIterator[Followed]:
    """The host, with a shadow in which some text is changed; both stop with the context."""
    (folder / "chat.py").write_text(source)
    shadow = source
    for before, after in changes:
        assert before in shadow
        shadow = shadow.replace(before, after)
    (folder / "shadow.py").write_text(shadow)
    options = options or ShadowOptions(differences=folder / "differences", patience=2.0, finish=15.0)
    server = Followed(
        load_party(str(folder / "chat.py"), ModuleLoader()).server_class,
        Other,
        shadow=Shadow({"main": f"{folder / 'shadow.py'}:Chat"}, options),
        **host,
    )
    Other.asked = 0
    Other.heard.clear()
    async with lifespan(server.host):
        await server.until_running()
        yield server


@asynccontextmanager
async def lifespan(host: Host) -> AsyncIterator[None]:
    async with host.router.lifespan_context(host):
        yield

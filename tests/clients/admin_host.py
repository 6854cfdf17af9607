"""Serves a host whose rooms are worth looking at, with its admin application below `/ops/host`; and that of a
cluster's node below `/ops/node`."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.partyserver.cluster.engine_in_memory import Shared, in_memory

from partyserver import Connection, Host, MemoryStorage, PartyServer, Request, Response, ServerOptions
from partyserver.storage import Alarm, Changes
from pkcompat.serving.server import address_of, listen, serve

HOUR = 3_600_000  # milliseconds
LATER = 4_102_444_800_000  # the year 2100
HOSTILE_ID = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AE&'evil'"
HOSTILE_KEY = "<img src=x onerror=alert(1)>\u202e\n\"'"
ROOMS = 1_000


class Chat(PartyServer):
    """Keeps what it is sent; says that its alarm rang."""

    options = ServerOptions(hibernate=True)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put(str(message), len(message))

    async def on_request(self, request: Request) -> Response:
        return Response("here")

    async def on_alarm(self) -> None:
        await self.room.storage.put("rang", True)
        self.room.broadcast("the alarm rang")


def seeded() -> MemoryStorage:
    """Rooms that have stored something."""
    storage = MemoryStorage()
    for number in range(ROOMS):
        storage.room("many", f"room-{number:04}").apply(Changes({"made": b"1"}))
    topics = ["design", "general", "general/archive", "help", "random", "release-2.0", "standup"]
    for topic in topics:
        values = {f"message:{number:03}": json.dumps("hello" * number).encode() for number in range(1, 41)}
        room = storage.room("main", topic.replace("/", "%2F"))
        room.apply(Changes({**values, "topic": b'"tea"'}, alarm=Alarm.at(LATER)))
    storage.room("main", HOSTILE_ID).apply(Changes({HOSTILE_KEY: b"1"}, alarm=Alarm.at(LATER)))
    return storage


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    host = Host({"main": Chat, "many": Chat, "empty": Chat}, storage=seeded())

    shared = Shared()
    nodes = [Host({"main": Chat}, cluster=in_memory(shared, number)) for number in (1, 2)]
    shared.row(("main", "asleep")).entries["key"] = b"1"

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for each in (host, *nodes):  # Starlette runs no lifespan of what it mounts
                await stack.enter_async_context(each.lifespan())
            for node, room in zip(nodes, ("here", "far away"), strict=True):
                async with httpx.AsyncClient(transport=httpx.ASGITransport(node)) as client:
                    await client.get(f"http://test/party/{room}")
            yield

    admins = [Mount("/ops/host", host.admin), Mount("/ops/node", nodes[0].admin)]
    app = Starlette(routes=[*admins, Mount("/", host)], lifespan=lifespan)
    listener = listen(port=parser.parse_args().port)
    url = address_of(listener).url
    serve(app, listener, on_started=lambda: print(f"{url}\nCtrl-C stops it.", flush=True))


if __name__ == "__main__":
    main()

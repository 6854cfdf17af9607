"""Hosts in processes of their own, to be killed.

Each line on standard input is a storage file and a durability; it forks a host, which says its process id and
port. The next line is read once that host has ended. Forking spares each of them the start of Python.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys

import uvicorn
import uvicorn.lifespan.on
import uvicorn.protocols.http.h11_impl
import uvicorn.protocols.websockets.websockets_sansio_impl
from starlette.responses import JSONResponse

from partyserver import Connection, Host, PartyServer, Request, Response, SqliteStorage

FAR_AWAY = 4_000_000_000_000


class Ledger(PartyServer):
    """Numbers what it gets, in several writes that belong together."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        storage = self.room.storage
        count = (await storage.get("count") or 0) + 1
        await storage.put("count", count)
        await storage.put(f"entry {count:06}", message)
        await storage.set_alarm(FAR_AWAY + count)
        sender.send(str(count))

    async def on_request(self, request: Request) -> Response:
        storage = self.room.storage
        entries = await storage.list(prefix="entry ")
        return JSONResponse(
            {
                "count": await storage.get("count") or 0,
                "entries": list(entries.values()),
                "alarm": await storage.get_alarm(),
            }
        )


class Sleeper(PartyServer):
    """Its first alarm never ends."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.set_alarm(1_000_000_000_000)

    async def on_alarm(self) -> None:
        rings = (await self.room.storage.get("rings") or 0) + 1
        await self.room.storage.put("rings", rings)
        self.room.broadcast(f"ring {rings}")
        if rings == 1:
            await asyncio.Event().wait()

    async def on_request(self, request: Request) -> Response:
        return JSONResponse([await self.room.storage.get("rings"), await self.room.storage.get_alarm()])


def serve(path: str, durability: str) -> None:
    storage = SqliteStorage(path, durability=durability)  # type: ignore[arg-type]
    host = Host({"main": Ledger, "sleeper": Sleeper}, storage=storage)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(os.getpid(), listener.getsockname()[1], flush=True)
        config = uvicorn.Config(host, log_level="critical", http="h11", ws="websockets-sansio")
        uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    for line in sys.stdin:
        process = os.fork()
        if process:
            os.waitpid(process, 0)
        else:
            serve(*line.split())
            os._exit(0)


if __name__ == "__main__":
    main()

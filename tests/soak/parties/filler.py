"""A party that fills the disk, and one that does not write."""

from __future__ import annotations

import os

from starlette.responses import JSONResponse

from partyserver import Connection, PartyServer, Request, Response


class Filler(PartyServer):
    """Stores as many bytes as it is told to, in two writes that belong together, and says so to everybody."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        storage = self.room.storage
        if str(message).startswith("alarm"):
            await storage.set_alarm(int(str(message).split()[1]))
            sender.send("set")
            return
        count = (await storage.get("count") or 0) + 1
        await storage.put("count", count)
        await storage.put(f"entry {count:06}", os.urandom(int(message)))
        self.room.broadcast(f"stored {count}")

    async def on_alarm(self) -> None:
        await self.room.storage.put("rings", (await self.room.storage.get("rings") or 0) + 1)
        self.room.broadcast("rang")

    async def on_request(self, request: Request) -> Response:
        if request.method == "DELETE":
            await self.room.storage.delete_all()
            return JSONResponse({})
        storage = self.room.storage
        entries = await storage.list(prefix="entry ")
        return JSONResponse({"entries": len(entries), **await storage.get(["count", "rings"])})


class Quiet(PartyServer):
    """Sends everybody what it gets."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message)

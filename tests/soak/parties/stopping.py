"""A party that fills its clients' buffers, hangs, and counts how many have left."""

from __future__ import annotations

import asyncio

from partyserver import Connection, PartyServer

PIECE = "x" * 60_000


class Stopping(PartyServer):
    """Does what it is told to: `hello`, `fill` (some 600 KB come back), `hang`."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "hang":
            sender.send("hanging")
            await asyncio.Event().wait()
        for _ in range(10 if message == "fill" else 0):
            sender.send(PIECE)
        sender.send("done")

    async def on_close(self, connection: Connection) -> None:
        await self.room.storage.put(f"left {connection.id}", True)
        await asyncio.sleep(0)
        await self.room.storage.put(f"left for good {connection.id}", True)

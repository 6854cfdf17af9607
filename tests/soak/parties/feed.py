"""A party that passes on what it gets, fills a client's buffers, and tells who is there and who has left."""

from __future__ import annotations

import asyncio
import json

from partyserver import Connection, PartyServer
from partyserver.rooms import Room

PIECE = "x" * 65_536


class Feed(PartyServer):
    """Does what it is told to: `fill` (2 MiB come back), `who`; anything else goes to all."""

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self.left: list[str] = []

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "fill":
            for _ in range(32):
                sender.send(PIECE)
        elif message == "who":
            present = [connection.id for connection in self.room.get_connections()]
            sender.send(json.dumps({"present": present, "left": self.left}))
        else:
            self.room.broadcast(message)

    async def on_close(self, connection: Connection) -> None:
        await asyncio.sleep(0)
        self.left.append(connection.id)

"""A chat that remembers: who joins sees the last hundred messages, and who else is here."""

from __future__ import annotations

import json
import time
from typing import Any

from partyserver import Connection, ConnectionContext, PartyServer, Room, ServerOptions

REMEMBERED = 100  # messages
LONGEST = 2_000  # characters


def key_of(number: int) -> str:
    return f"message:{number:09d}"


async def keep(room: Room, message: dict[str, Any]) -> None:
    """Each message under a key of its own: a stored value has at most 128 KiB."""
    number = (await room.storage.get("next")) or 0
    await room.storage.put({key_of(number): message, "next": number + 1})
    await room.storage.delete(key_of(number - REMEMBERED))


def tell_who_is_here(room: Room) -> None:
    names = sorted(peer.state["name"] for peer in room.get_connections() if peer.state)
    room.broadcast(json.dumps({"type": "here", "names": names}))


class Chat(PartyServer):
    options = ServerOptions(hibernate=True)

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.set_state({"name": ctx.request.query_params.get("name", "somebody")[:40]})
        kept = await self.room.storage.list(prefix="message:")
        connection.send(json.dumps({"type": "history", "messages": list(kept.values())}))
        tell_who_is_here(self.room)

    async def on_message(self, message: str | bytes, connection: Connection) -> None:
        if isinstance(message, bytes) or not message.strip():
            return
        said = {"by": connection.state["name"], "text": message[:LONGEST], "at": int(time.time() * 1_000)}
        await keep(self.room, said)
        self.room.broadcast(json.dumps({"type": "message", **said}))

    def on_close(self, connection: Connection) -> None:
        tell_who_is_here(self.room)


default = Chat

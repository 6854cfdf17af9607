"""A chat that remembers: who joins sees the last hundred messages, and who else is here."""

from __future__ import annotations

import json
import time
from typing import Any

from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer

REMEMBERED = 100  # messages
LONGEST = 2_000  # characters


def key_of(number: int) -> str:
    return f"message:{number:09d}"


async def keep(room: PartyKitRoom, message: dict[str, Any]) -> None:
    """Each message under a key of its own: a stored value has at most 128 KiB."""
    number = (await room.storage.get("next")) or 0
    await room.storage.put({key_of(number): message, "next": number + 1})
    await room.storage.delete(key_of(number - REMEMBERED))


def tell_who_is_here(room: PartyKitRoom) -> None:
    names = sorted(peer.state["name"] for peer in room.getConnections() if peer.state)
    room.broadcast(json.dumps({"type": "here", "names": names}))


async def on_connect(connection: PartyKitConnection, room: PartyKitRoom, ctx: PartyKitContext) -> None:
    connection.setState({"name": ctx.request.query_params.get("name", "somebody")[:40]})
    kept = await room.storage.list({"prefix": "message:"})
    connection.send(json.dumps({"type": "history", "messages": list(kept.values())}))
    tell_who_is_here(room)


async def on_message(message: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    if isinstance(message, bytes) or not message.strip():
        return
    said = {"by": connection.state["name"], "text": message[:LONGEST], "at": int(time.time() * 1_000)}
    await keep(room, said)
    room.broadcast(json.dumps({"type": "message", **said}))


def on_close(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    tell_who_is_here(room)


default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message, "onClose": on_close}

"""A poll with a timer: an alarm closes it, whoever is there, and a later one clears it away."""

from __future__ import annotations

import json
import time
from typing import Any

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer

LONGEST = 3_600  # seconds that a poll may be open
KEPT = 86_400  # seconds that its result is kept


def in_milliseconds(seconds: float) -> int:
    return int((time.time() + seconds) * 1_000)


async def state_of(room: PartyKitRoom) -> dict[str, Any]:
    """The poll as everybody sees it: who voted for what stays here."""
    poll = await room.storage.get("poll")
    if poll is None:
        return {"type": "poll", "poll": None}
    votes = (await room.storage.list({"prefix": "vote:"})).values()
    counts = [sum(vote == option for vote in votes) for option in range(len(poll["options"]))]
    return {"type": "poll", "poll": {**poll, "counts": counts}}


async def tell(room: PartyKitRoom) -> None:
    room.broadcast(json.dumps(await state_of(room)))


async def open_poll(room: PartyKitRoom, asked: dict[str, Any]) -> None:
    options = [str(option)[:80] for option in asked["options"] if str(option).strip()][:8]
    seconds = max(1, min(int(asked["seconds"]), LONGEST))
    await room.storage.deleteAll()
    closes = in_milliseconds(seconds)
    poll = {"question": str(asked["question"])[:200], "options": options, "closes": closes, "open": True}
    await room.storage.put("poll", poll)
    await room.storage.setAlarm(closes)
    await tell(room)


async def vote(room: PartyKitRoom, connection: PartyKitConnection, option: int) -> None:
    """One vote for each id; the last one counts. A page keeps its id when it is loaded again."""
    poll = await room.storage.get("poll")
    if poll is None or not poll["open"]:
        connection.send(json.dumps({"type": "refused", "why": "the poll is closed"}))
    elif 0 <= option < len(poll["options"]):
        await room.storage.put(f"vote:{connection.id}", option)
        await tell(room)


async def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    connection.send(json.dumps(await state_of(room)))


async def on_message(message: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    try:
        asked = json.loads(message)
        if asked["type"] == "open":
            await open_poll(room, asked)
        elif asked["type"] == "vote":
            await vote(room, connection, int(asked["option"]))
    except (ValueError, TypeError, KeyError, OverflowError):
        connection.send(json.dumps({"type": "refused", "why": "that was not understood"}))


async def on_alarm(room: PartyKitRoom) -> None:
    poll = await room.storage.get("poll")
    if poll is not None and poll["open"]:
        await room.storage.put("poll", {**poll, "open": False})
        await room.storage.setAlarm(in_milliseconds(KEPT))
    else:
        await room.storage.deleteAll()
    await tell(room)


default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message, "onAlarm": on_alarm}

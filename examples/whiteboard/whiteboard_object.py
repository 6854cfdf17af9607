"""A whiteboard: strokes are kept, cursors are not; whoever comes late gets the picture so far."""

from __future__ import annotations

import json
from typing import Any

from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer
from partyserver import Request, Response

COLORS = ("black", "red", "green", "blue")
MAX_STROKES = 500


def stroke_key(number: int) -> str:
    return f"stroke:{number:06d}"


async def strokes_of(room: PartyKitRoom) -> list[dict[str, Any]]:
    return list((await room.storage.list({"prefix": "stroke:"})).values())


async def next_number(room: PartyKitRoom) -> int:
    number = (await room.storage.get("next")) or 0
    await room.storage.put("next", number + 1)
    return number


def point(value: object) -> tuple[int, int] | None:
    """A point as `x,y`."""
    x, comma, y = str(value).partition(",")
    if comma and x.isdigit() and y.isdigit():
        return int(x), int(y)
    return None


def to_others(room: PartyKitRoom, connection: PartyKitConnection, message: dict[str, Any]) -> None:
    room.broadcast(json.dumps(message), [connection.id])


async def draw(room: PartyKitRoom, connection: PartyKitConnection, argument: str) -> None:
    color, _, rest = argument.partition(" ")
    points = [point(part) for part in rest.split()]
    if color not in COLORS or not points or None in points:
        connection.send("! draw COLOR X,Y X,Y ...")
        return
    number = await next_number(room)
    if number >= MAX_STROKES:
        connection.send("! the board is full")
        return
    stroke = {"by": connection.id, "color": color, "points": points}
    await room.storage.put(stroke_key(number), stroke)
    to_others(room, connection, {"type": "stroke", "number": number, **stroke})
    connection.send(f"drawn {number}")


async def undo(room: PartyKitRoom, connection: PartyKitConnection) -> None:
    """Take away the last stroke that is one's own."""
    strokes = await room.storage.list({"prefix": "stroke:", "reverse": True})
    for key, stroke in strokes.items():
        if stroke["by"] == connection.id:
            await room.storage.delete(key)
            room.broadcast(json.dumps({"type": "undone", "number": int(key.removeprefix("stroke:"))}))
            return
    connection.send("! nothing to undo")


async def clear(room: PartyKitRoom, connection: PartyKitConnection) -> None:
    keys = [stroke_key(number) for number in range((await room.storage.get("next")) or 0)]
    await room.storage.delete([*keys, "next"])
    room.broadcast(json.dumps({"type": "cleared", "by": connection.id}))


async def on_connect(connection: PartyKitConnection, room: PartyKitRoom, ctx: PartyKitContext) -> None:
    connection.setState({"cursor": None})
    connection.send(json.dumps({"type": "board", "strokes": await strokes_of(room)}))


async def on_message(message: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    if isinstance(message, bytes):
        connection.close(1003, "text only")
        return
    command, _, argument = message.partition(" ")
    if command == "cursor":
        cursor = point(argument)
        if cursor is not None:
            connection.setState({"cursor": cursor})
            to_others(room, connection, {"type": "cursor", "id": connection.id, "cursor": cursor})
    elif command == "draw":
        await draw(room, connection, argument)
    elif command == "undo":
        await undo(room, connection)
    elif command == "clear":
        await clear(room, connection)
    else:
        connection.send(f"! no such command: {command}")


def on_close(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    room.broadcast(json.dumps({"type": "left", "id": connection.id}))


async def on_request(request: Request, room: PartyKitRoom) -> Response:
    if request.method == "DELETE":
        await room.storage.deleteAll()
        return Response(status_code=204)
    cursors = {peer.id: peer.state["cursor"] for peer in room.getConnections() if peer.state}
    answer = json.dumps({"strokes": await strokes_of(room), "cursors": cursors})
    return Response(answer, media_type="application/json")


default: PartyKitServer = {
    "onConnect": on_connect,
    "onMessage": on_message,
    "onClose": on_close,
    "onRequest": on_request,
}

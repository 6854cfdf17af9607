"""Live cursors: everybody on a page sees where the others point. Nothing is stored."""

from __future__ import annotations

import json
from typing import Any

from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer

COLORS = ("crimson", "darkorange", "seagreen", "steelblue", "rebeccapurple")


def cursor_of(connection: PartyKitConnection) -> dict[str, Any]:
    return {"id": connection.id, **connection.state}


def on_connect(connection: PartyKitConnection, room: PartyKitRoom, ctx: PartyKitContext) -> None:
    name = ctx.request.query_params.get("name", "somebody")[:40]
    color = COLORS[sum(connection.id.encode()) % len(COLORS)]
    connection.setState({"name": name, "color": color, "at": None})
    others = [cursor_of(peer) for peer in room.getConnections() if peer.id != connection.id and peer.state]
    connection.send(json.dumps({"type": "cursors", "cursors": others}))
    room.broadcast(json.dumps({"type": "cursor", **cursor_of(connection)}), [connection.id])


def on_message(message: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    """A position as `x y`, in thousandths of the page; `away` when the pointer has left it."""
    if isinstance(message, bytes):
        return
    x, _, y = message.partition(" ")
    if x.isdigit() and y.isdigit():
        at = [min(int(x), 1_000), min(int(y), 1_000)]
    elif message == "away":
        at = None
    else:
        return
    connection.setState({**connection.state, "at": at})
    room.broadcast(json.dumps({"type": "cursor", **cursor_of(connection)}), [connection.id])


def on_close(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    room.broadcast(json.dumps({"type": "left", "id": connection.id}))


default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message, "onClose": on_close}

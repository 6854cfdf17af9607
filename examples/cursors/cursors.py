"""Live cursors: everybody on a page sees where the others point. Nothing is stored."""

from __future__ import annotations

import json
from typing import Any

from partyserver import Connection, ConnectionContext, PartyServer, ServerOptions

COLORS = ("crimson", "darkorange", "seagreen", "steelblue", "rebeccapurple")


def cursor_of(connection: Connection) -> dict[str, Any]:
    return {"id": connection.id, **connection.state}


class Cursors(PartyServer):
    options = ServerOptions(hibernate=True)

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        name = ctx.request.query_params.get("name", "somebody")[:40]
        color = COLORS[sum(connection.id.encode()) % len(COLORS)]
        connection.set_state({"name": name, "color": color, "at": None})
        others = [
            cursor_of(peer) for peer in self.room.get_connections() if peer.id != connection.id and peer.state
        ]
        connection.send(json.dumps({"type": "cursors", "cursors": others}))
        self.room.broadcast(json.dumps({"type": "cursor", **cursor_of(connection)}), [connection.id])

    def on_message(self, message: str | bytes, connection: Connection) -> None:
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
        connection.set_state({**connection.state, "at": at})
        self.room.broadcast(json.dumps({"type": "cursor", **cursor_of(connection)}), [connection.id])

    def on_close(self, connection: Connection) -> None:
        self.room.broadcast(json.dumps({"type": "left", "id": connection.id}))


default = Cursors

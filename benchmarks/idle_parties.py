"""What `idle_sockets.py` serves: parties that do next to nothing, and a plain Starlette endpoint."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from partyserver import Connection, PartyServer, ServerOptions

HISTORY = 500  # messages that an instance of `Remembering` keeps


class Awake(PartyServer):
    """Keeps its instance while it has connections."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message, [sender.id])


class Sleeping(Awake):
    """Hibernates."""

    options = ServerOptions(hibernate=True)


class Remembering(Sleeping):
    """Hibernates, with much to forget."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.history = [
            {"number": number, "text": f"message {number} " + "x" * 64} for number in range(HISTORY)
        ]
        sender.send("remembered")


async def endpoint(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket.iter_text():
        await socket.send_text(message)


peer = Starlette(routes=[WebSocketRoute("/{path:path}", endpoint)])

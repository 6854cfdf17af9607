"""What `broadcast.py` has `pkcompat serve` serve: a party that passes messages on, in each form."""

from __future__ import annotations

from partykit.server import PartyKitConnection, PartyKitRoom
from partyserver import Connection, PartyServer, ServerOptions


class Relay(PartyServer):
    """The class form."""

    options = ServerOptions(hibernate=True)

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message, [sender.id])


class AsyncRelay(PartyServer):
    """The class form, with an `async def`."""

    options = ServerOptions(hibernate=True)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message, [sender.id])


def on_message(message: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    room.broadcast(message, [connection.id])


async def on_message_async(message: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    room.broadcast(message, [connection.id])


relay = {"onMessage": on_message}
async_relay = {"onMessage": on_message_async}

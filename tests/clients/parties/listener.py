"""Answers from a listener that `on_connect` adds, so it does not hibernate: one connection an id."""

import json

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer


def on_connect(connection: PartyKitConnection, room: PartyKitRoom):
    def answer(event):
        message = event.data
        if message == "who":
            connection.send(json.dumps([peer.id for peer in room.getConnections()]))
        elif message.startswith("tell "):
            _, whom, text = message.split(" ", 2)
            room.getConnection(whom).send(text)
        else:
            connection.send("echo " + message)

    connection.addEventListener("message", answer)
    connection.send(json.dumps({"id": connection.id}))


def on_close(connection: PartyKitConnection, room: PartyKitRoom):
    room.broadcast(f"{connection.id} left", [connection.id])


default: PartyKitServer = {"onConnect": on_connect, "onClose": on_close}

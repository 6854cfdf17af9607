"""A chat room: people join under a name, talk, whisper, and see who is here."""

from starlette.responses import JSONResponse

from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer

REMEMBERED = 20  # messages that somebody who joins is shown


def names(room: PartyKitRoom) -> str:
    return ", ".join(sorted(peer.state["name"] for peer in room.connections.values() if peer.state))


# Who joins sees the last messages before anything else.
async def on_connect(connection: PartyKitConnection, room: PartyKitRoom, ctx: PartyKitContext):
    name = ctx.request.query_params.get("name", "somebody")
    connection.setState({"name": name})
    for line in await room.storage.get("lines") or []:
        connection.socket.send(line)
    room.broadcast(f"* {name} joined: {names(room)}")


async def on_message(message, connection: PartyKitConnection, room: PartyKitRoom):
    name = connection.state["name"]
    if message == "/who":
        connection.send(f"* here: {names(room)}")
    elif message.startswith("/to "):
        _, whom, text = message.split(" ", 2)
        peer = room.connections.get(whom)
        if peer is None:
            connection.send(f"* nobody here is {whom}")
        else:
            peer.socket.send(f"{name} whispers: {text}")
    else:
        lines = await room.storage.get("lines") or []
        await room.storage.put("lines", [*lines, f"{name}: {message}"][-REMEMBERED:])
        room.broadcast(f"{name}: {message}", [connection.id])  # not back to who said it


def on_close(connection: PartyKitConnection, room: PartyKitRoom):
    room.broadcast(f"* {connection.state['name']} left: {names(room)}")


async def on_request(request, room: PartyKitRoom):
    if request.method == "DELETE":
        await room.storage.deleteAll()
        room.broadcast("* the past is forgotten")
    lines = await room.storage.get("lines") or []
    return JSONResponse({"room": room.id, "here": names(room), "lines": len(lines)})


default: PartyKitServer = {
    "onConnect": on_connect,
    "onMessage": on_message,
    "onClose": on_close,
    "onRequest": on_request,
}

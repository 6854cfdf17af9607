"""Tells clients what the server sees of them, and gives back what they send. It hibernates."""

import json

from starlette.responses import JSONResponse, Response

from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer


def on_before_connect(request, lobby, ctx):
    if lobby.id == "members" and request.query_params.get("token") != "second":
        return Response("members only", status_code=401)
    return request


def on_connect(connection: PartyKitConnection, room: PartyKitRoom, ctx: PartyKitContext):
    if room.id == "broken":
        raise RuntimeError("on_connect failed")
    room.greeted = True  # an attribute of the instance's room: gone once the room hibernated
    connection.setState({"sent": 0})
    seen = {"id": connection.id, "uri": connection.uri, "room": room.id, "party": room.name}
    connection.send(json.dumps({**seen, "query": dict(ctx.request.query_params)}))


def on_message(message, connection: PartyKitConnection, room: PartyKitRoom):
    connection.setState({"sent": connection.state["sent"] + 1})
    if isinstance(message, bytes):
        connection.send(message[::-1])
    elif message == "who":
        connection.send(json.dumps([peer.id for peer in room.getConnections()]))
    elif message == "slept?":
        slept = not hasattr(room, "greeted")
        connection.send(json.dumps({"slept": slept, "sent": connection.state["sent"]}))
    elif message.startswith("tell "):
        _, whom, text = message.split(" ", 2)
        room.getConnection(whom).send(text)
    elif message.startswith("close "):
        _, code, reason = message.split(" ", 2)
        connection.close(int(code), reason)
    elif message == "close":
        connection.close()
    else:
        connection.send("echo " + message)


def on_close(connection: PartyKitConnection, room: PartyKitRoom):
    room.broadcast(f"{connection.id} left", [connection.id])


async def on_request(request, room: PartyKitRoom):
    seen = {
        "method": request.method,
        "path": request.scope["raw_path"].decode(),
        "query": dict(request.query_params),
        "header": request.headers.get("x-client"),
        "body": (await request.body()).hex(),
        "room": room.id,
        "party": room.name,
    }
    return JSONResponse(seen, 201 if request.method == "POST" else 200, {"x-party": "echo"})


default: PartyKitServer = {
    "onBeforeConnect": on_before_connect,
    "onConnect": on_connect,
    "onMessage": on_message,
    "onClose": on_close,
    "onRequest": on_request,
}

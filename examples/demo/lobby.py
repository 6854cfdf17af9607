"""The lobby: rooms report how busy they are over HTTP, and browsers watch over a WebSocket."""

from types import SimpleNamespace

from starlette.responses import JSONResponse, Response

people: dict[str, int] = {}


def on_before_request(request, lobby, ctx):
    if request.method == "POST" and request.headers.get("x-key") != lobby.env["LOBBY_KEY"]:
        return Response(f"no reports to {lobby.id} without the key", status_code=403)
    return request


def on_connect(connection, room):
    def answer(event):
        connection.send(f"{event.data}: {people.get(event.data, 0)}")

    connection.addEventListener("message", answer)
    connection.send(f"{len(people)} rooms are open")


async def on_request(request, room):
    if request.method == "POST":
        report = await request.json()
        people[report["room"]] = report["people"]
        room.broadcast(f"{report['room']}: {report['people']}")
    return JSONResponse(people)


lobby = SimpleNamespace(onBeforeRequest=on_before_request, onConnect=on_connect, onRequest=on_request)

"""A webhook: what others post to a room is shown to all who watch it. Signed, limited, and remembered."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer
from partyserver import Request, Response

REMEMBERED = 20  # events
MOST, WINDOW = 10, 60.0  # posts a sender, in so many seconds
LARGEST = 4_096  # bytes


async def is_signed(request: Request, secret: str) -> bool:
    """As GitHub signs: `x-hub-signature-256: sha256=<hex>`, over the body."""
    right = hmac.new(secret.encode(), await request.body(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(request.headers.get("x-hub-signature-256", ""), f"sha256={right}")


async def wait_of(room: PartyKitRoom, sender: str) -> float:
    """How many seconds a sender has to wait; 0 if it may post, which is counted."""
    now = time.time()
    times = [each for each in (await room.storage.get(f"times:{sender}")) or [] if now - each < WINDOW]
    if len(times) >= MOST:
        return times[0] + WINDOW - now
    await room.storage.put(f"times:{sender}", [*times, now])
    return 0


async def receive(request: Request, room: PartyKitRoom) -> Response:
    body = await request.body()
    if len(body) > LARGEST:
        return Response("an event has at most 4 KiB", 413)
    secret = room.env.get("WEBHOOK_SECRET")
    if secret and not await is_signed(request, str(secret)):
        return Response("the signature is missing or wrong", 401)
    sender = request.headers.get("user-agent", "unknown")[:80]
    if wait := await wait_of(room, sender):
        return Response("too many events", 429, headers={"retry-after": str(int(wait) + 1)})
    try:
        content: Any = json.loads(body)
    except ValueError:
        return Response("an event is JSON", 400)
    event = {"from": sender, "at": int(time.time() * 1_000), "content": content}
    await room.storage.put("events", [event, *((await room.storage.get("events")) or [])][:REMEMBERED])
    room.broadcast(json.dumps({"type": "event", "event": event}))
    return Response(status_code=202)


async def on_request(request: Request, room: PartyKitRoom) -> Response:
    if request.method == "POST":
        return await receive(request, room)
    return Response(json.dumps((await room.storage.get("events")) or []), media_type="application/json")


async def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    events = (await room.storage.get("events")) or []
    connection.send(json.dumps({"type": "events", "events": events}))


default: PartyKitServer = {"onRequest": on_request, "onConnect": on_connect}

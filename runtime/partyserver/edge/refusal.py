"""Answering a request that does not get in."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


async def refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request or, after its `websocket.connect`, a handshake.

    Args:
        response: the answer; where the ASGI server has no way to answer a handshake with it, that gets 403.
        scope: of the request or the handshake.
        receive: of the same.
        send: of the same.
    """
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await response(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})

"""The application that stands in for one that cannot be served: it answers every request with the reason."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

_RETRY_AFTER = b"1"  # seconds


class Unavailable:
    """An ASGI application that answers 503 to every request and handshake.

    Args:
        reason: the reason, for the developer of the application.
    """

    def __init__(self, reason: str) -> None:
        self._body = reason.encode(errors="backslashreplace")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer("http.response", send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await receive()
            await self._answer("websocket.http.response", send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1013})

    async def _answer(self, kind: str, send: Send) -> None:
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(self._body)),
            (b"cache-control", b"no-store"),
            (b"retry-after", _RETRY_AFTER),
            (b"access-control-allow-origin", b"*"),  # so that a page from another origin can show the reason
        ]
        await send({"type": f"{kind}.start", "status": 503, "headers": headers})
        await send({"type": f"{kind}.body", "body": self._body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return

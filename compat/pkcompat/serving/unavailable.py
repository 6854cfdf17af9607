"""The application that stands in for one that cannot be served: it answers every request with the reason."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from partyserver.local_clients import is_local, is_local_origin

_RETRY_AFTER = b"1"  # seconds
_FOR_OTHERS = b"the server cannot be started; its log says why\n"


class Unavailable:
    """An ASGI application that answers 503 to every request and handshake.

    The reason may be a traceback: clients on this machine and pages that it serves get it, others are
    referred to the log.

    Args:
        reason: the reason, for the developer of the application.
        to_everyone: whether all clients get it.
    """

    def __init__(self, reason: str, *, to_everyone: bool = False) -> None:
        self._reason = reason.encode(errors="backslashreplace")
        self._to_everyone = to_everyone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer("http.response", scope, send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await receive()
            await self._answer("websocket.http.response", scope, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1013})

    async def _answer(self, kind: str, scope: Scope, send: Send) -> None:
        origins = Headers(scope=scope).getlist("origin")
        told = self._to_everyone or (is_local(scope) and all(map(is_local_origin, origins)))
        body = self._reason if told else _FOR_OTHERS
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"retry-after", _RETRY_AFTER),
            (b"access-control-allow-origin", b"*"),  # so that a page from another origin can show the reason
        ]
        await send({"type": f"{kind}.start", "status": 503, "headers": headers})
        await send({"type": f"{kind}.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return

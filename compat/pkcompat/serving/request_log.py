"""Logging one line per request, and one line per open and per close of a WebSocket."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partyserver.cluster import is_for_nodes
from partyserver.log_text import printable
from pkcompat.serving.socket_watch import WatchedSocket

logger = logging.getLogger("pkcompat.requests")


class RequestLog:
    """ASGI middleware that logs requests, their answers, and the life of WebSockets.

    Args:
        app: the application.
        in_cluster: whether the links between nodes are left out, which are no client's.
    """

    def __init__(self, app: ASGIApp, *, in_cluster: bool = False) -> None:
        self._app = app
        self._in_cluster = in_cluster

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket" and not (self._in_cluster and is_for_nodes(scope)):
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        status = 500

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        finally:
            milliseconds = (time.perf_counter() - begun) * 1000
            method, path = printable(scope["method"]), asked_path(scope)
            extra = {"method": method, "path": path, "status": status, "milliseconds": round(milliseconds, 1)}
            logger.info("%s %s %d %.0f ms", method, path, status, milliseconds, extra=extra)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await LoggedSocket(scope, receive, send).run(self._app, scope)


class LoggedSocket(WatchedSocket):
    """A WebSocket whose opening and closing are logged."""

    __slots__ = ("_begun", "_end", "_opened", "_path")

    notes_what_is_sent = False

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._path = asked_path(scope)
        self._begun = time.perf_counter()
        self._opened = False
        self._end = ""

    def note_sent(self, event: Message) -> None:
        match event["type"]:
            case "websocket.accept":
                self._opened = True
                logger.info("WS %s open", self._path)
            case "websocket.http.response.start":
                logger.info("WS %s refused %d", self._path, event["status"])
            case "websocket.close":
                self._end = f"closed by the server with {event.get('code', 1000)}"

    def note_message(self, message: str | bytes) -> None:
        """Do nothing: messages are not logged."""

    def note_disconnect(self, event: Message) -> None:
        if not self._end:
            self._end = f"closed with {event.get('code', 1005)}"

    def note_end(self) -> None:
        if self._opened:
            seconds = time.perf_counter() - self._begun
            logger.info("WS %s %s after %.1f s", self._path, self._end or "closed", seconds)


def asked_path(scope: MutableMapping[str, Any]) -> str:
    """The path and query of a request as the client sent them, in printable ASCII."""
    raw = scope.get("raw_path") or str(scope["path"]).encode()
    query = scope.get("query_string") or b""
    shown = raw.split(b"?")[0] + (b"?" + query if query else b"")
    return printable(shown.decode("ascii", errors="backslashreplace"))

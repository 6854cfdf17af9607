"""A line a request, and one for each end of a WebSocket."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partyserver.direct_events import EXTENSION, Receiver, TakenOver, direct_events

logger = logging.getLogger("pkcompat.requests")


class RequestLog:
    """ASGI middleware that logs what an application is asked and what it answers.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
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
            logger.info("%s %s %d %.0f ms", scope["method"], asked_path(scope), status, milliseconds)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = LoggedSocket(scope, receive, send)
        if socket.direct is not None:
            scope = {**scope, "extensions": {**scope["extensions"], EXTENSION: socket}}
        try:
            await self._app(scope, socket.receive, socket.send)
        finally:
            if not socket.taken_over:
                socket.log_end()


class LoggedSocket:
    """A WebSocket whose ends are logged, also where the application takes it over (`DirectEvents`).

    Attributes:
        direct: the server's `DirectEvents`, if it has them.
        taken_over: whether the application took it over; then it may be open when the application returns.
    """

    __slots__ = (
        "_begun",
        "_end",
        "_opened",
        "_path",
        "_receive",
        "_receiver",
        "_send",
        "direct",
        "taken_over",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.direct = direct_events(scope, receive, send)
        self.taken_over = False
        self._path = asked_path(scope)
        self._begun = time.perf_counter()
        self._opened = False
        self._end = ""
        self._receive: Receive | None = receive
        self._receiver: Receiver | None = None
        self._send = send

    def carries(self, receive: Receive, send: Send) -> bool:
        """See `DirectEvents.carries`."""
        return receive == self.receive and send == self.send

    def take_over(self, receiver: Receiver) -> TakenOver:
        """See `DirectEvents.take_over`."""
        assert self.direct is not None, "it is offered only where the server offers it"
        direct, self.direct = self.direct, None
        self._receive = None  # it would keep alive what made the handshake
        self._receiver = receiver
        self.taken_over = True
        taken_over = direct.take_over(self)
        self._send = taken_over.send
        return TakenOver(self.send, taken_over.frames)

    async def receive(self) -> Message:
        """Receive an ASGI message."""
        assert self._receive is not None, "it was taken over"
        message = await self._receive()
        self._note(message)
        return message

    def message(self, message: str | bytes) -> None:
        """See `Receiver.message`."""
        if self._receiver is not None:
            self._receiver.message(message)

    def ended(self, event: Message) -> None:
        """See `Receiver.ended`."""
        self._note(event)
        if self._receiver is not None:
            self._receiver.ended(event)
        self.log_end()

    async def send(self, message: Message) -> None:
        """Send an ASGI message."""
        match message["type"]:
            case "websocket.accept":
                self._opened = True
                logger.info("WS %s open", self._path)
            case "websocket.http.response.start":
                logger.info("WS %s refused %d", self._path, message["status"])
            case "websocket.close":
                self._end = f"closed by the server with {message.get('code', 1000)}"
        await self._send(message)

    def _note(self, message: Message) -> None:
        if message["type"] == "websocket.disconnect" and not self._end:
            self._end = f"closed with {message.get('code', 1005)}"

    def log_end(self) -> None:
        """Log that it ended, if it was opened."""
        if self._opened:
            seconds = time.perf_counter() - self._begun
            logger.info("WS %s %s after %.1f s", self._path, self._end or "closed", seconds)


def asked_path(scope: MutableMapping[str, Any]) -> str:
    """The path and query of a request as the client sent them, fit for a line."""
    raw = scope.get("raw_path") or str(scope["path"]).encode()
    query = scope.get("query_string") or b""
    shown = raw.split(b"?")[0] + (b"?" + query if query else b"")
    return str(shown.decode("ascii", errors="backslashreplace"))

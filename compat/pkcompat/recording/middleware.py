"""Recording the traffic of an ASGI application: middleware between it and its server."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partyserver.edge import end_event
from partyserver.events import ErrorEvent
from partyserver.paths import full_raw_path, match_room
from partyserver.requests import CONNECTION_ID
from pkcompat.recording.decisions import BURST_GAP, RecordedClient, Recording
from pkcompat.recording.file import RecordingFile
from pkcompat.serving import WatchedSocket
from pkcompat.traffic import Headers, Http

LARGEST_BODY = 1_048_576
"""Bytes; a request with a longer body is served, but not recorded."""

SERVICE_RESTART = 1012  # sent by a server that stops: not something that a client did

HEADERS_LEFT_OUT = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of the connection itself, which a replay's clients set on their own."""

_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")  # not recorded: a replay's own host is one of them


class TrafficRecorder:
    """ASGI middleware that records what the clients of an application do.

    Args:
        app: the application.
        recording: makes the steps.
        file: where they go; once it is full, nothing is recorded any more.

    Attributes:
        left_out: how many requests are missing from the recording: their bodies were too long, or cut off.
    """

    def __init__(self, app: ASGIApp, recording: Recording, file: RecordingFile) -> None:
        self._app = app
        self._recording = recording
        self._file = file
        self.left_out = 0
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._file.full or scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._websocket(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages, body = await _read_body(receive)
        if body is None:
            self.left_out += 1
        else:
            path = recorded_path(scope)
            request = Http(scope["method"], path, recorded_headers(scope), body)
            self._recording.asks(request, time.monotonic())

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, again, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = recorded_path(scope)
        if match_room(path.partition("?")[0]) is not None and not _asks_for_id(path):
            # Choose the id here: one chosen by the host would be unknown to the recording.
            scope = {**scope, CONNECTION_ID: str(uuid.uuid4())}
            path = path_with_id(path, scope[CONNECTION_ID])
        client = self._recording.connects(path, recorded_headers(scope), time.monotonic())
        socket = RecordedSocket(scope, receive, send, client, self._recording, self._settle_later)
        await socket.run(self._app, scope)

    def _settle_later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BURST_GAP, self._settle)

    def _settle(self) -> None:
        self._timer = None
        left = self._recording.settle_past(time.monotonic())
        if left is not None:
            self._timer = asyncio.get_running_loop().call_later(left, self._settle)


class RecordedSocket(WatchedSocket):
    """A WebSocket whose client is recorded."""

    __slots__ = ("_client", "_over", "_recording", "_sent")

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        client: RecordedClient,
        recording: Recording,
        sent: Callable[[], None],
    ) -> None:
        super().__init__(scope, receive, send)
        self._client = client
        self._recording = recording
        self._sent = sent
        self._over = False  # the client has left; several events may report that

    def note_message(self, message: str | bytes) -> None:
        if not self._over:
            self._recording.sends(self._client, message, time.monotonic())
            self._sent()

    def note_disconnect(self, event: Message) -> None:
        if self._over:
            return
        end = end_event(event)
        now = time.monotonic()
        if isinstance(end, ErrorEvent):
            self._recording.breaks(self._client, event["code"], now)
        elif end.code != SERVICE_RESTART:
            self._recording.closes(self._client, end.code, event.get("reason") or "", now)
        self._left()

    def note_sent(self, event: Message) -> None:
        if event["type"] == "websocket.send":
            self._recording.spoke(self._client, time.monotonic())
        elif event["type"] in ("websocket.close", "websocket.http.response.start"):
            self._recording.spoke(self._client, time.monotonic())
            self._left()

    def note_end(self) -> None:
        self._left()

    def _left(self) -> None:
        if not self._over:
            self._over = True
            self._recording.left(self._client)


async def _read_body(receive: Receive) -> tuple[list[Message], bytes | None]:
    """The ASGI messages read so far, and the whole body; None if that is too long, or was cut off."""
    messages: list[Message] = []
    body = b""
    while len(body) <= LARGEST_BODY:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return messages, body
    return messages, None


def recorded_path(scope: Scope) -> str:
    """The path and query of a request as in a traffic file: percent-encoded ASCII."""
    query = scope.get("query_string") or b""
    path = full_raw_path(scope) + ("?" + query.decode("latin-1") if query else "")
    return "".join(
        character if "!" <= character <= "~" else quote(character, encoding="latin-1") for character in path
    )


def path_with_id(path: str, connection_id: str) -> str:
    """A path and query with a connection's id, added unless it has one."""
    if _asks_for_id(path):
        return path
    before, _, query = path.partition("?")
    return f"{before}?_pk={quote(connection_id)}" + ("&" + query if query else "")


def _asks_for_id(path: str) -> bool:
    return bool(parse_qs(path.partition("?")[2]).get("_pk"))


def recorded_headers(scope: Mapping[str, Any]) -> Headers:
    """The headers of a request that are recorded."""
    pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]
    decoded = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)
    return tuple((name, value) for name, value in decoded if _is_worth_keeping(name, value))


def _is_worth_keeping(name: str, value: str) -> bool:
    if name == "host":
        return not value.startswith(_LOCAL_HOSTS)
    return name not in HEADERS_LEFT_OUT

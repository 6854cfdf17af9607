"""What every request is checked for before it is handled: its host, and the length of its body."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from partyserver.exceptions import BodyTooLargeError
from partyserver.wire import HeadRefusedError, check_host, has_one_host

_TELLING = frozenset({b"host", b"content-length", b"transfer-encoding"})
_WITHOUT_HIDDEN_BODY = frozenset({"1.1", "1.0"})  # HTTP/2 has bodies of which the headers tell nothing
_CLOSE = {"connection": "close"}


class RequestChecks:
    """The checks of a host. A server of ours has made some of them already; others have not."""

    def __init__(self, max_body: int) -> None:
        """
        Args:
            max_body: bytes that a body may have; 0 for any number.
        """
        self._max_body = max_body

    def is_plain(self, scope: Scope) -> bool:
        """Whether there is nothing to check: it has one proper host and no body, as most requests."""
        told = [pair for pair in scope["headers"] if pair[0] in _TELLING]
        return len(told) == 1 and has_one_host(told) and scope.get("http_version") in _WITHOUT_HIDDEN_BODY

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to a request or handshake that is refused: 400 for its `Host` header (RFC 9112, section
        3.2), 413 where it says that its body is too long. Else None."""
        version = scope.get("http_version", "1.1")
        try:
            # with HTTP/2 the host is no header; ASGI servers make one of it, if they like
            check_host(scope["headers"], version if version == "1.1" else "1.0")
            if self._max_body and scope["type"] == "http":
                self._check_length(scope)
        except HeadRefusedError as refusal:
            return PlainTextResponse(refusal.reason, refusal.status, _headers(version))
        except BodyTooLargeError as error:
            return PlainTextResponse(error.detail, error.status_code, _headers(version))
        return None

    def _check_length(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value[:19]) > self._max_body:
                raise BodyTooLargeError(self._max_body)

    def limited(self, scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """`receive` and `send` for the handlers of a request: reading a body of unknown length past the limit
        raises `BodyTooLargeError`."""
        if not self._max_body or scope["type"] != "http" or not _has_unknown_length(scope):
            return receive, send
        body = _LimitedBody(self._max_body, scope, receive, send)
        return body.receive, body.send


def _headers(version: str) -> dict[str, str]:
    return _CLOSE if version.startswith("1") else {}


def _has_unknown_length(scope: Scope) -> bool:
    """Whether a body may come whose length was not given; where it was, ASGI servers see to it."""
    if scope.get("http_version", "1.1").startswith("1"):
        return any(name == b"transfer-encoding" for name, _ in scope["headers"])
    return not any(name == b"content-length" for name, _ in scope["headers"])


class _LimitedBody:
    """Counts the bytes of one request's body."""

    __slots__ = ("_exceeded", "_left", "_most", "_receive", "_scope", "_send")

    def __init__(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        self._most = self._left = most
        self._scope = scope
        self._receive = receive
        self._send = send
        self._exceeded = False

    async def receive(self) -> Message:
        if not self._exceeded:
            message = await self._receive()
            self._left -= len(message.get("body") or b"")
            self._exceeded = self._left < 0
        if self._exceeded:
            raise BodyTooLargeError(self._most)
        return message

    async def send(self, message: Message) -> None:
        if self._exceeded and message["type"] == "http.response.start":
            # whatever the handler has made of the exception: the rest of the body is not read
            extra = [(name.encode(), value.encode()) for name, value in _headers(self._version).items()]
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await self._send(message)

    @property
    def _version(self) -> str:
        version: str = self._scope.get("http_version", "1.1")
        return version

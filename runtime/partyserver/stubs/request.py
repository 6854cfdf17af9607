"""A stub's request and its answer, as an ASGI application sees them: calls, and nothing in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import httpx
from starlette.types import Message as AsgiMessage
from starlette.types import Scope


def stub_scope(method: str, url: httpx.URL, headers: Iterable[tuple[bytes, bytes]]) -> Scope:
    """The ASGI scope of a request that a stub makes."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "server": (url.host, url.port),
        "client": None,
    }


class StubExchange:
    """One request and its answer.

    `httpx.ASGITransport` does the same for any async library. To find out which one runs it tries to import
    sniffio with each request, which is slow where that is not installed.

    Attributes:
        scope: the request's ASGI scope.
    """

    def __init__(self, request: httpx.Request) -> None:
        """
        Args:
            request: the request, with its content read.
        """
        self.scope = stub_scope(request.method, request.url, request.headers.raw)
        self.scope["client"] = ("127.0.0.1", 123)  # as httpx.ASGITransport has it
        self._request = request
        self._body_taken = False
        self._complete = asyncio.Event()
        self._start: AsgiMessage | None = None
        self._parts: list[bytes] = []

    async def receive(self) -> AsgiMessage:
        """ASGI: the request's body, then that the client left, once it was answered."""
        if not self._body_taken:
            self._body_taken = True
            return {"type": "http.request", "body": self._request.content, "more_body": False}
        await self._complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: AsgiMessage) -> None:
        """ASGI: a part of the answer."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            if self._request.method != "HEAD":
                self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._complete.set()

    def response(self) -> httpx.Response:
        """The answer, read to its end.

        Raises:
            RuntimeError: the application returned without one.
        """
        if self._start is None or not self._complete.is_set():
            raise RuntimeError(f"{self._request.method} {self._request.url.path} was not answered")
        response = httpx.Response(
            self._start["status"],
            headers=self._start.get("headers", []),
            stream=httpx.ByteStream(b"".join(self._parts)),  # as content it would get a Content-Length
            request=self._request,
        )
        response.read()
        return response

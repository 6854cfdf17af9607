"""uvicorn's HTTP over httptools, with limits."""

from __future__ import annotations

import sys

from httptools import HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from partyserver.wire.http_protocol import LimitedHttp
from partyserver.wire.request_heads import NO_TUNNEL, HeadRefusedError, check_host, has_body, has_one_host

MOST_PIPELINED = 128
"""Requests that wait behind the one that is handled. uvicorn keeps all that came in one piece, thousands; a
client sends those again that were not answered (RFC 9112, section 9.3.2)."""


class LimitedHttpTools(LimitedHttp, HttpToolsProtocol):
    """See `LimitedHttp`."""

    _judged: tuple[list[tuple[bytes, bytes]], bool] | None = None  # whose headers ask for a WebSocket

    def _should_upgrade(self) -> bool:
        """uvicorn asks this four times for a handshake, the first time when all of its head is there."""
        if self._judged is None or self._judged[0] is not self.headers:
            self._judged = self.headers, super()._should_upgrade()
        return self._judged[1]

    @property
    def _is_inside_head(self) -> bool:
        # uvicorn makes a scope where a request begins, and adds the method where its head ends
        return self.scope is None or "method" not in self.scope

    def _has_only_target(self) -> bool:
        return not self.headers

    def _is_too_much_beside_body(self) -> bool:
        return 0 < self.limits.max_header_bytes < self._head_bytes

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._head_bytes = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Called by the parser; what is raised here ends it."""
        if self._deaf:
            raise HeadRefusedError(400, "Nothing is read behind the request that ends a connection.")
        if len(self.pipeline) >= MOST_PIPELINED:
            raise HeadRefusedError(503, "There are too many requests behind each other.")
        self._check_size(self.url)
        if not has_one_host(self.headers):
            check_host(self.headers, self.parser.get_http_version())
        if self.parser.should_upgrade():
            method = self.parser.get_method()
            if method == b"CONNECT":
                raise HeadRefusedError(501, NO_TUNNEL)
            if self._should_upgrade():
                self._check_handshake(method.decode("ascii"), self.url)
            elif has_body(self.headers):  # llhttp would read it as the next request
                raise HeadRefusedError(400, "A request with a body must not ask for another protocol.")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        super().on_message_complete()
        cycle = self.cycle
        if cycle is not None and not cycle.keep_alive:
            self._read_no_further()

    def _unsupported_upgrade_warning(self) -> None:
        """uvicorn calls this while it handles the exception by which the parser stops; it can go on."""
        super()._unsupported_upgrade_warning()
        error = sys.exception()
        if isinstance(error, HttpParserUpgrade):
            self._behind = error.args[0]

    def handle_websocket_upgrade(self) -> None:
        if not self._upgrade(self.scope["method"], self.url):
            super().handle_websocket_upgrade()

"""uvicorn's HTTP over h11, with limits."""

from __future__ import annotations

import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from partyserver.wire.http_protocol import LimitedHttp
from partyserver.wire.request_heads import NO_TUNNEL, HeadRefusedError, check_host


class LimitedH11(LimitedHttp, H11Protocol):  # type: ignore[misc]  # the mixin is typed after the other class
    """See `LimitedHttp`."""

    conn: h11.Connection

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn = h11.Connection(h11.SERVER, self.limits.max_header_bytes or sys.maxsize)

    @property
    def _is_inside_head(self) -> bool:
        return self.conn.their_state is h11.IDLE

    def _has_only_target(self) -> bool:
        return b"\n" not in self.conn.trailing_data[0]

    def _is_too_much_beside_body(self) -> bool:
        self._head_bytes = 0
        return False  # h11 has seen to it

    def handle_events(self) -> None:
        try:
            super().handle_events()
        except HeadRefusedError as refusal:
            self._refuse(refusal)
        else:
            if self.conn.their_state is h11.MUST_CLOSE:
                self._read_no_further()

    def _should_upgrade(self) -> bool:
        """uvicorn asks this of every head."""
        scope = self.scope
        target = scope["raw_path"] + scope["query_string"]
        self._check_size(target)
        check_host(self.headers, scope["http_version"])
        if scope["method"] == "CONNECT":
            raise HeadRefusedError(501, NO_TUNNEL)
        upgrades: bool = super()._should_upgrade()
        if upgrades:
            self._check_handshake(scope["method"], target)
        return upgrades

    def handle_websocket_upgrade(self, event: h11.Request) -> None:  # type: ignore[override]
        if not self._upgrade(event.method.decode("ascii"), event.target):
            H11Protocol.handle_websocket_upgrade(self, event)

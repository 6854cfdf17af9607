"""uvicorn's WebSocket protocol, with what a party needs to know beyond ASGI.

Give it to uvicorn as `ws=`: `uvicorn.Config(app, ws=PartyWebSocketProtocol)`. ASGI has one way to say that a
WebSocket ended, its code; it cannot tell a client that broke the protocol from one that sent that code.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from partyserver.asgi_transport import PROTOCOL_ERROR


class PartyWebSocketProtocol(WebSocketsSansIOProtocol):
    """Marks the disconnect event of a protocol error, and gives a lost TCP connection the code 1006."""

    _disconnect_queued = False

    def data_received(self, data: bytes) -> None:
        self.conn.receive_data(data)
        self.handle_events()  # what came before an error in the same packet is delivered first
        if self.conn.parser_exc is not None:
            self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        sent = self.conn.close_sent
        if sent is not None and not self.close_sent:
            self._queue_disconnect({"code": sent.code, "reason": sent.reason, PROTOCOL_ERROR: True})
        super().handle_parser_exception()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.handshake_complete:
            self._queue_disconnect({"code": 1006, "reason": ""})
        super().connection_lost(exc)

    def handle_close(self, event: Any) -> None:
        self._disconnect_queued = True
        super().handle_close(event)

    def _queue_disconnect(self, message: dict[str, Any]) -> None:
        if not self._disconnect_queued:
            self._disconnect_queued = True
            self.queue.put_nowait({"type": "websocket.disconnect", **message})  # type: ignore[arg-type]

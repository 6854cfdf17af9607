"""uvicorn's protocols, with what a party needs to know beyond ASGI, less in memory, and limits.

Give them to uvicorn as `ws=` and `http=`: `uvicorn.Config(app, ws=PartyWebSocketProtocol,
http=http_protocol(Limits()))`. Under a uvicorn that is not supported they are uvicorn's own classes, and a
warning says what that costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partyserver.wire.uvicorn_support import http_protocol

if TYPE_CHECKING:
    from partyserver.wire.handshake import PartyWebSocketProtocol
else:
    from partyserver.wire.uvicorn_support import websocket_protocol

    PartyWebSocketProtocol = websocket_protocol()

__all__ = ["PartyWebSocketProtocol", "http_protocol"]

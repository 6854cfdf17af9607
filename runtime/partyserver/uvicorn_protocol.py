"""uvicorn's WebSocket protocol, with what a party needs to know beyond ASGI, and less in memory.

Give it to uvicorn as `ws=`: `uvicorn.Config(app, ws=PartyWebSocketProtocol)`. Under a uvicorn that is not
supported it is uvicorn's own class, and a warning says what that costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partyserver.wire.handshake import PartyWebSocketProtocol
else:
    from partyserver.wire.uvicorn_support import websocket_protocol

    PartyWebSocketProtocol = websocket_protocol()

__all__ = ["PartyWebSocketProtocol"]

"""uvicorn's protocols, with what a party needs to know beyond ASGI, less in memory, and limits.

Give them to uvicorn as `ws=` and `http=`: `uvicorn.Config(app, ws=PartyWebSocketProtocol,
http=http_protocol(Limits(...)))`; `PartyHttpProtocol` has the default limits, for uvicorn's command line.
Under a uvicorn that is not supported they are uvicorn's own classes, and a warning says what that costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partyserver.limits import Limits
from partyserver.wire.uvicorn_support import http_protocol

if TYPE_CHECKING:
    from partyserver.wire.handshake import PartyWebSocketProtocol

    PartyHttpProtocol: Any
else:
    from partyserver.wire.uvicorn_support import websocket_protocol

    PartyWebSocketProtocol = websocket_protocol()

__all__ = ["PartyHttpProtocol", "PartyWebSocketProtocol", "http_protocol"]


def __getattr__(name: str) -> Any:
    """`PartyHttpProtocol`, made when it is asked for."""
    if name == "PartyHttpProtocol":
        return http_protocol(Limits())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

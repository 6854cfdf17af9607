"""`EdgeSocket`: a WebSocket whose path is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from partyserver.sockets import Socket, Transport
from partyserver.unknown_attributes import attribute_refusal


class EdgeSocket(Socket):
    """What `on_socket` gets: a WebSocket whose path is no room (recording `main_hooks`).

    Attributes:
        request: the request of the WebSocket's handshake.
    """

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("the socket", "ready_state", "request")

    def __init__(self, request: Request, transport: Transport) -> None:
        super().__init__(transport)
        self.request = request

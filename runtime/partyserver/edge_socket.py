"""`EdgeSocket`: a WebSocket whose path is no room."""

from __future__ import annotations

from starlette.requests import Request

from partyserver.sockets import Socket, Transport


class EdgeSocket(Socket):
    """What `on_socket` gets: a WebSocket whose path is no room (recording `main_hooks`).

    Attributes:
        request: the request of the WebSocket's handshake.
    """

    def __init__(self, request: Request, transport: Transport) -> None:
        super().__init__(transport)
        self.request = request

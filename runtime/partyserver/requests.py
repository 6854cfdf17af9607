"""Requests for hooks and handlers: Starlette's, whose headers a hook may change."""

from __future__ import annotations

import os
import re

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Receive, Scope

from partyserver.paths import full_raw_path

CONNECTION_ID = "partyserver.connection_id"
"""The key in the ASGI scope of a WebSocket under which a middleware gives the connection's id, for a URL that
asks for none."""

SUBPROTOCOL = "partyserver.subprotocol"
"""The key in the ASGI scope of a WebSocket under which the subprotocol is that was chosen."""

# Starlette makes a URL of it as it is; parsing one takes ten times as long.
_PLAIN_HOST = re.compile(rb"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9][0-9]{0,3})?", re.ASCII).fullmatch


class HookRequest(Request):
    """A request inside an `on_before_*` hook: `request.headers[name] = value` works, and reaches the room."""

    @property
    def headers(self) -> MutableHeaders:
        """The request's headers, changeable."""
        if not hasattr(self, "_mutable_headers"):
            self._mutable_headers = MutableHeaders(scope=self.scope)
        return self._mutable_headers


def hook_request(request: Request) -> HookRequest:
    """A copy of a request for a hook, as PartyKit makes one: the original keeps its headers."""
    return HookRequest(dict(request.scope), request.receive)


def handshake_request(scope: Scope, receive: Receive) -> Request:
    """The `Request` of a WebSocket handshake."""
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return Request({**scope, "type": "http", "method": "GET", "scheme": scheme}, receive)


def request_uri(request: Request) -> str:
    """The URL of a request as the client sent it, percent-encoded."""
    scope = request.scope
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    if _PLAIN_HOST(host):
        origin = f"{scope['scheme']}://{host.decode('ascii')}"
    else:
        origin = f"{request.url.scheme}://{request.url.netloc}"
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{origin}{full_raw_path(scope)}" + (f"?{query}" if query else "")


def connection_id_of(request: Request) -> str:
    """The id of the connection that a handshake asks for: its query parameter `_pk`, else what is under
    `CONNECTION_ID`, else a new one."""
    given = request.query_params.getlist("_pk") if request.scope.get("query_string") else ()
    return (given[0] if given else "") or request.scope.get(CONNECTION_ID) or new_connection_id()


def new_connection_id() -> str:
    """A random UUID (RFC 9562, version 4) as `str(uuid.uuid4())` writes it, in half the time."""
    digits = os.urandom(16).hex()  # by its module: verify holds that one still
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

"""Where `pkcompat serve --admin` serves `Host.admin`, and to whom."""

from __future__ import annotations

import hmac
import ipaddress
import re
import socket
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from partyserver.admin import PAGE
from pkcompat.errors import PkcompatError
from pkcompat.serving.loopback_only import LoopbackOnly
from pkcompat.serving.server import LOOPBACK, address_of, listen

TOKEN = "PKCOMPAT_ADMIN_TOKEN"
"""The variable of the environment with the token, which requests carry as `Authorization: Bearer <token>`."""

_ADDRESS = re.compile(r"(?:(?P<host>\[[^\]]+\]|[^:]+):)?(?P<port>\d{1,5})", re.ASCII)
_FOR_ALL = frozenset({"/healthz", "/readyz", *PAGE})  # a page that asks for the token is for all


class AdminError(PkcompatError):
    """The admin application cannot be served. The message says why, and what to do."""


def listen_for_admin(address: str, environment: Mapping[str, str]) -> socket.socket:
    """Open the socket of an address `[HOST:]PORT`.

    Args:
        address: on loopback where it names no host.
        environment: has the token, which other addresses need.

    Raises:
        AdminError: it is no address, or one that needs a token, and there is none.
        ListenError: the address cannot be listened on.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 65_535:
        raise AdminError(f"--admin takes PORT or HOST:PORT, such as 9090 or 0.0.0.0:9090, got {address!r}")
    host = (match["host"] or LOOPBACK).strip("[]")
    if not _is_loopback(host) and not environment.get(TOKEN):
        raise AdminError(
            f"--admin {address} can be reached from other machines; set {TOKEN} to a long secret, which "
            "requests then carry as `Authorization: Bearer ...`, or name a port alone"
        )
    return listen(host, int(match["port"]))


def guarded(app: ASGIApp, listener: socket.socket, token: str | None) -> ASGIApp:
    """The admin application for those who may use it: with a token those who have it, else this machine."""
    if token:
        return TokenOnly(app, token)
    address = address_of(listener)
    return LoopbackOnly(app, address.port, address.host_and_port.rpartition(":")[0])


class TokenOnly:
    """ASGI middleware that refuses requests without the token, but for `/healthz`, `/readyz` and the files of
    the page, which asks its user for the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 401."""
        if scope["type"] == "lifespan" or scope["path"] in _FOR_ALL or self._has_token(scope):
            await self._app(scope, receive, send)
        else:
            headers = {"www-authenticate": "Bearer"}
            await PlainTextResponse("a token is missing\n", 401, headers)(scope, receive, send)

    def _has_token(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "").encode("latin-1")
        return hmac.compare_digest(given, self._expected)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Protecting a server on the loopback address from pages of other web sites."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK = "127.0.0.1"
_HOSTS = (_LOOPBACK, "localhost")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})  # none: a typed address or a bookmark


class LoopbackOnly:
    """ASGI middleware that refuses requests from pages of other sites.

    A page of another site must not reach the server, neither under a name of its own that resolves to this
    machine (DNS rebinding), nor by a form or a script (cross-site request forgery).

    Args:
        app: the application.
        port: the port that it is served at.
        host: the loopback address, where it is not the usual one; an IPv6 address has its brackets.
    """

    def __init__(self, app: ASGIApp, port: int, host: str = _LOOPBACK) -> None:
        self._app = app
        names = {*_HOSTS, host}
        self._hosts = {f"{name}:{port}" for name in names} | (names if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403."""
        problem = self._problem(scope) if scope["type"] in ("http", "websocket") else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(f"{problem}\n", 403)(scope, receive, send)

    def _problem(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if headers.getlist("host") not in [[host] for host in self._hosts]:
            return "this server answers under its loopback address only"
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return "pages of other sites may not use this server"
        if scope.get("method") in _SAFE_METHODS:
            return None
        if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            return "pages of other sites may not use this server"
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return "the content type must be application/json"  # a form of another site cannot send it
        return None

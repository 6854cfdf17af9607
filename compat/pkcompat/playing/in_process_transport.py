"""The transport without sockets: the same bytes between the same protocols, passed in memory."""

from __future__ import annotations

from copy import copy
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import ServerState

from partyserver import Host
from partyserver.stubs import StubExchange
from pkcompat.playing.memory_pipe import join
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.playing.websocket_client import WebSocketClient
from pkcompat.serving import uvicorn_config

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application


class InProcessTransport(SocketTransport):
    """Plays against a host in this process, whose lifespan is the transport's context.

    WebSockets go through uvicorn's protocols, so that handshakes, broken frames and closes behave as over a
    socket; requests go straight to the application.

    Args:
        host: the host.
        timeout: seconds within which a handshake or a request must be answered.
    """

    def __init__(self, host: Host, *, timeout: float = 30.0) -> None:
        no_network = httpx.AsyncBaseTransport()  # one that can reach the network loads certificates, slowly
        super().__init__("127.0.0.1", 1_999, timeout=timeout, http_transport=no_network)
        self._host = host
        self._config = _loaded_config(host)
        self._state = ServerState()

    async def _dial(self, client: WebSocketClient) -> None:
        # Undocumented API, as uvicorn's own server uses it: nothing public serves without a socket.
        server = self._config.http_protocol_class(self._config, self._state, {})  # type: ignore[call-arg]
        join(client, server)

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        """Skip httpx's client, whose redirects, cookies and so on take half the time."""
        exchange = StubExchange(request)
        await self._host(exchange.scope, exchange.receive, exchange.send)
        return exchange.response()

    async def __aenter__(self) -> Self:
        self._lifespan = self._host.router.lifespan_context(self._host)
        await self._lifespan.__aenter__()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await self._lifespan.__aexit__(kind, error, trace)


def _loaded_config(host: Host) -> uvicorn.Config:
    """uvicorn's configuration for a host, loaded. All that does not depend on the host is shared, since
    loading it takes longer than a short script's first steps."""
    config = copy(_any_hosts_config())
    config.app = host
    config.loaded_app = copy(config.loaded_app)
    assert isinstance(config.loaded_app, ProxyHeadersMiddleware)
    config.loaded_app.app = cast("ASGI3Application", host)
    return config


@cache
def _any_hosts_config() -> uvicorn.Config:
    config = uvicorn_config(_no_host)
    config.ws_ping_interval = None  # a pipe in memory cannot die unnoticed
    config.load()
    return config


async def _no_host(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("this is not called: each transport has a host of its own")

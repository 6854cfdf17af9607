"""The transport over real sockets: `websockets` for the clients, httpx for requests."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

import h11
import httpx
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.uri import parse_uri

from pkcompat.playing.transport import Receiver
from pkcompat.playing.websocket_client import WebSocketClient
from pkcompat.traffic import Answer, Connect, Http, Opened, Refused, Unanswered, sorted_headers

# Added by the server and its HTTP connection; everything else was set by a handler.
SERVER_HEADERS = frozenset(
    {
        "alt-svc",
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "proxy-connection",
        "server",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)

PUBLIC_HOST = "127.0.0.1:1999"
"""The `Host` header of every request, so that URLs which handlers echo are the same in all runs."""

# Uncompressed, so that a proxy in between does not change the headers.
_DEFAULT_HEADERS = (("host", PUBLIC_HOST), ("accept-encoding", "identity"))


class SocketTransport:
    """Plays against a host that listens on a TCP port.

    Args:
        host: the address, such as `127.0.0.1`.
        port: the TCP port.
        timeout: seconds within which a handshake or a request must be answered.
        http_transport: carries the requests instead of the network.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout: float = 30.0,
        http_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = (host, port)
        self._timeout = timeout
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._base_url = f"http://{authority}"
        self._clients: list[WebSocketClient] = []
        self._http = httpx.AsyncClient(
            timeout=timeout,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            transport=http_transport,
        )

    async def _dial(self, client: WebSocketClient) -> None:
        await asyncio.get_running_loop().create_connection(lambda: client, *self._address)

    async def connect(
        self, step: Connect, receiver: Receiver
    ) -> tuple[Opened, WebSocketClient] | tuple[Refused | Unanswered, None]:
        """Open a WebSocket."""
        try:
            protocol = ClientProtocol(parse_uri(f"ws://{PUBLIC_HOST}{step.path}"), max_size=None)
        except WebSocketException as error:
            return Unanswered(f"the handshake failed: {error}"), None
        client = WebSocketClient(protocol, step.headers, receiver)
        try:
            async with asyncio.timeout(self._timeout):
                await self._dial(client)
                self._clients.append(client)
                await asyncio.shield(client.opened)  # a timeout must not cancel the client's own future
        except InvalidStatus as error:
            await client.drop()
            return Refused(error.response.status_code, bytes(error.response.body or b"")), None
        except TimeoutError:
            await client.drop()
            return Unanswered(f"no answer to the handshake within {self._timeout:g} s"), None
        except (OSError, WebSocketException) as error:
            await client.drop()
            return Unanswered(f"the handshake failed: {error}"), None
        return Opened(client.subprotocol), client

    async def request(self, step: Http) -> Answer | Unanswered:
        """Make an HTTP request."""
        given = {name.lower() for name, _ in step.headers}
        headers = [*step.headers, *(pair for pair in _DEFAULT_HEADERS if pair[0] not in given)]
        try:
            url = httpx.URL(self._base_url + step.path)
            request = self._http.build_request(step.method, url, headers=headers, content=step.body or None)
            answer = await self._exchange(request)
        except httpx.TimeoutException:
            return Unanswered(f"no answer within {self._timeout:g} s")
        except (httpx.HTTPError, h11.ProtocolError) as error:  # the latter: a wrong Content-Length
            return Unanswered(f"the request failed: {error}")
        self._http.cookies.clear()  # each request is a client of its own
        kept = [pair for pair in answer.headers.multi_items() if pair[0].lower() not in SERVER_HEADERS]
        return Answer(answer.status_code, sorted_headers(kept), answer.content)

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        return await self._http.send(request)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            await client.drop()
        for client in self._clients:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(client.gone), 1.0)
        await self._http.__aexit__(kind, error, trace)

"""Origins, preflights and subprotocols under ASGI servers as they come, over real sockets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.test_asgi_servers import SERVERS
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from partyserver import (
    Connection,
    ConnectionContext,
    ExecutionContext,
    Host,
    Lobby,
    PartyServer,
    Request,
    Response,
    ServerOptions,
)

OWN, FOREIGN = "https://example.com", "https://example.com.evil.org"
CALLS: list[str] = []


class Chat(PartyServer):
    options = ServerOptions(subprotocols=("chat",))

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request:
        CALLS.append("on_before_connect")
        return request

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send(f"speaking {ctx.subprotocol}")

    def on_request(self, request: Request) -> Response:
        CALLS.append("on_request")
        return Response("room")


async def refusal(url: str, origin: str) -> int:
    with pytest.raises(InvalidStatus) as caught:
        await connect(url, additional_headers={"origin": origin}, proxy=None)
    return caught.value.response.status_code


@pytest.mark.parametrize("server", SERVERS)
async def test_who_may_come_in(server: str) -> None:
    CALLS.clear()
    host = Host({"main": Chat}, allow_origins=[OWN], cors=True)
    async with SERVERS[server](host) as port, httpx.AsyncClient(trust_env=False) as client:
        http, ws = (f"{scheme}://127.0.0.1:{port}/party/r" for scheme in ("http", "ws"))
        assert (await client.get(http, headers={"origin": FOREIGN})).status_code == 403
        assert await refusal(ws, FOREIGN) == 403
        preflight = {"origin": OWN, "access-control-request-method": "PUT"}
        assert (await client.options(http, headers=preflight)).status_code == 200
        assert CALLS == []
        answer = await client.get(http, headers={"origin": OWN})
        assert (answer.text, answer.headers["access-control-allow-origin"]) == ("room", OWN)
        offered: Any = ["json", "chat"]
        async with connect(
            ws, additional_headers={"origin": OWN}, subprotocols=offered, proxy=None
        ) as socket:
            assert (socket.subprotocol, await socket.recv()) == ("chat", "speaking chat")

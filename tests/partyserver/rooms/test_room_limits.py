"""Limits of a room, through real sockets: its connections and the length of its id."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from partyserver import (
    Connection,
    ConnectionContext,
    Host,
    Limits,
    PartyServer,
    Request,
    Response,
    ServerOptions,
)
from pkcompat.serving.server import serving

CONNECTED: list[str] = []


class Slow(PartyServer):
    async def on_start(self) -> None:
        await asyncio.sleep(0.05)

    async def get_connection_tags(self, connection: Connection, ctx: ConnectionContext) -> list[str]:
        await asyncio.sleep(0.01)
        return []

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        CONNECTED.append(connection.id)

    def on_request(self, request: Request) -> Response:
        return Response("ok")


class Hibernating(Slow):
    options = ServerOptions(hibernate=True)


@pytest.mark.parametrize("party", [Slow, Hibernating])
async def test_a_full_room_refuses_handshakes_before_on_connect(party: type[PartyServer]) -> None:
    CONNECTED.clear()
    async with serving(Host({"main": party}, limits=Limits(max_room_connections=3))) as address:
        url = address.url.replace("http", "ws") + "/party/"
        tries = await asyncio.gather(*(connect(f"{url}room") for _ in range(8)), return_exceptions=True)
        opened = [each for each in tries if not isinstance(each, BaseException)]
        refused = [each.response.status_code for each in tries if isinstance(each, InvalidStatus)]
        assert (len(opened), refused, len(CONNECTED)) == (3, [503] * 5, 3)
        async with connect(f"{url}other"):
            pass
        await opened[0].close()
        async with asyncio.timeout(5):
            while True:
                try:
                    opened[0] = await connect(f"{url}room")
                    break
                except InvalidStatus:
                    await asyncio.sleep(0.01)
        for websocket in opened:
            await websocket.close()


async def test_a_long_id_is_refused() -> None:
    async with (
        serving(Host({"main": Slow}, limits=Limits(max_room_id=30))) as address,
        httpx.AsyncClient(trust_env=False, base_url=address.url) as client,
    ):
        assert (await client.get("/party/" + "r" * 30)).status_code == 200
        assert (await client.get("/party/" + "r" * 31)).status_code == 414
        assert (await client.get("/party/" + "%41" * 11)).status_code == 414
        assert (await client.get("/parties/main/" + "r" * 31 + "/deeper")).status_code == 414
        with pytest.raises(InvalidStatus) as refused:
            await connect(address.url.replace("http", "ws") + "/party/" + "r" * 31)
        assert refused.value.response.status_code == 414

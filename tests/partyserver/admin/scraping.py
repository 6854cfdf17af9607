"""Hosts over real sockets whose `/metrics` are read as Prometheus reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection, connect

from partyserver import Host
from pkcompat.serving import serving


class Scraped:
    """A host that is served, whose admin application is asked."""

    def __init__(self, host: Host, port: int) -> None:
        self.host = host
        self.port = port
        self.before: dict[str, float] = {}

    async def metrics(self) -> dict[str, float]:
        """Every sample by its name and labels, as in `partyserver_rooms{party=main}`."""
        transport = httpx.ASGITransport(self.host.admin)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return samples((await client.get("/metrics")).text)

    async def begin(self) -> None:
        """Note what there is, for `moved`."""
        self.before = await self.metrics()

    async def moved(self, name: str) -> float:
        """By how much a sample has moved since `begin`."""
        return (await self.metrics()).get(f"partyserver_{name}", 0.0) - self.before.get(
            f"partyserver_{name}", 0.0
        )

    async def moves(self, name: str, amount: float) -> None:
        """Wait until a sample has moved by so much since `begin`; it never moves by more."""
        async with asyncio.timeout(20):
            while (by := await self.moved(name)) != amount:
                assert by < amount, f"{name} moved by {by}"
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def client(self, path: str = "/party/room", **options: object) -> AsyncIterator[ClientConnection]:
        """A client of a room."""
        url = f"ws://127.0.0.1:{self.port}{path}"
        async with connect(url, proxy=None, **options) as client:  # type: ignore[arg-type]
            yield client

    async def status(self, path: str, method: str = "GET") -> int:
        """The status of the host's answer to a request."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.request(method, f"http://127.0.0.1:{self.port}{path}")).status_code


@asynccontextmanager
async def scraped(host: Host) -> AsyncIterator[Scraped]:
    """Serve a host."""
    async with serving(host) as address:
        served = Scraped(host, address.port)
        await served.begin()
        yield served


def samples(text: str) -> dict[str, float]:
    """The samples of an answer of `/metrics`."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found

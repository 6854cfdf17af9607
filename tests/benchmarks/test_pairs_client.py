"""The client of rooms of two: counting deliveries, and ending when one is wrong."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing

import pytest
from benchmarks.broadcast_parties import Relay
from benchmarks.load_client import Load, LoadError
from benchmarks.pairs_client import Pairs

from partyserver import Connection, Host, PartyServer
from pkcompat.serving.server import serving

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it needs epoll")


def load(port: int) -> Load:
    with closing(Pairs(port, 5, 64)) as pairs:
        pairs.check()
        return pairs.load(0.05)


async def test_every_delivery_is_counted() -> None:
    async with serving(Host({"main": Relay})) as address:
        found = await asyncio.to_thread(load, address.port)
    assert found.deliveries > 0
    assert found.deliveries % 5 == 0


async def test_a_server_that_delivers_something_else_is_an_error() -> None:
    class Wrong(PartyServer):
        def on_message(self, message: str | bytes, sender: Connection) -> None:
            self.room.broadcast("wrong", [sender.id])
            for connection in self.room.connections:
                connection.close()

    async with serving(Host({"main": Wrong})) as address:
        with pytest.raises(LoadError, match="expected"):
            await asyncio.to_thread(load, address.port)

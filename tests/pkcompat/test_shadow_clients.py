"""Stand-ins for sockets and runners in a shadow's process."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.partyserver.in_process import Server

from partyserver import Connection, PartyServer
from partyserver.events import MessageEvent
from pkcompat.shadow_clients import ShadowClient, ShadowRunner, ShadowWire
from pkcompat.transcript import Closed, Message


async def test_a_wire_keeps_what_would_be_sent() -> None:
    sent: list[Any] = []
    client = ShadowClient(1, "to a")
    connection = Connection("a", "http://test/", ShadowWire(client, lambda to, deed: sent.append((to, deed))))
    await connection.send("text")
    connection.send(b"bytes")
    connection.close(4000, "bye")
    connection = Connection("a", "http://test/", ShadowWire(client, lambda to, deed: sent.append((to, deed))))
    connection.close()
    assert [to for to, _ in sent] == [client] * 4
    assert [deed for _, deed in sent] == [
        Message("text"),
        Message(b"bytes"),
        Closed(4000, "bye"),
        Closed(1005, ""),
    ]


class Waits(PartyServer):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await asyncio.sleep(0)


async def test_a_runner_tells_when_no_handler_runs() -> None:
    told: list[bool] = []
    services = Server(Waits).host._services
    runner = ShadowRunner(Waits, "main", "r", services, lambda: told.append(runner.is_idle))
    connection = Connection("a", "http://test/", ShadowWire(ShadowClient(1, ""), lambda to, deed: None))
    runner.dispatch(connection, MessageEvent("x"))
    runner.dispatch(connection, MessageEvent("y"))
    assert told == []
    await services.tasks.drain(5)
    assert told == [True]

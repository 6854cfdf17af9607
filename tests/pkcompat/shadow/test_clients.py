"""The clients of a shadow's room: what is sent to them is kept."""

from __future__ import annotations

from typing import Any

from partyserver import Connection
from pkcompat.shadow.clients import ShadowClient, ShadowWire
from pkcompat.traffic.transcript import Closed, Message


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

"""When a room's instance is made, and when it goes."""

from __future__ import annotations

import asyncio
import weakref
from typing import ClassVar

import pytest
from tests.partyserver.in_process import Server, settle, until

from partyserver import Connection, ConnectionContext, PartyServer, ServerOptions, StartError


async def test_events_wait_for_on_start() -> None:
    class Starts(PartyServer):
        async def on_start(self) -> None:
            await asyncio.sleep(0.01)
            self.number = await self.room.storage.get("number") or 1

        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            connection.send(str(self.number))

    server = Server(Starts)
    a, b = await asyncio.gather(server.connect("a"), server.connect("b"))
    assert a.received == b.received == ["1"]


async def test_a_failing_on_start_is_tried_again_with_the_next_event() -> None:
    attempts = []

    class Starts(PartyServer):
        def on_start(self) -> None:
            attempts.append(1)
            if len(attempts) == 1:
                raise LookupError("not yet")

    server = Server(Starts)
    with pytest.raises(StartError, match="not yet"):
        await server.connect("a")
    await server.connect("a")
    assert len(attempts) == 2


class Remembers(PartyServer):
    """Says what it remembers of before."""

    instances: ClassVar[weakref.WeakSet[PartyServer]] = weakref.WeakSet()

    def on_start(self) -> None:
        self.instances.add(self)
        self.messages = 0

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.messages += 1
        sender.set_state((sender.state or 0) + 1)
        own = getattr(sender, "own", "-")
        sender.own = "attribute"  # type: ignore[attr-defined]
        sender.send(f"instance {self.messages} state {sender.state} own {own}")


class HibernatingRemembers(Remembers):
    options = ServerOptions(hibernate=True)


async def test_hibernation_drops_the_instance_and_keeps_sockets_and_state() -> None:
    HibernatingRemembers.instances = weakref.WeakSet()
    server = Server(HibernatingRemembers, idle_timeout=0.03)
    a = await server.connect("a")
    a.send("x")
    a.send("x")
    await settle()
    assert a.received == ["instance 1 state 1 own -", "instance 2 state 2 own attribute"]
    await until(lambda: server.room()._instance.server is None)
    assert not HibernatingRemembers.instances  # gone at once, not at some garbage collection
    a.send("x")
    await until(lambda: a.wire.sent)
    assert a.received == ["instance 1 state 3 own -"]


async def test_without_hibernation_the_instance_stays_while_there_are_connections_and_then_some() -> None:
    server = Server(Remembers, idle_timeout=0.001, eviction_timeout=0.03)
    a = await server.connect("a")
    room = server.room()
    await asyncio.sleep(0.1)  # several times the timeouts
    a.send("x")
    await settle()
    assert a.received == ["instance 1 state 1 own -"]
    a.close()
    await until(lambda: not server.host._parties["main"].room_ids)
    assert room._instance.server is None


async def test_an_instance_is_not_dropped_while_a_handler_runs() -> None:
    kept: list[bool] = []

    class Slow(PartyServer):
        options = ServerOptions(hibernate=True)

        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            await asyncio.sleep(0.08)  # several times the timeout
            kept.append(server.room()._instance.server is self)
            sender.send("done")

    server = Server(Slow, idle_timeout=0.02)
    a = await server.connect("a")
    a.send("x")
    await until(lambda: a.wire.sent)
    assert kept == [True]

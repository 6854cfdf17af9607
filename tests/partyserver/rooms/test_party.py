"""Warnings of a party about alarms that no handler hears."""

from __future__ import annotations

from typing import Any

import pytest
from tests.partyserver.fake_clock import FakeClock
from tests.partyserver.in_process import Server, settle

from partyserver import Connection, PartyServer
from pkcompat import legacy_to_class


class Deaf(PartyServer):
    """Sets alarms, and hears none."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.set_alarm(int(message))


async def set_alarm(message: str, connection: Any, room: Any) -> None:
    await room.storage.setAlarm(int(message))


@pytest.mark.parametrize("party", [Deaf, legacy_to_class({"onMessage": set_alarm})])
async def test_alarms_that_nothing_comes_of_are_told_once_a_party(
    party: type[PartyServer], caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    server = Server(party, clock=clock)
    for room_id in ("r1", "r2"):
        (await server.connect("a", room_id)).send("1000000000300")
    await settle()
    assert caplog.messages == []
    await clock.advance(300)
    assert caplog.messages == [
        "The alarm of main/r1 rings, but the party has no on_alarm: nothing comes of its alarms"
    ]


async def test_an_alarm_that_is_heard_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    class Hearing(Deaf):
        def on_alarm(self) -> None:
            self.room.broadcast("heard")

    clock = FakeClock()
    client = await Server(Hearing, clock=clock).connect("a")
    client.send("1000000000300")
    await settle()
    await clock.advance(300)
    assert client.received == ["heard"]
    assert caplog.messages == []

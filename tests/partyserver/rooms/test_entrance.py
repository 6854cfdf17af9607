"""The order in which a room's events come in while it starts, or has lost what it wrote."""

from __future__ import annotations

import asyncio

import pytest
from tests.partyserver.in_process import Server, settle

from partyserver import Connection, PartyServer, ServerOptions


class Slow(PartyServer):
    """Takes some turns to start, and keeps what comes."""

    options = ServerOptions(hibernate=True)
    seen: list[object]
    turns = 0

    async def on_start(self) -> None:
        for _ in range(self.turns):
            await asyncio.sleep(0)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.seen.append(message)


@pytest.mark.parametrize("turns", range(8))
async def test_an_event_that_comes_as_the_instance_has_started_does_not_overtake_those_that_wait(
    turns: int,
) -> None:
    party = type("Slower", (Slow,), {"seen": [], "turns": turns})
    server = Server(party)
    client = await server.connect("a")
    room = server.room()
    room.rest()
    for number in range(30):
        client.send(str(number))
        await asyncio.sleep(0)
    await settle()
    assert party.seen == [str(number) for number in range(30)]


async def test_all_that_wait_for_a_start_are_told_that_it_failed_and_the_next_tries_again() -> None:
    class Failing(PartyServer):
        starts = 0

        async def on_start(self) -> None:
            Failing.starts += 1
            await asyncio.sleep(0)
            if Failing.starts == 1:
                raise RuntimeError("not yet")

    server = Server(Failing)
    results = await asyncio.gather(*(server.connect(name) for name in "abc"), return_exceptions=True)
    assert [str(result) for result in results] == ["not yet"] * 3
    assert Failing.starts == 1
    await server.connect("d")
    assert Failing.starts == 2


async def test_an_event_that_is_cancelled_in_line_lets_the_others_in() -> None:
    party = type("Slower", (Slow,), {"seen": [], "turns": 5})
    server = Server(party)
    connecting = [asyncio.ensure_future(server.connect(name)) for name in "abc"]
    await asyncio.sleep(0)
    for task in connecting[:2]:
        task.cancel()
    assert (await asyncio.wait_for(connecting[2], 5)).connection.id == "c"

"""What waits to be sent to clients: looked up when it is asked for, some connections at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from partyserver.admin.operated_host import OperatedHost
from partyserver.connection import Connection

AT_ONCE = 1_000
"""Connections that are looked at before the event loop goes on with other things: a millisecond's work."""


@dataclass(slots=True)
class Queues:
    """Of one party.

    Attributes:
        rooms: how many are in memory.
        connections: how many they have.
        total: bytes that wait to be sent to clients.
        longest: bytes that wait for the client for which most do.
    """

    rooms: int = 0
    connections: int = 0
    total: int = 0
    longest: int = 0


async def queues_of(host: OperatedHost) -> dict[str, Queues]:
    """The queues of each party. In a cluster what waits for a client counts on the node that it reached."""
    found = {name: Queues() for name in host.parties}
    await _look(_connections(host, found), found)
    if host.node is not None:
        await _look(host.node.passing.passed_on(), found)
    return found


def _connections(host: OperatedHost, found: dict[str, Queues]) -> Iterator[tuple[str, Connection]]:
    for name, party in host.parties.items():
        for room_id in party.room_ids:
            sockets = party.sockets(room_id)
            found[name].rooms += 1
            found[name].connections += len(sockets)
            for socket in sockets:
                yield name, socket


async def _look(connections: Iterable[tuple[str, Connection]], found: dict[str, Queues]) -> None:
    for number, (party, connection) in enumerate(connections, 1):
        size = getattr(connection._transport, "queued_bytes", 0)  # one of another node's client has none
        if size:
            queues = found[party]
            queues.total += size
            queues.longest = max(queues.longest, size)
        if not number % AT_ONCE:
            await asyncio.sleep(0)

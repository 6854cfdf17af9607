"""Clients that count in rooms of a cluster, come back when they are cut off, and write down what they saw."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from itertools import pairwise

from tests.cluster.checker import History, Operation
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

ANSWER_WITHIN = 20.0
"""Seconds after which a client gives up an answer, and its connection."""


@dataclass
class CountingClient:
    """One client of one room. It asks for one count at a time, and never asks for the same one again.

    Attributes:
        name: its name.
        history: of its room.
        url: of the room, on the balancer.
        chance: chooses.
        reads: the share of its operations that only read.
        pause: about how long (seconds) it waits after an answer.
    """

    name: str
    history: History
    url: str
    chance: random.Random
    reads: float = 0.3
    pause: float = 0.01
    _number: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Count until the event is set."""
        while not stop.is_set():
            try:
                async with connect(
                    self.url, compression=None, open_timeout=ANSWER_WITHIN, ping_interval=None
                ) as connection:
                    await self._count(connection, stop)
            except (OSError, WebSocketException, TimeoutError):
                pass
            await asyncio.sleep(self.chance.uniform(0.05, 0.2))

    async def _count(self, connection: ClientConnection, stop: asyncio.Event) -> None:
        seen: list[int] = []
        self.history.seen.append(seen)
        while not stop.is_set():
            reads = self.chance.random() < self.reads
            operation = Operation(self.name, self._number, time.monotonic(), reads=reads)
            self._number += 1
            self.history.operations.append(operation)
            await connection.send(f"{operation.client} {operation.number}{' ?' if reads else ''}")
            async with asyncio.timeout(ANSWER_WITHIN):
                while operation.count is None:
                    self._take(str(await connection.recv()), operation, seen)
            await asyncio.sleep(self.chance.uniform(0, 2 * self.pause))

    def _take(self, message: str, operation: Operation, seen: list[int]) -> None:
        *answer, count, client, number = message.split()
        if not answer:  # a broadcast
            seen.append(int(count))
        if (client, int(number)) == (operation.client, operation.number):
            operation.answered_at, operation.count = time.monotonic(), int(count)


def longest_pause(history: History) -> float:
    """The longest time (seconds) in which a room stored nothing for anybody."""
    written = (each.answered_at for each in history.operations if not each.reads)
    times = sorted(moment for moment in written if moment is not None)
    return max((after - before for before, after in pairwise(times)), default=0.0)

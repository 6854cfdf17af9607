"""Clients for the soak, some hundred in a process: they come, write, go and come again, and keep account.

As a program it reads one JSON object, `Orders`, and prints another, `Account`, when the time is up.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 60.0
SILENCE = 5.0
"""Seconds for which every other room is silent at a time, so that it hibernates."""


@dataclass(frozen=True)
class Orders:
    """What the clients of a process do.

    Attributes:
        port: the host's.
        paths: the rooms; each client is in one of them.
        clients: their ids.
        seconds: how long.
        pause: seconds between two messages of a client, about.
        stay: seconds that a client stays connected, about.
        seed: of what chance decides.
    """

    port: int
    paths: list[str]
    clients: list[str]
    seconds: float
    pause: float
    stay: float
    seed: int


@dataclass
class Account:
    """What came of it.

    Attributes:
        sent: messages.
        acknowledged: those that came back.
        received: everything that came.
        connections: how often a client has connected.
        problems: what was lost or out of order; some of it.
    """

    sent: int = 0
    acknowledged: int = 0
    received: int = 0
    connections: int = 0
    problems: list[str] = field(default_factory=list)

    def hold(self, condition: object, what: str) -> None:
        """Note a problem unless something is so."""
        if not condition and len(self.problems) < 10:
            self.problems.append(what)


class SoakClient:
    """A client that counts."""

    def __init__(self, orders: Orders, account: Account, name: str, path: str) -> None:
        self._orders, self._account = orders, account
        self._name, self._path = name, path
        self._chance = random.Random(f"{orders.seed} {name}")
        self._sent = 0  # the number of its last message
        self._acknowledged = 0
        self._total = 0  # of the room, as far as it was told
        self._rings: int | None = None
        self._is_slow = self._chance.random() < 0.5

    async def live(self, end: float) -> None:
        """Come and go until the end."""
        await asyncio.sleep(self._chance.random() * min(5.0, self._orders.seconds / 4))
        while time.monotonic() < end:
            try:
                await self._stay(end)
            except (OSError, TimeoutError, ConnectionClosed) as error:
                self._account.hold(False, f"{self._name}: {error!r}")
            await asyncio.sleep(0.5 + self._chance.random() * 2)  # what was on its way has come

    async def _stay(self, end: float) -> None:
        url = f"ws://127.0.0.1:{self._orders.port}{self._path}?_pk={self._name}"
        leaving = min(end, time.monotonic() + self._chance.uniform(0.2, 1.8) * self._orders.stay)
        async with connect(url, ping_interval=None, compression=None, open_timeout=PATIENCE) as socket:
            self._account.connections += 1
            self._greeted(str(await asyncio.wait_for(socket.recv(), PATIENCE)))
            receiving = asyncio.create_task(self._receive(socket))
            try:
                await self._write(socket, leaving)
                if self._chance.random() < 0.3 and time.monotonic() < end:
                    socket.transport.abort()  # without a close
                elif time.monotonic() >= end:
                    await self._all_acknowledged(receiving)
            finally:
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)

    def _greeted(self, text: str) -> None:
        kind, total, last = text.split()
        account, name = self._account, self._name
        account.hold(kind == "hello", f"{name}: {text!r} came first")
        account.hold(
            int(last) >= self._acknowledged, f"{name}: {self._acknowledged} acknowledged, {last} kept"
        )
        account.hold(int(last) <= self._sent, f"{name}: {self._sent} sent, {last} kept")
        account.hold(int(total) >= self._total, f"{name}: the room went back from {self._total} to {total}")
        self._sent = self._acknowledged = int(last)  # what was on its way as it left has not come
        self._total, self._rings = int(total), None

    async def _write(self, socket: ClientConnection, leaving: float) -> None:
        pause = self._orders.pause
        while (left := leaving - time.monotonic()) > 0:
            if self._is_slow and int(time.monotonic() / SILENCE) % 2:
                await asyncio.sleep(min(left, 0.5))
                continue
            self._sent += 1
            self._account.sent += 1
            ballast = "x" * self._chance.choice([0, 0, 0, 100, 5_000])
            text = f"{self._sent} {ballast}"
            await socket.send(text if self._chance.random() < 0.8 else text.encode())
            await asyncio.sleep(min(left, self._chance.uniform(0.2, 1.8) * pause))

    async def _receive(self, socket: ClientConnection) -> None:
        account, name = self._account, self._name
        async for text in socket:
            account.received += 1
            kind, *values = str(text).split()
            if kind == "ring":
                rings = int(values[0])
                account.hold(self._rings in (None, rings - 1), f"{name}: ring {rings} after {self._rings}")
                self._rings = rings
                continue
            total, sender, number = int(values[0]), values[1], int(values[2])
            account.hold(total == self._total + 1, f"{name}: message {total} after {self._total}")
            self._total = total
            if sender == name:
                account.hold(number == self._acknowledged + 1, f"{name}: {number} after {self._acknowledged}")
                account.acknowledged += 1
                self._acknowledged = number

    async def _all_acknowledged(self, receiving: asyncio.Task[None]) -> None:
        limit = time.monotonic() + PATIENCE
        while (  # noqa: ASYNC110 - there is no event to wait for
            self._acknowledged < self._sent and time.monotonic() < limit and not receiving.done()
        ):
            await asyncio.sleep(0.05)
        missing = self._sent - self._acknowledged
        self._account.hold(not missing, f"{self._name}: {missing} messages were not acknowledged")


async def run(orders: Orders) -> Account:
    """Let the clients live."""
    account, end = Account(), time.monotonic() + orders.seconds
    clients = [
        SoakClient(orders, account, name, orders.paths[number % len(orders.paths)])
        for number, name in enumerate(orders.clients)
    ]
    await asyncio.gather(*(client.live(end) for client in clients))
    return account


if __name__ == "__main__":
    read: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(asdict(asyncio.run(run(Orders(**read))))))

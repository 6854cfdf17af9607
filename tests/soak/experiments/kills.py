"""`kill -9` under write load, also while alarms ring: a real `pkcompat serve`, clients on sockets."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.soak.experiment import BrokenPromiseError, Effort, Experiment, Figure, expect
from tests.soak.host_forks import PARTIES, ForkedHost, HostForks, host_forks
from tests.soak.parties.ledger import FAR_AWAY
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

LEDGERS, RINGERS = 3, 12
PATIENCE = 30.0
LATEST_MS = 1_000
GONE = (OSError, WebSocketException, InvalidHandshake, EOFError, httpx.TransportError)
"""What a client sees when the host is killed."""


@dataclass
class LedgerClient:
    """A client that writes without waiting for answers.

    Attributes:
        room: the ledger's path.
        sent: its messages that may be stored, in order, behind the first `checked`.
        checked: how many entries were found to be as they should.
        answered: how many the room has said that it has.
    """

    room: str
    sent: list[str] = field(default_factory=list)
    checked: int = 0
    answered: int = 0

    async def write(self, host: ForkedHost) -> None:
        """Write until the host is gone."""
        with suppress(*GONE):
            async with connect(host.url(self.room), ping_interval=None) as socket:
                sending = asyncio.create_task(self._send(socket))
                try:
                    async for answer in socket:
                        self.answered = int(str(answer).split()[1])
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, socket: Any) -> None:
        while True:
            for _ in range(10):
                message = f"{self.room} {self.checked + len(self.sent) + 1} {random.random()}"
                self.sent.append(message)
                await socket.send(message)
            await asyncio.sleep(0.002)

    async def check(self, host: ForkedHost, http: httpx.AsyncClient) -> None:
        """Hold what is stored to what was said."""
        found = (await http.get(host.url(f"{self.room}?after={self.checked}", "http"))).json()
        count = found.get("count") or 0
        new = count - self.checked
        expect(count >= self.answered, f"{self.room}: {self.answered} acknowledged, {count} stored")
        expect(
            found["entries"] == self.sent[:new], f"{self.room}: other entries than were sent, or out of order"
        )
        expect(
            found["alarm"] == (FAR_AWAY + count if count else None), f"{self.room}: half a turn: the alarm"
        )
        if count:
            whole = {"count": count, "even": count % 2 == 0, "last": count}
            whole |= {"sevenths": count} if count % 7 else {}
            stored = {name: found[name] for name in ("count", "even", "last", "sevenths") if name in found}
            expect(stored == whole, f"{self.room}: half a turn: {stored}, not {whole}")
        self.checked, self.sent, self.answered = count, [], count


@dataclass
class RingerClient:
    """A client that sets an alarm, waits until it rang, and sets the next.

    Attributes:
        room: the ringer's path.
        number: of the last alarm that it asked for.
        confirmed: of the last that the room said is set.
        heard: of the last that the room said has rung.
        latest: the greatest delay of an overdue one once a host serves, in milliseconds.
        overdue: how many of them there were.
        rings: how often the room has rung.
    """

    room: str
    chance: random.Random
    number: int = 0
    confirmed: int = 0
    heard: int = 0
    latest: int = 0
    overdue: int = 0
    rings: int = 0

    async def write(self, host: ForkedHost) -> None:
        """Set alarms until the host is gone."""
        with suppress(*GONE):
            async with connect(host.url(self.room), ping_interval=None) as socket:
                while True:
                    self.number += 1
                    await socket.send(f"{self.number} {self.chance.randrange(60)}")
                    while self.heard < self.number:
                        what, number = str(await socket.recv()).split()
                        if what == "set":
                            self.confirmed = int(number)
                        else:
                            self.heard = int(number)

    async def check(self, host: ForkedHost, http: httpx.AsyncClient, begun_at: int) -> None:
        """Every alarm that was set has rung, or rings now.

        Args:
            host: the host, started again.
            http: asks it.
            begun_at: when its process began, in milliseconds since the epoch.
        """
        limit = time.monotonic() + PATIENCE
        while True:
            found = (await http.get(host.url(self.room, "http"))).json()
            number, due = found.get("set") or (0, 0)
            if found["alarm"] is None and found.get("rang", 0) == number:
                break
            expect(time.monotonic() < limit, f"{self.room}: alarm {number} never rang: {found}")
            await asyncio.sleep(0.01)
        expect(
            number >= self.confirmed, f"{self.room}: alarm {self.confirmed} was confirmed, {number} is stored"
        )
        rang, at, when = found.get("at") or (0, 0, 0)
        expect((rang, at) == (number, due), f"{self.room}: half a turn: {found}")
        expect(number >= self.heard, f"{self.room}: {self.heard} rang, {number} is stored")
        self.rings = found.get("rings") or 0
        if when >= begun_at > due:
            self.overdue += 1
            self.latest = max(self.latest, when - round(host.started_at * 1_000))
        self.number = self.confirmed = self.heard = number


async def one_life(
    forks: HostForks, arguments: list[str], clients: list[Any], chance: random.Random, *, check: bool
) -> None:
    """Start a host, check what the one before left, write, and kill it."""
    begun_at = time.time_ns() // 1_000_000
    host = await asyncio.to_thread(forks.start, *arguments)
    if not check:  # killed as it rings what is overdue
        await asyncio.sleep(chance.random() * 0.03)
        await asyncio.to_thread(forks.end)
        return
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        for client in clients:
            await client.check(host, http, *([begun_at] if isinstance(client, RingerClient) else []))
    writing = [asyncio.create_task(client.write(host)) for client in clients]
    await asyncio.sleep(0.05 + chance.random() ** 2 * 0.4)
    await asyncio.to_thread(forks.end, signal.SIGKILL)
    await asyncio.wait_for(asyncio.gather(*writing), PATIENCE)


async def lives(forks: HostForks, effort: Effort, clients: list[Any]) -> int:
    """So many lives, the last one only checked; returns how many hosts were killed."""
    chance = random.Random(effort.seed)
    ledger = PARTIES / "ledger.py"
    arguments = [
        f"{ledger}:Ledger",
        "--party",
        f"ringer={ledger}:Ringer",
        "--storage",
        "rooms.sqlite",
        "--quiet",
    ]
    kills = effort.count(short=20, long=1_000)
    for number in range(kills):
        durability = chance.choice(["process", "process", "process", "power"])
        check = chance.random() > 0.2
        try:
            await one_life(forks, [*arguments, "--durability", durability], clients, chance, check=check)
        except BrokenPromiseError as broken:
            raise BrokenPromiseError(f"life {number + 1}: {broken}") from broken
    host = await asyncio.to_thread(forks.start, *arguments)
    begun_at = time.time_ns() // 1_000_000 + 1_000_000  # what is overdue now is not timed
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        for client in clients:
            await client.check(host, http, *([begun_at] if isinstance(client, RingerClient) else []))
    return kills


def run(effort: Effort) -> Iterator[Figure]:
    """Kill hosts, and hold each to what the ones before it said."""
    chance = random.Random(effort.seed + 1)
    ledgers = [LedgerClient(f"/party/{number}") for number in range(LEDGERS)]
    ringers = [RingerClient(f"/parties/ringer/{number}", chance) for number in range(RINGERS)]
    with host_forks(effort.folder) as forks:
        kills = asyncio.run(lives(forks, effort, [*ledgers, *ringers]))
    entries, alarms = (sum(client.checked for client in ledgers), sum(client.number for client in ringers))
    yield Figure(f"{kills:,} kills, {entries:,} messages stored, 0 acknowledged ones lost, 0 half turns")
    overdue, latest = sum(ringer.overdue for ringer in ringers), max(ringer.latest for ringer in ringers)
    late = "" if latest <= LATEST_MS else f"an overdue alarm rang {latest} ms after the start"
    twice = sum(ringer.rings for ringer in ringers) - alarms
    yield Figure(
        f"{alarms:,} alarms, each rang, {twice} of them twice; {overdue} were overdue at a start, "
        f"the latest rang {latest} ms after the host served",
        late,
    )


EXPERIMENT = Experiment(
    "kills",
    "After `kill -9` under load nothing acknowledged is lost, no turn is stored by half, and every alarm "
    "rings at least once, overdue ones within 1 s of the start.",
    run,
)

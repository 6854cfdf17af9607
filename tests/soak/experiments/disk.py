"""A disk that is full for a while, and one that cannot be written to: a real `pkcompat serve`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.soak.experiment import BrokenPromiseError, Effort, Experiment, Figure, expect
from tests.soak.host_forks import PARTIES, ForkedHost, HostForks, host_forks
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 20.0
SIZE = 8 << 20
BALLAST = 6 << 20
FILLER = "/parties/filler"


class SmallDisk:
    """A tmpfs of some megabytes; a file on it is taken away when there is to be room again."""

    durability = "power"
    name = "a tmpfs of 8 MB, 2 of them free"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, host: ForkedHost) -> None:
        """Leave room for some writes only."""
        self._ballast.write_bytes(bytes(BALLAST))

    def make_room(self, host: ForkedHost) -> None:
        """Have room again."""
        self._ballast.unlink()


class LimitedFiles:
    """The greatest size of the process's files is limited (`RLIMIT_FSIZE`): writes past it fail."""

    durability = "process"
    name = "files limited to 2 MB"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, host: ForkedHost) -> None:
        """Let no file grow past a limit."""
        resource.prlimit(host.process_id, resource.RLIMIT_FSIZE, (SIZE - BALLAST, resource.RLIM_INFINITY))

    def make_room(self, host: ForkedHost) -> None:
        """Let them grow again."""
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(host.process_id, resource.RLIMIT_FSIZE, unlimited)


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[bool]:
    """A folder with a small tmpfs, where this user may mount one; gives whether."""
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", ",".join([f"size={SIZE}", *options]), "tmpfs", str(folder)]
    try:
        done = subprocess.run(line, capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@dataclass
class Client:
    """A socket of a room, and what came."""

    socket: Any
    received: list[str] = field(default_factory=list)

    async def next(self) -> str | None:
        """The next message; None where the socket was closed."""
        try:
            self.received.append(str(await asyncio.wait_for(self.socket.recv(), PATIENCE)))
        except ConnectionClosed:
            return None
        return self.received[-1]

    async def ask(self, message: str) -> str | None:
        """Send a message, and wait for the next that comes."""
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(message)
        return await self.next()


class Round:
    """A disk that fills up under a host, and has room again."""

    def __init__(self, host: ForkedHost, disk: SmallDisk | LimitedFiles, chance: random.Random) -> None:
        self._host, self._disk, self._chance = host, disk, chance
        self._stack = contextlib.AsyncExitStack()
        self.stored = 0

    async def run(self) -> int:
        """Go through it; returns how many writes were acknowledged.

        Raises:
            BrokenPromiseError: something was not as promised.
        """
        async with self._stack:
            quiet = [await self._client("/parties/quiet/room") for _ in range(2)]
            sleeper = await self._client(f"{FILLER}/sleeper")
            a, b = await self._client(f"{FILLER}/room"), await self._client(f"{FILLER}/room")
            expect(await a.ask("10") == "stored 1", "nothing was stored on an empty disk")
            expect(await b.next() == "stored 1", "the other socket did not get it")
            self.stored = 1
            expect(await sleeper.ask(f"alarm {int(time.time() * 1_000) + 1_500}") == "set", "no alarm")
            self._disk.fill(self._host)
            for again in range(3):
                await self._fill(a, b, quiet)
                state = await self._state("room")
                expect(state["entries"] == state["count"] == self.stored, f"{self.stored} stored: {state}")
                a, b = await self._client(f"{FILLER}/room"), await self._client(f"{FILLER}/room")
                expect(again == 2 or await a.ask("120000") is None, "a write went through a full disk")
                expect(again == 2 or await b.next() is None, "the other socket was told of it")
                if again != 2:
                    self._check_closed(a, b)
                    a, b = await self._client(f"{FILLER}/room"), await self._client(f"{FILLER}/room")
            await asyncio.sleep(1.6)  # the alarm is due meanwhile, and may not be able to write
            self._disk.make_room(self._host)
            expect(await a.ask("120000") == f"stored {self.stored + 1}", "nothing was stored with room again")
            self.stored += 1
            while await sleeper.next() != "rang":
                sleeper = await self._client(f"{FILLER}/sleeper")
                if (await self._state("sleeper"))["rings"]:
                    break
            return self.stored

    async def _fill(self, a: Client, b: Client, quiet: list[Client]) -> None:
        """Write until it fails: both sockets of the room are closed, those of another room are not."""
        while True:
            answer = await a.ask(str(self._chance.choice([1_000, 20_000, 90_000])))
            if answer is not None:
                self.stored += 1
                expect(answer == f"stored {self.stored}", f"{answer}, not {self.stored}")
                expect(await b.next() == answer, "the other socket did not get it")
            expect(await quiet[0].ask("hello") == "hello", "a room that does not write got no answer")
            expect(await quiet[1].next() == "hello", "a room that does not write did not broadcast")
            if answer is None:
                break
        expect(await b.next() is None, "a socket of the room was told of a write that is lost")
        self._check_closed(a, b)

    def _check_closed(self, *clients: Client) -> None:
        codes = [client.socket.close_code for client in clients]
        expect(codes == [1011] * len(clients), f"closed with {codes}")

    async def _client(self, path: str) -> Client:
        return Client(await self._stack.enter_async_context(connect(self._host.url(path))))

    async def _state(self, room: str) -> dict[str, int]:
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            found = (await http.get(self._host.url(f"{FILLER}/{room}", "http"))).json()
        return {"count": 0, "rings": 0, **found}


def run_on(disk: SmallDisk | LimitedFiles, forks: HostForks, effort: Effort, durability: str) -> int:
    """So many rounds on a disk, each with a new file; returns how many writes were acknowledged."""
    chance, stored = random.Random(effort.seed), 0
    for number in range(effort.count(short=1, long=20)):
        file = disk.folder / f"{durability}-{number}.sqlite"
        host = forks.start(*arguments(file), "--durability", durability)
        try:
            stored += (count := asyncio.run(Round(host, disk, chance).run()))
        except Exception as error:
            where = f"{disk.name}, {durability}, round {number + 1}"
            raise BrokenPromiseError(f"{where}: {error!r}\n{host.log[-5_000:]}") from error
        expect(forks.end(signal.SIGTERM) == 0, f"SIGTERM did not end it well: {host.log}")
        host = forks.start(*arguments(file), "--durability", durability)
        state = httpx.get(host.url(f"{FILLER}/room", "http")).json()
        expect(state["entries"] == state["count"] == count, f"after a restart {count} became {state}")
        forks.end(signal.SIGTERM)
        for left in disk.folder.glob(f"{file.name}*"):
            left.unlink()
    return stored


def arguments(file: Path) -> list[str]:
    """Of `pkcompat serve`, with a storage file."""
    party = PARTIES / "filler.py"
    return [
        *(f"{party}:Quiet", "--party", f"quiet={party}:Quiet", "--party", f"filler={party}:Filler"),
        *("--storage", str(file), "--quiet"),
    ]


def check_read_only(folder: Path, forks: HostForks) -> None:
    """Start a host on a disk that cannot be written to: it says so, and ends."""
    try:
        host = forks.start(*arguments(folder / "rooms.sqlite"))
    except RuntimeError as error:
        text = " ".join(str(error).split())
        expect("rooms.sqlite" in text and "Traceback" not in text, f"no good error: {text}")
    else:
        expect(False, f"it started: {host.log}")


def run(effort: Effort) -> Iterator[Figure]:
    """Fill disks."""
    with host_forks(effort.folder) as forks, mounted(effort.folder / "small") as may_mount:
        (effort.folder / "limited").mkdir()
        disks: list[SmallDisk | LimitedFiles] = [LimitedFiles(effort.folder / "limited")]
        if may_mount:
            disks.append(SmallDisk(effort.folder / "small"))
        for disk in disks:
            both = ("process", "power") if effort.scale == "long" or len(disks) == 1 else (disk.durability,)
            for durability in both:
                stored = run_on(disk, forks, effort, durability)
                yield Figure(f"{disk.name}, `{durability}`: {stored} writes acknowledged, 0 lost, recovered")
    with host_forks(effort.folder) as forks, mounted(effort.folder / "fixed", "ro") as may_mount:
        if may_mount or os.getuid():
            (effort.folder / "fixed").chmod(0o500) if not may_mount else None
            check_read_only(effort.folder / "fixed", forks)
            yield Figure("a read-only disk is refused at the start")


EXPERIMENT = Experiment(
    "disk",
    "On a full disk nothing leaves that tells of a lost write, its room's sockets get 1011, other rooms go "
    "on, and writes succeed once there is room; a read-only disk is refused at the start.",
    run,
)

"""`kill -9` in the middle of the work: nothing that a client was told of is lost."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.partyserver.host_to_kill import FAR_AWAY
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the hosts are forked")

SCRIPT = Path(__file__).with_name("host_to_kill.py")
ROOMS = ("one", "two")


@dataclass
class HostProcess:
    process_id: int
    port: int

    def kill(self) -> None:
        os.kill(self.process_id, signal.SIGKILL)

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(timeout=10) as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}")

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"


class Hosts:
    """Starts hosts, each after the end of the one before."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def start(self, path: Path, durability: str = "process") -> HostProcess:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path} {durability}\n".encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), 20)
        return HostProcess(*map(int, line.split()))


@asynccontextmanager
async def hosts() -> AsyncIterator[Hosts]:
    pipe = asyncio.subprocess.PIPE
    root = str(SCRIPT.parents[2])
    process = await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, stdin=pipe, stdout=pipe, env={**os.environ, "PYTHONPATH": root}
    )
    try:
        yield Hosts(process)
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        await asyncio.wait_for(process.wait(), 20)


@dataclass
class Writer:
    """A client that writes into a room without waiting for answers.

    Attributes:
        sent: all messages, in their order; message n is the room's entry n.
        answered: how many of them the room said that it has.
    """

    room: str
    sent: list[str] = field(default_factory=list)
    answered: int = 0

    async def write(self, host: HostProcess, enough: asyncio.Event, answers: int) -> None:
        with suppress(ConnectionClosed):
            async with connect(host.url(f"/party/{self.room}")) as socket:
                sending = asyncio.create_task(self._send(socket.send))
                try:
                    async for answer in socket:
                        self.answered = int(answer)
                        answers -= 1
                        if answers <= 0:
                            enough.set()
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, send: object) -> None:
        for number in itertools.count():
            message = f"{self.room} {len(self.sent)}"
            self.sent.append(message)
            await send(message)  # type: ignore[operator]
            if number % 10 == 9:
                await asyncio.sleep(0.001)

    async def check(self, host: HostProcess) -> None:
        found = (await host.get(f"/party/{self.room}")).json()
        count, entries = found["count"], found["entries"]
        assert count >= self.answered, "an acknowledged write is lost"
        assert entries == self.sent[:count], "what is stored is not what was sent, in its order"
        assert found["alarm"] == (FAR_AWAY + count if count else None), "half a turn is stored"
        del self.sent[count:]


@pytest.mark.parametrize(("durability", "kills"), [("process", 20), ("power", 5)])
async def test_a_killed_host_has_every_acknowledged_write(
    tmp_path: Path, durability: str, kills: int
) -> None:
    writers = [Writer(room) for room in ROOMS]
    chance = random.Random(7)
    path = tmp_path / "rooms.sqlite"
    async with hosts() as started:
        host = await started.start(path, durability)
        for _ in range(kills):
            enough, answers = asyncio.Event(), chance.randint(1, 120)
            writing = [asyncio.create_task(writer.write(host, enough, answers)) for writer in writers]
            try:
                await asyncio.wait_for(enough.wait(), 20)
            finally:
                host.kill()
            await asyncio.wait_for(asyncio.gather(*writing), 20)
            host = await started.start(path, durability)
            try:
                for writer in writers:
                    await writer.check(host)
            except BaseException:
                host.kill()
                raise
        host.kill()
    assert all(writer.answered > kills for writer in writers)


async def test_an_alarm_that_was_ringing_rings_again(tmp_path: Path) -> None:
    async with hosts() as started:
        host = await started.start(tmp_path / "rooms.sqlite")
        try:
            async with connect(host.url("/parties/sleeper/room")) as socket:
                await socket.send("")
                assert await asyncio.wait_for(socket.recv(), 20) == "ring 1"
        finally:
            host.kill()
        host = await started.start(tmp_path / "rooms.sqlite")
        try:
            async with asyncio.timeout(20):
                while (await host.get("/parties/sleeper/room")).json() != [2, None]:
                    pass
        finally:
            host.kill()

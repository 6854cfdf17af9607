"""Power failures with the durability `power`: a disk that loses what was not flushed, at every point.

The system calls of a real `pkcompat serve` are recorded while clients write, through three lives. Then what
the disk may hold at any point of the record is made anew and opened, and must have what had been answered by
then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.experiment import BrokenPromiseError, Effort, Experiment, Figure, Unavailable, expect
from tests.soak.host_forks import PARTIES, ROOT
from tests.soak.parties.ledger import FAR_AWAY
from tests.soak.traced_disk import TRACED, Call, TracedDisk, calls
from websockets.asyncio.client import connect

from partyserver import SqliteStorage
from partyserver.storage import KeyRange
from partyserver.storage.values import decode_value

ROOMS = ("one", "two")
FILE = Path("kept") / "rooms.sqlite"
PATIENCE = 120.0


@dataclass
class Traffic:
    """What clients sent, in three lives.

    Attributes:
        sent: the messages of each room, in order.
    """

    chance: random.Random
    sent: dict[str, list[str]] = field(default_factory=lambda: {room: [] for room in ROOMS})

    async def write(self, port: int, room: str, turns: int) -> None:
        """Send messages in small groups, each once the one before is answered."""
        async with connect(f"ws://127.0.0.1:{port}/party/{room}", ping_interval=None) as socket:
            for _ in range(turns):
                group = self.chance.choice([1, 1, 2, 5])
                for _ in range(group):
                    message = f"{room} {len(self.sent[room])} {'x' * self.chance.choice([10, 800, 6_000])}"
                    self.sent[room].append(message)
                    await socket.send(message)
                for _ in range(group):
                    answer = str(await asyncio.wait_for(socket.recv(), PATIENCE))
                expect(answer.split() == [room, str(len(self.sent[room]))], f"answered {answer!r}")

    async def fill(self, port: int, turns: int) -> None:
        """Let both rooms write at the same time."""
        await asyncio.gather(*(self.write(port, room, turns) for room in ROOMS))


@contextlib.contextmanager
def traced_host(folder: Path, log: Path, end: signal.Signals) -> Iterator[int]:
    """A host under `strace`, ended with a signal; gives its port."""
    line = [
        *(
            "strace",
            "--seccomp-bpf",
            "-f",
            "-y",
            "-xx",
            "-s",
            "1000000",
            "-e",
            f"trace={TRACED}",
            "-o",
            str(log),
        ),
        *(sys.executable, "-m", "pkcompat", "serve", f"{PARTIES / 'ledger.py'}:Ledger", "--port", "0"),
        *("--storage", str(FILE), "--durability", "power", "--quiet"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            if found is None:
                raise Unavailable("strace may trace no process here")
            yield int(found[1])
            os.kill(int(log.read_text(encoding="ascii")[:12].split()[0]), end)
            process.stdout.read()
            process.wait(PATIENCE)
        finally:
            process.kill()


def record(effort: Effort, traffic: Traffic) -> list[Path]:
    """Let hosts live and end, the second by `kill -9`; returns the records of their system calls."""
    logs = []
    for number, end in enumerate([signal.SIGTERM, signal.SIGKILL, signal.SIGTERM]):
        logs.append(effort.folder / f"calls-{number}")
        with traced_host(effort.folder, logs[-1], end) as port:
            asyncio.run(traffic.fill(port, effort.count(short=60, long=150)))
    return logs


class Answers:
    """What had been answered: read from what the host sent.

    Attributes:
        counts: how many messages each room had said that it has.
    """

    def __init__(self) -> None:
        self.counts = dict.fromkeys(ROOMS, 0)

    def follow(self, call: Call) -> bool:
        """Look into what a call sends; returns whether an answer is in it."""
        if not (call.begins and call.target.startswith("socket:")):
            return False
        sent = b"".join(call.texts)
        found = re.findall(rb"\x81[\x05-\x20](one|two) (\d+)", sent)
        for room, count in found:
            self.counts[room.decode()] = int(count)
        return bool(found)


def check(folder: Path, answers: Answers, traffic: Traffic) -> None:
    """Hold what a disk has to what was answered before."""
    storage = SqliteStorage(folder / FILE)
    try:
        for room in ROOMS:
            store = storage.room("main", room)
            stored = {key: decode_value(key, value) for key, value in store.scan(KeyRange())}
            count = stored.pop("count", 0)
            expect(count >= answers.counts[room], f"{room}: {answers.counts[room]} answered, {count} there")
            whole = {f"entry {number + 1:09}": text for number, text in enumerate(traffic.sent[room][:count])}
            if count:
                whole |= {"even": count % 2 == 0, "last": count}
                whole |= {"sevenths": count} if count % 7 else {}
            expect(stored == whole, f"{room}: {count} entries, but not what was written, or half a turn")
            alarm = store.get_alarm()
            expect((alarm and alarm.due) == (FAR_AWAY + count if count else None), f"{room}: alarm {alarm}")
    finally:
        storage.close()


def failures(effort: Effort, logs: list[Path], traffic: Traffic) -> Iterator[str]:
    """Let the power fail at the points of the record, and check; yields one text a failure that was tried."""
    chance = random.Random(effort.seed)
    disk, answers = TracedDisk(effort.folder), Answers()
    disk.start_from(effort.folder)
    limit = time.monotonic() + effort.seconds
    # At each flush and answer in the long form; between the many writes of a commit at some.
    share, share_of_writes = (1.0, 0.1) if effort.scale == "long" else (0.05, 0.01)
    memory = Path("/dev/shm")
    for number, log in enumerate(logs):
        for place, call in enumerate(calls(log)):
            changed = disk.follow(call)
            of_them = share_of_writes if call.name == "pwrite64" else share
            if not (answers.follow(call) or changed) or chance.random() > of_them:
                continue
            if effort.scale == "short" and time.monotonic() > limit:
                return
            for what in ("lost", "kept in part", "kept in part"):
                with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
                    disk.image(Path(folder), None if what == "lost" else chance)
                    try:
                        check(Path(folder), answers, traffic)
                    except Exception as error:
                        where = f"life {number + 1}, call {place} ({call.name} {call.target})"
                        raise BrokenPromiseError(f"{where}, unflushed {what}: {error}") from error
                    yield what


def run(effort: Effort) -> Iterator[Figure]:
    """Record, then let the power fail."""
    if shutil.which("strace") is None:
        raise Unavailable("strace is not installed")
    traffic = Traffic(random.Random(effort.seed))
    logs = record(effort, traffic)
    tried = sum(1 for _ in failures(effort, logs, traffic))
    messages = sum(len(sent) for sent in traffic.sent.values())
    flushes = sum(call.begins and call.name in ("fsync", "fdatasync") for log in logs for call in calls(log))
    expect(tried and flushes, f"the record was not understood: {tried} failures, {flushes} flushes")
    yield Figure(
        f"{tried:,} power failures within {messages:,} messages and {flushes:,} flushes, nothing lost"
    )


EXPERIMENT = Experiment(
    "power",
    "With `--durability power` a power failure at any point loses nothing acknowledged, and leaves no half "
    "turn.",
    run,
)

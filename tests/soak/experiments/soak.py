"""The soak: thousands of sockets with mixed traffic for a long time, on a real `pkcompat serve`."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import httpx
from benchmarks.servers import raise_file_limit
from tests.soak.experiment import BrokenPromiseError, Effort, Experiment, Figure, expect
from tests.soak.host_forks import PARTIES, ROOT, ForkedHost, host_forks
from tests.soak.traffic_clients import Account, Orders

PROCESSES = 2
SETTLING = 120.0  # seconds in which a host comes to rest; a room that does not hibernate goes after 70


@dataclass(frozen=True, slots=True)
class Left:
    """What a host has: tasks, timers and open files."""

    tasks: int
    timers: int
    files: int

    @classmethod
    def of(cls, host: ForkedHost) -> Left:
        """Ask it."""
        found = httpx.get(host.url("/left", "http"), timeout=60).json()
        return cls(found["tasks"], found["timers"], len(os.listdir(f"/proc/{host.process_id}/fd")))


def watched(host: ForkedHost, clients: list[subprocess.Popen[str]]) -> list[float]:
    """The host's memory in MiB, once a second, while the clients live."""
    samples = []
    while any(client.poll() is None for client in clients):
        samples.append(host.resident_bytes / 2**20)
        time.sleep(1)
    return samples


def start_clients(orders: list[Orders]) -> list[subprocess.Popen[str]]:
    """Each with its orders, in a process of its own."""
    processes = []
    for order in orders:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.traffic_clients"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(order)))
        process.stdin.close()
        processes.append(process)
    return processes


def accounts(clients: list[subprocess.Popen[str]]) -> Account:
    """The accounts of all, as one."""
    whole = Account()
    for client in clients:
        assert client.stdout is not None
        text = client.stdout.read()
        if client.wait():
            raise BrokenPromiseError("a process of clients has failed, see above")
        account = Account(**json.loads(text))
        whole.sent += account.sent
        whole.acknowledged += account.acknowledged
        whole.received += account.received
        whole.connections += account.connections
        whole.problems += account.problems
    return whole


def settled(host: ForkedHost, before: Left) -> Left:
    """What is left, once that is no more than before, or the patience has ended."""
    limit = time.monotonic() + SETTLING
    while True:
        left = Left.of(host)
        at_rest = left.tasks <= before.tasks and left.timers <= before.timers and left.files <= before.files
        if at_rest or time.monotonic() > limit:
            return left
        time.sleep(0.5)


def check_rooms(host: ForkedHost, paths: list[str]) -> int:
    """Each room has what its clients have counted, and every alarm has rung; returns how many."""
    alarms = 0
    with httpx.Client(timeout=60) as http:
        for path in paths:
            found = http.get(host.url(path, "http")).json()
            expect(found["total"] == found["sum"], f"{path}: {found}")
            expect(found["set"] == found["rings"], f"{path}: an alarm did not ring once: {found}")
            alarms += found["rings"]
    return alarms


def memory_figure(samples: list[float], allowed: float) -> Figure:
    """The last third beside the second."""
    third = len(samples) // 3
    second, last = (statistics.median(part) for part in (samples[third : 2 * third], samples[2 * third :]))
    growth = last / second - 1
    text = f"memory {second:.0f} MB in the second third, {last:.0f} MB in the last ({growth:+.1%})"
    return Figure(text, "" if growth <= allowed else f"it grew by more than {allowed:.0%}: {samples[::10]}")


def run(effort: Effort) -> Iterator[Figure]:
    """Let clients live, and look at what is left."""
    is_long = effort.scale == "long"
    sockets, rooms = (2_000, 200) if is_long else (200, 20)
    seconds = max(15.0, effort.minutes * 60 if is_long else effort.seconds - 10)
    raise_file_limit(2 * sockets)
    parties = ("party", "parties/steady") if is_long else ("party",)
    paths = [f"/{parties[number % len(parties)]}/room{number}" for number in range(rooms)]
    orders = [
        Orders(
            paths=paths,
            clients=[f"p{process}c{number}" for number in range(sockets // PROCESSES)],
            seconds=seconds,
            pause=8.0 if is_long else 2.0,
            stay=60.0 if is_long else 6.0,
            seed=effort.seed + process,
            port=0,
        )
        for process in range(PROCESSES)
    ]
    module = PARTIES / "traffic.py"
    arguments = (f"{module}:Traffic", "--party", f"steady={module}:Steady", "--storage", "rooms.sqlite")
    with host_forks(effort.folder) as forks:
        host = forks.start(*arguments, "--idle-timeout", "2", "--quiet")
        Left.of(host)
        before = Left.of(host)
        clients = start_clients([Orders(**{**asdict(order), "port": host.port}) for order in orders])
        try:
            samples = watched(host, clients)
            account = accounts(clients)
        finally:
            for client in clients:
                client.kill()
        yield Figure(
            f"{sockets:,} sockets in {rooms} rooms for {seconds:,.0f} s: {account.sent:,} messages sent, "
            f"{account.received:,} received in order, {account.connections:,} connections",
            "\n".join(account.problems),
        )
        time.sleep(2)  # the last alarms
        yield Figure(f"all are stored, {check_rooms(host, paths):,} alarms rang once each")
        yield memory_figure(samples, 0.05 if is_long else 0.25)
        left = settled(host, before)
        names = f"{left.tasks} tasks, {left.timers} timers and {left.files} open files"
        at_rest = left.tasks <= before.tasks and left.timers <= before.timers and left.files <= before.files
        yield Figure(
            f"{names} left, as before the first client", "" if at_rest else f"{before} before, {left} left"
        )
        status = forks.end(signal.SIGTERM)
        yield Figure(f"exit status {status}", f"{host.log[-2_000:]}" if status else "")


EXPERIMENT = Experiment(
    "soak",
    "With 2,000 sockets in 200 rooms for 30 minutes memory stays within 5 %, every acknowledged message is "
    "accounted for in order, and no task, timer or file handle is left once the clients have gone.",
    run,
    weight=4.0,
    limit=7_200.0,
)

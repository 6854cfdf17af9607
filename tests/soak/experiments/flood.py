"""200,000 messages to handlers that do not end: a real `pkcompat serve`, and a client that only sends."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from benchmarks.load_client import client_frame, connect
from tests.soak.experiment import Effort, Experiment, Figure, Unavailable
from tests.soak.host_forks import PARTIES, ForkedHost, HostForks, host_forks

MESSAGES = 200_000
MOST_TASKS = 1_100  # 1,000 handlers, and what the host has besides
MOST_MEMORY = 32  # MiB more than before
LATEST = 6.0  # seconds that a stop takes, of which handlers get four


@dataclass(frozen=True, slots=True)
class Told:
    """What the party tells of itself."""

    tasks: int
    megabytes: int
    ended: int
    connections: int


def ask(host: ForkedHost, method: str = "GET") -> Told:
    """Ask the party."""
    answer = httpx.request(method, host.url("/party/flood", "http"), trust_env=False, timeout=60)
    return Told(*map(int, answer.text.split()))


def send_all(client: socket.socket) -> None:
    """Send the messages, as far as the host takes them."""
    try:
        client.sendall(client_frame(b"0123456789") * MESSAGES)
    except OSError:  # the experiment has ended
        return


def flood(forks: HostForks, *, released: bool) -> Figure:
    """Flood a host, then let the handlers end, or stop it."""
    host = forks.start(f"{PARTIES / 'waiting.py'}:Waiting", "--storage", "memory", "--quiet")
    before = ask(host)
    client = connect(host.port, "/party/flood")
    client.settimeout(None)
    sender = threading.Thread(target=send_all, args=[client], daemon=True)
    sender.start()
    time.sleep(5)
    held = ask(host)
    if released:
        ask(host, "POST")
        until = time.monotonic() + 120
        while ask(host).ended < MESSAGES and time.monotonic() < until:
            time.sleep(0.2)
    told = ask(host)
    started = time.monotonic()
    status = forks.end(signal.SIGTERM)
    seconds = time.monotonic() - started
    client.close()
    sender.join(10)
    more = held.megabytes - before.megabytes
    broken = [
        *([f"{held.tasks} tasks"] if held.tasks > MOST_TASKS else []),
        *(
            [f"{held.megabytes - before.megabytes} MiB"]
            if held.megabytes - before.megabytes > MOST_MEMORY
            else []
        ),
        *([f"{told.ended} were handled"] if released and told.ended != MESSAGES else []),
        *([f"exit status {status} after {seconds:.1f} s"] if status or seconds > LATEST else []),
    ]
    handled = f", all {told.ended:,} handled once they could be" if released else ""
    return Figure(
        f"{held.tasks:,} tasks, {more} MiB more{handled}, exit status {status} after {seconds:.1f} s",
        "\n".join([*broken, host.log[-3_000:]]) if broken else "",
    )


def run(effort: Effort) -> Iterator[Figure]:
    """Flood hosts."""
    if not hasattr(socket, "TCP_INFO"):
        raise Unavailable("/proc and TCP_INFO are Linux's")
    with host_forks(effort.folder) as forks:
        for number in range(effort.count(short=2, long=6)):
            yield flood(forks, released=number % 2 == 0)


EXPERIMENT = Experiment(
    "flood",
    "A client that sends 200,000 messages to handlers that wait is not read past 1,000 of them: that takes "
    "at most 32 MiB, loses nothing, and a stop ends within 6 s with exit status 0.",
    run,
    weight=0.5,
)

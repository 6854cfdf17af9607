"""Clients that send endless empty frames, or begin messages and do not end them: a real `pkcompat serve`."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from benchmarks.load_client import client_frame, connect
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.host_forks import PARTIES, ForkedHost, host_forks

FRAMES = 2_000_000
LONGEST = 0.25  # seconds
FLOODS = {  # what begins, and what is sent again and again; masked with zeros
    "continuation frames": (bytes([0x01, 0x80, 0, 0, 0, 0]), bytes([0x00, 0x80, 0, 0, 0, 0])),
    "pings": (b"", bytes([0x89, 0x80, 0, 0, 0, 0])),
    "messages": (b"", bytes([0x81, 0x80, 0, 0, 0, 0])),
}
UNFINISHED = 100
MIB = 1_048_576
MOST_KEPT = 48  # MiB; the host's limit is 32


def worst_answer(host: ForkedHost, begin: bytes, frame: bytes, seconds: float) -> float:
    """The longest time that another client waits for an answer while one sends a flood."""
    worst = 0.0
    with connect(host.port, "/party/flood") as flooding, connect(host.port, "/party/other") as other:

        def flood() -> None:
            with contextlib.suppress(OSError):  # it is closed, or the time is over
                flooding.sendall(begin + frame * FRAMES)

        thread = threading.Thread(target=flood)
        thread.start()
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            other.sendall(client_frame(b"hello"))
            other.recv(100)
            worst = max(worst, time.monotonic() - began)
        flooding.shutdown(2)
        thread.join()
    return worst


def run(effort: Effort) -> Iterator[Figure]:
    """One flood after the other, then messages without an end."""
    with host_forks(effort.folder) as forks:
        host = forks.start(f"{PARTIES / 'feed.py'}:Feed")
        for name, (begin, frame) in FLOODS.items():
            worst = worst_answer(host, begin, frame, effort.count(short=3, long=10))
            yield Figure(
                f"{FRAMES:,} empty {name}: others wait {worst * 1e3:.0f} ms at most",
                f"more than {LONGEST:g} s" if worst > LONGEST else "",
            )
        peers = [connect(host.port, f"/party/room?_pk={number}") for number in range(UNFINISHED)]
        before = host.resident_bytes
        begin = bytes([0x02, 0xFF]) + (MIB - 1).to_bytes(8, "big") + bytes(4)
        for peer in peers:
            peer.sendall(begin + bytes(MIB - 1))
        time.sleep(4)  # those that are given up have so long to read why
        kept = (host.resident_bytes - before) / 2**20
        for peer in peers:
            peer.close()
        yield Figure(
            f"{UNFINISHED} messages of 1 MiB without an end take {kept:.0f} MiB",
            f"more than {MOST_KEPT} MiB" if kept > MOST_KEPT else "",
        )


EXPERIMENT = Experiment(
    "floods",
    "Endless empty frames hold nobody else up for more than 0.25 s, and messages without an end take little.",
    run,
    weight=0.5,
)

"""Peers that have gone without a word: a real `pkcompat serve`, with its own pings."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.load_client import client_frame
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.feed_clients import silent_socket, who
from tests.soak.host_forks import PARTIES, host_forks

PEERS = 20
LATEST = 41.0  # seconds: a ping after 20 s, 20 s for the pong


def run(effort: Effort) -> Iterator[Figure]:
    """Connect some that never answer a ping, half of them with full buffers."""
    with host_forks(effort.folder) as forks:
        host = forks.start(f"{PARTIES / 'feed.py'}:Feed", "--max-queue", "0")
        names = [f"gone{number}" for number in range(PEERS)]
        began = time.monotonic()
        peers = [silent_socket(host.port, name) for name in names]
        for peer in peers[::2]:
            peer.sendall(client_frame(b"fill"))
        present, left = set(names), []
        while present and time.monotonic() < began + 2 * LATEST:
            time.sleep(0.1)
            told, left = who(host.port)
            present = {*told}
        lasted = time.monotonic() - began
        for peer in peers:
            peer.close()
    yield Figure(
        f"the last of {PEERS} was out of its room after {lasted:.1f} s, on_close ran {len(left)} times",
        "" if lasted <= LATEST and sorted(left) == sorted(names) else f"{sorted(present)} stay, {left} left",
    )


EXPERIMENT = Experiment(
    "half-open",
    "A peer that has gone without a word is out of its room within 41 s, with one on_close.",
    run,
    weight=0.5,
)

"""One socket among 1,000 stops reading: a real `pkcompat serve`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.load_client import client_frame
from benchmarks.servers import raise_file_limit
from benchmarks.socket_client import open_sockets
from tests.soak.experiment import Effort, Experiment, Figure
from tests.soak.feed_clients import PATH, Ticks, silent_socket, who
from tests.soak.host_forks import PARTIES, host_forks

SOCKETS = 1_000
WITHIN = 5.0  # seconds
WORSE = 1.2
NOISE = 0.001  # seconds
EVERY = 0.05  # seconds
TICKS = 60  # of a window
TOLD = "does not keep up"


def percentile(delays: list[float]) -> float:
    """The 99th."""
    return statistics.quantiles(delays, n=100)[98]


def run(effort: Effort) -> Iterator[Figure]:
    """Broadcast with and without a stalled socket, in turn."""
    raise_file_limit(2 * SOCKETS)
    with host_forks(effort.folder) as forks:
        host = forks.start(f"{PARTIES / 'feed.py'}:Feed")
        readers, _ = open_sockets(host.port, lambda number: f"{PATH}?_pk=r{number}", SOCKETS - 1)
        ticks = Ticks(readers)
        ticks.run(TICKS // 3, EVERY)  # to warm up
        without: list[float] = []
        along: list[float] = []
        lasted: list[float] = []
        windows = effort.count(short=3, long=20)
        for number in range(windows):
            ticks.delays.clear()
            ticks.run(TICKS, EVERY)
            without.append(percentile(ticks.delays))
            ticks.delays.clear()
            stalled = silent_socket(host.port, f"stalled{number}")
            began = time.monotonic()
            stalled.sendall(client_frame(b"fill"))
            ticks.run(TICKS, EVERY)
            along.append(percentile(ticks.delays))
            while f"stalled{number}" in who(host.port)[0] and time.monotonic() < began + 3 * WITHIN:
                time.sleep(0.02)
            lasted.append(time.monotonic() - began)
            stalled.close()
        lines = host.log.count(TOLD)
        left = who(host.port)[1]
    before, after = statistics.median(without), statistics.median(along)
    yield Figure(
        f"p99 of {SOCKETS - 1} healthy ones: {after * 1e3:.1f} ms with a stalled socket, "
        f"{before * 1e3:.1f} ms without ({after / before:.2f} times)",
        f"more than {WORSE} times" if after > WORSE * before + NOISE else "",
    )
    yield Figure(
        f"messages that healthy ones missed: {ticks.missing}", "some are lost" if ticks.missing else ""
    )
    yield Figure(
        f"{windows} stalled sockets were out of the room within {max(lasted):.1f} s",
        f"more than {WITHIN:g} s" if max(lasted) > WITHIN else "",
    )
    once = sorted(left) == sorted(f"stalled{number}" for number in range(windows))
    yield Figure(
        f"{lines} lines in the log, on_close ran for {len(left)}",
        "" if lines == windows and once else f"{lines} lines, on_close for {left}",
    )


EXPERIMENT = Experiment(
    "stalled",
    "A socket that stops reading is closed with 1013 within 5 s, which the log says once; 999 others lose "
    "nothing, and wait at most 1.2 times as long.",
    run,
)

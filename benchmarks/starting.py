"""The time from starting a server's process to its first answer."""

from __future__ import annotations

import contextlib
import time
from functools import partial

from benchmarks.http_client import connect, get
from benchmarks.measuring import Effort, in_turn
from benchmarks.report import Section, comparisons, headline
from benchmarks.servers import Server

from benchmarks import servers

TEXT = "From the start of the process to the end of the first answer to a GET request, which makes its room."


def measure(effort: Effort) -> Section:
    """Seconds to the first answer."""
    found = servers.present(
        *servers.both_ways("Answering"), *servers.starlette_both_ways(), servers.partykit("answering.js")
    )
    figures = in_turn({server.name: partial(_seconds, server) for server in found}, effort)
    tables = comparisons("Start to first answer", "seconds", figures, servers.sets(found))
    return Section(
        "Starting",
        TEXT,
        tables,
        (headline("From the start to the first answer", tables[0], servers.PARTYKIT),),
        skipped=servers.missing(),
    )


def _seconds(server: Server) -> float:
    started = time.perf_counter()
    with servers.running(server, ready=False) as it:
        while time.perf_counter() - started < servers.PATIENCE and it.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError), connect(it.port) as client:
                get(client, "/party/room")
                return time.perf_counter() - started
            time.sleep(0.002)
    raise SystemExit(f"{server.name} did not start")

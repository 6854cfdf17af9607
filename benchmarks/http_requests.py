"""HTTP requests a second to `on_request`, beside a route of plain Starlette."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.http_client import requests_a_second
from benchmarks.measuring import Effort, in_turn
from benchmarks.report import Curve, Plot, Section, comparisons, headline
from benchmarks.servers import Running

from benchmarks import servers

CONNECTIONS = 16
TEXT = (
    f"GET requests that a handler answers with five bytes, over {CONNECTIONS} connections that are kept "
    "alive, one request at a time on each, all to one room."
)


def measure(effort: Effort) -> Section:
    """Requests a second, and how they grow with connections and with rooms."""
    found = servers.present(
        *servers.both_ways("Answering"), *servers.starlette_both_ways(), servers.partykit("answering.js")
    )
    with servers.all_running(found) as started:
        figures = in_turn({it.server.name: partial(_rate, it, effort) for it in started}, effort)
        plot = Plot(
            "http_requests",
            "HTTP requests to on_request",
            "connections",
            "requests a second",
            tuple(_growth(it, effort) for it in started),
        )
    tables = comparisons("GET answered by a handler", "requests/s", figures, servers.sets(found))
    return Section(
        "HTTP requests",
        TEXT,
        tables,
        (headline("HTTP requests", tables[0], servers.PARTYKIT, servers.STARLETTE + servers.FAST),),
        (plot,),
        servers.missing(),
    )


def _rate(it: Running, effort: Effort, connections: int = CONNECTIONS) -> float:
    return requests_a_second(it.port, "/party/room", connections=connections, seconds=effort.seconds)


def _growth(it: Running, effort: Effort) -> Curve:
    sizes: Sequence[int] = (1, 16, 256) if effort.quick else (1, 4, 16, 64, 256)
    return Curve(it.server.name, tuple((size, _rate(it, effort, size)) for size in sizes))

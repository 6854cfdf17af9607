"""Messages a second in many rooms of two sockets, beside other servers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from benchmarks.load_client import LoadError
from benchmarks.measuring import Effort, Figures
from benchmarks.pairs_client import Pairs
from benchmarks.report import Curve, Plot, Section, comparison, headline
from benchmarks.servers import Running, Server

from benchmarks import servers

ROOMS = 10_000
MESSAGE_BYTES = 64
TEXT = (
    f"In every room one socket sends a text message of {MESSAGE_BYTES} bytes and the other gets it; once all "
    "have come, the next ones follow. The sockets of one server at a time are open. A curve ends where its "
    "server opens no more rooms."
)


def measure(effort: Effort) -> Section:
    """Deliveries a second, and how they grow with rooms."""
    most = min(effort.size(ROOMS, 300), servers.most_sockets() // 2)
    servers.raise_file_limit(2 * most)
    sizes = (100, most) if effort.quick else (100, 1_000, 3_000, most)
    runs: dict[str, dict[int, list[float]]] = {}
    busiest = 0.0
    for server in _subjects():
        with servers.running(server) as it:
            found = runs[server.name] = {}
            for size in sizes:
                try:
                    rates, busy = _rates(it, size, effort)
                except (LoadError, OSError):
                    if server.name != servers.PARTYKIT:
                        raise
                    break  # it opens no more than some thousands of rooms
                found[size] = rates
                busiest = max(busiest, busy)
    at_most = {name: Figures(tuple(found[most])) for name, found in runs.items() if most in found}
    at_1000 = {name: Figures(tuple(found[1_000])) for name, found in runs.items() if 1_000 in found}
    figures = {f"{size:,} rooms of two": each for size, each in ((1_000, at_1000), (most, at_most)) if each}
    tables = tuple(
        comparison(title, "deliveries/s", each, ours=next(iter(each))) for title, each in figures.items()
    )
    curves = tuple(
        Curve(name, tuple((size, Figures(tuple(rates)).median) for size, rates in found.items()))
        for name, found in runs.items()
        if found
    )
    return Section(
        "Rooms of two",
        f"{TEXT} The client was busy for at most {busiest:.0%} of the time.",
        tables,
        tuple(
            headline(table.title, table, servers.PARTYKIT, "websockets", servers.STARLETTE + servers.FAST)
            for table in tables
        ),
        (Plot("pairs", "Messages in rooms of two", "rooms", "deliveries a second", curves),),
        servers.missing(),
    )


def _subjects() -> Sequence[Server]:
    return servers.present(
        *servers.both_ways("Sleeping"),
        *(servers.peer("starlette", servers.STARLETTE, fast=fast) for fast in servers.ways()),
        servers.websockets(),
        servers.partykit("sleeping.js"),
    )


def _rates(it: Running, rooms: int, effort: Effort) -> tuple[list[float], float]:
    """Deliveries a second of each run, and how busy the client was at most."""
    with closing(Pairs(it.port, rooms, MESSAGE_BYTES, answers_close=it.server.answers_close)) as pairs:
        pairs.check()
        pairs.load(effort.seconds / 5)
        loads = [pairs.load(effort.seconds / 2) for _ in range(effort.runs)]
    return [load.per_second for load in loads], max(load.client_cpu for load in loads)

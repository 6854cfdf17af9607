"""Rooms woken a second: hibernating ones by a message, beside the same message to rooms that are awake."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.load_client import LoadError
from benchmarks.measuring import Effort, Figures
from benchmarks.report import Curve, Plot, Section, comparisons, headline
from benchmarks.servers import Server
from benchmarks.socket_client import ask_all, close_all, open_sockets

from benchmarks import servers

IDLE_TIMEOUT = 3.0  # seconds until a room of ours hibernates
PARTYKIT_IDLE = 10.0  # the same of PartyKit's, which cannot be set
ROUNDS = 3
PATIENCE = 30.0  # seconds that rooms get to fall asleep
AWAKE = ", the same rooms awake"
TEXT = (
    "One socket to each room; every socket sends a message at once, and the last answer ends the time. A "
    "room that woke says so by its answer: its instance has seen one message, though the room has seen two. "
    f"Rooms of `pkcompat serve` hibernate after {IDLE_TIMEOUT:g} s here, those of PartyKit after "
    f"{PARTYKIT_IDLE:g} s. Each run has a server of its own. The curve of PartyKit ends where it opens no "
    "more rooms."
)


@dataclass(frozen=True)
class Rates:
    """Messages answered a second, by rooms that woke for it, and again by the same rooms."""

    asleep: float
    awake: float


def measure(effort: Effort) -> Section:
    """Rooms woken a second, and how they grow with rooms."""
    ours = servers.both_ways("Counting", "--idle-timeout", str(IDLE_TIMEOUT))
    found = servers.present(*ours, servers.partykit("counting.js"))
    rooms = effort.size(2_000, 300)
    sizes = (100,) if effort.quick else (100, 300, 1_000, 3_000, 10_000)
    servers.raise_file_limit(max(sizes))
    figures = _figures(found, rooms, effort)
    curves = tuple(Curve(server.name, tuple(_growth(server, sizes))) for server in found)
    sets = {
        added: [each for name in names for each in (name, name + AWAKE)]
        for added, names in servers.sets(found).items()
    }
    tables = comparisons(f"{rooms:,} hibernating rooms", "rooms/s", figures, sets)
    return Section(
        "Waking rooms",
        TEXT,
        tables,
        (headline("Hibernating rooms woken", tables[0], servers.PARTYKIT),),
        (Plot("waking", "Hibernating rooms woken by a message", "rooms", "rooms a second", curves),),
        servers.missing(),
    )


def _figures(found: Sequence[Server], rooms: int, effort: Effort) -> dict[str, Figures]:
    """Each round gives two figures of each server, which is why this is not `in_turn`."""
    rounds: list[dict[str, float]] = []
    for _ in range(effort.size(ROUNDS, 1)):  # each has servers of its own, so none need come first
        figures: dict[str, float] = {}
        for server in found:
            rates = _rates(server, rooms)
            figures |= {server.name: rates.asleep, server.name + AWAKE: rates.awake}
        rounds.append(figures)
    return {name: Figures(tuple(figures[name] for figures in rounds)) for name in rounds[0]}


def _growth(server: Server, sizes: Sequence[int]) -> Iterator[tuple[float, float]]:
    """Rooms woken a second, up to as many rooms as PartyKit opens."""
    for size in sizes:
        try:
            yield size, _rates(server, size).asleep
        except LoadError:
            if server.name != servers.PARTYKIT:
                raise
            return


def _rates(server: Server, rooms: int) -> Rates:
    with servers.running(server) as it:  # anew each time: PartyKit refuses rooms once it has had some 3,000
        clients, _ = open_sockets(it.port, lambda number: f"/party/room-{number}", rooms)
        first_answers, _ = ask_all(clients)
        time.sleep(1.3 * (PARTYKIT_IDLE if server.name == servers.PARTYKIT else IDLE_TIMEOUT))
        answers, asleep = ask_all(clients)
        awake_answers, awake = ask_all(clients)
        close_all(clients, answered=server.answers_close)
    _check(first_answers, b"1", server)
    _check(answers, b"1", server)
    _check(awake_answers, b"2", server)
    return Rates(rooms / asleep, rooms / awake)


def _check(answers: list[bytes], expected: bytes, server: Server) -> None:
    others = [answer for answer in answers if answer[2:] != expected]
    if others:
        raise LoadError(f"{len(others)} rooms of {server.name} did not answer {expected!r}: {others[0]!r}")

"""Rooms woken a second: hibernating ones by a message, beside the same message to rooms that are awake."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

from benchmarks.load_client import LoadError
from benchmarks.measuring import Effort, Figures
from benchmarks.report import Curve, Plot, Section, comparisons, headline
from benchmarks.servers import Running
from benchmarks.socket_client import ask_all, close_all, open_sockets

from benchmarks import servers

IDLE_TIMEOUT = 3.0  # seconds until a room of ours hibernates
PARTYKIT_IDLE = 10.0  # the same of PartyKit's, which cannot be set
PATIENCE = 30.0  # seconds that rooms get to fall asleep
AWAKE = ", the same rooms awake"
TEXT = (
    "One socket to each room; every socket sends a message at once, and the last answer ends the time. A "
    "room that woke says so by its answer: its instance has seen one message, though the room has seen two. "
    f"Rooms of `pkcompat serve` hibernate after {IDLE_TIMEOUT:g} s here, those of PartyKit after "
    f"{PARTYKIT_IDLE:g} s."
)
_RUNS = itertools.count()


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
    with servers.all_running(found) as started:
        figures = _figures(started, rooms, effort)
        curves = tuple(
            Curve(it.server.name, tuple((size, _rates(it, size).asleep) for size in sizes)) for it in started
        )
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


def _figures(started: list[Running], rooms: int, effort: Effort) -> dict[str, Figures]:
    """Each round gives two figures of each server, which is why this is not `in_turn`."""
    rounds: list[dict[str, float]] = []
    for _ in range(effort.warm_up + effort.runs):
        found: dict[str, float] = {}
        for it in started:
            rates = _rates(it, rooms)
            found |= {it.server.name: rates.asleep, it.server.name + AWAKE: rates.awake}
        rounds.append(found)
    counted = rounds[effort.warm_up :]
    return {name: Figures(tuple(found[name] for found in counted)) for name in counted[0]}


def _rates(it: Running, rooms: int) -> Rates:
    run = next(_RUNS)  # rooms of the run before may still be awake
    clients, _ = open_sockets(it.port, lambda number: f"/party/room-{run}-{number}", rooms)
    first_answers, _ = ask_all(clients)
    idle = PARTYKIT_IDLE if it.server.name == servers.PARTYKIT else IDLE_TIMEOUT
    time.sleep(idle * 1.3)
    answers, asleep = ask_all(clients)
    awake_answers, awake = ask_all(clients)
    close_all(clients, answered=it.server.answers_close)
    _check(first_answers, b"1", it)
    _check(answers, b"1", it)
    _check(awake_answers, b"2", it)
    return Rates(rooms / asleep, rooms / awake)


def _check(answers: list[bytes], expected: bytes, it: Running) -> None:
    others = [answer for answer in answers if answer[2:] != expected]
    if others:
        raise LoadError(f"{len(others)} rooms of {it.server.name} did not answer {expected!r}: {others[0]!r}")

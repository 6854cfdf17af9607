"""How much memory an idle WebSocket takes, beside a plain Starlette endpoint, `websockets` and PartyKit.

Every server is started anew for each run. The benchmark is the client: bare TCP sockets that make a WebSocket
handshake and then stay silent. What is measured is the resident set of the server's processes (`VmRSS` in
/proc), before the sockets are opened and once it no longer changes. So it needs Linux.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measuring import Effort, Figures
from benchmarks.parties import HISTORY
from benchmarks.report import Curve, Plot, Section, Table, headline, rounded
from benchmarks.servers import PATIENCE, Running, Server
from benchmarks.socket_client import DEFLATE, ask_all, close_all, open_sockets

from benchmarks import servers

IDLE_TIMEOUT = 1.0  # seconds until a room hibernates
QUIET = IDLE_TIMEOUT + 1.0  # seconds without a change until memory counts as settled
WARM_UP = 100  # sockets that are opened and closed before the base is measured
PER_ROOM = 10
OFFERED = ", compression offered"
TEXT = (
    f"Sockets, {PER_ROOM} to a room, that are open and say nothing: by how much the resident memory of all "
    "of a server's processes grows, a socket, and what they take before there is any. Rooms hibernate "
    f"after {IDLE_TIMEOUT:g} s. Where compression is offered, it is as browsers offer it; `pkcompat serve` "
    "declines."
)


@dataclass(frozen=True)
class Subject:
    """What is measured: a server, and what its clients offer."""

    name: str
    server: Server
    extensions: str = ""


def subjects() -> list[Subject]:
    """Ours in its kinds, and the peers that are installed."""
    options = ("--grace", str(PATIENCE / 2), "--idle-timeout", str(IDLE_TIMEOUT))
    sleeping, awake = (servers.ours(party, *options) for party in ("Sleeping", "Awake"))
    starlette = servers.starlette()
    partykit = servers.partykit("sleeping.js")
    return [
        Subject("hibernating", sleeping),
        Subject("not hibernating", awake),
        Subject(starlette.name, starlette),
        Subject("websockets", servers.websockets()),
        *([Subject(partykit.name, partykit)] if partykit is not None else []),
        Subject(f"hibernating{OFFERED}", sleeping, DEFLATE),
        Subject(f"{starlette.name}{OFFERED}", starlette, DEFLATE),
    ]


def measure(effort: Effort) -> Section:
    """KB a socket and MB of the process; how both grow; what hibernation gives back."""
    sockets = effort.size(10_000, 1_000)
    rooms = effort.size(1_000, 200)
    servers.raise_file_limit(sockets)
    steps = [sockets] if effort.quick else [sockets // 10, sockets // 4, sockets // 2, sockets]
    runs: dict[str, list[Growth]] = {subject.name: [] for subject in subjects()}
    for _ in range(1 if effort.quick else 2):  # each takes long, and differs little
        for subject in subjects():
            runs[subject.name].append(_growth(subject, steps))
    curves = tuple(
        Curve(name, ((0, found[0].base_kb / 1e3), *found[0].points))
        for name, found in runs.items()
        if OFFERED not in name
    )
    plot = Plot("idle_sockets", "Memory of a server with idle sockets", "sockets", "MB", curves)
    tables = (_table(runs, sockets), _hibernation(rooms))
    peers = (servers.PARTYKIT, "websockets", servers.STARLETTE)
    headlines = (headline(f"Memory, {tables[0].title}", tables[0], *peers),)
    return Section("Idle sockets", TEXT, tables, headlines, (plot,), servers.missing())


@dataclass(frozen=True)
class Growth:
    """The memory of a server: before there are sockets in KB, and in MB with so many."""

    base_kb: int
    points: tuple[tuple[int, float], ...]

    @property
    def kb_a_socket(self) -> float:
        """What the last step shows."""
        count, mb = self.points[-1]
        return (mb * 1e3 - self.base_kb) / count


def _growth(subject: Subject, steps: Sequence[int]) -> Growth:
    with servers.running(subject.server) as it:
        _warm_up(it)
        base = settled_kb(it)
        clients: list[socket.socket] = []
        points = []
        for step in steps:
            opened, _ = open_sockets(
                it.port, _path, step - len(clients), first=len(clients), extensions=subject.extensions
            )
            clients += opened
            points.append((step, settled_kb(it) / 1e3))
        close_all(clients, answered=it.server.answers_close)
        return Growth(base, tuple(points))


def _path(number: int) -> str:
    return f"/party/room-{number // PER_ROOM}"


def _warm_up(it: Running) -> None:
    clients, _ = open_sockets(it.port, _path, WARM_UP)
    close_all(clients, answered=it.server.answers_close)


def settled_kb(it: Running) -> int:
    """The resident set, in KB, once it has not changed by more than 0.1 % for some seconds."""
    end = time.monotonic() + PATIENCE
    found, since = it.resident_kb, time.monotonic()
    while time.monotonic() - since < QUIET and time.monotonic() < end:
        time.sleep(0.1)
        now = it.resident_kb
        if abs(now - found) > found / 1_000:
            found, since = now, time.monotonic()
    return it.resident_kb


def _table(runs: dict[str, list[Growth]], sockets: int) -> Table:
    figures = {name: Figures(tuple(run.kb_a_socket for run in found)) for name, found in runs.items()}
    mine = next(iter(figures.values()))
    rows = tuple(
        (
            name,
            rounded(found.median),
            f"{rounded(found.minimum)} to {rounded(found.maximum)}",
            rounded(min(run.base_kb for run in runs[name]) / 1e3),
            "" if found is mine else f"{mine.ratio_to(found):.2f}",
        )
        for name, found in figures.items()
    )
    columns = ("", "KB a socket, median", "min to max", "MB before", "hibernating / this")
    return Table(f"{sockets:,} idle sockets", columns, rows)


def _hibernation(rooms: int) -> Table:
    """What `Remembering` takes while one half of its rooms wakes, then the other."""
    rows: list[tuple[str, str]] = []
    server = servers.ours("Remembering", "--idle-timeout", str(IDLE_TIMEOUT))
    with servers.running(server) as it:
        _warm_up(it)
        base = settled_kb(it)

        def note(name: str, kb: int) -> None:
            rows.append((name, rounded((kb - base) / 1e3)))

        clients, _ = open_sockets(it.port, lambda number: f"/party/room-{number}", rooms)
        note("connected, asleep", settled_kb(it))
        for name, woken in [("one half", clients[::2]), ("the other half", clients[1::2])]:
            ask_all(woken)
            note(f"{name} awake", it.resident_kb)
            note("all asleep", settled_kb(it))
        close_all(clients)
        note("all sockets closed", settled_kb(it))
    title = f"{rooms:,} hibernating rooms whose instances remember {HISTORY} messages each"
    return Table(title, ("", "MB above the base"), tuple(rows))

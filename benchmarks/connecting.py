"""WebSockets opened a second, beside other servers, and while more and more are open."""

from __future__ import annotations

from functools import partial

from benchmarks.load_client import LoadError
from benchmarks.measuring import Effort, in_turn
from benchmarks.report import Curve, Plot, Section, comparisons, headline
from benchmarks.servers import Running
from benchmarks.socket_client import IN_FLIGHT, close_all, open_sockets

from benchmarks import servers

PER_ROOM = 10
TEXT = (
    f"WebSocket handshakes from opening the TCP connection to the answer, {IN_FLIGHT} at a time, "
    f"{PER_ROOM} sockets to a room; closing them is not counted. The plot is one run: sockets stay open, "
    "and the next ones come; PartyKit's curve ends where it opens no more rooms."
)


def measure(effort: Effort) -> Section:
    """Handshakes a second, and how they grow with open sockets."""
    found = servers.present(
        *servers.both_ways("Awake"),
        *servers.starlette_both_ways(),
        servers.websockets(),
        servers.partykit("awake.js"),
    )
    most = effort.size(10_000, 1_000)
    servers.raise_file_limit(most)
    with servers.all_running(found) as started:
        count = effort.size(2_000, 300)
        figures = in_turn({it.server.name: partial(_rate, it, count) for it in started}, effort)
        curves = tuple(_growth(it, most) for it in started)
    tables = comparisons("WebSockets opened", "sockets/s", figures, servers.sets(found))
    return Section(
        "Connecting",
        TEXT,
        tables,
        (headline("WebSockets opened", tables[0], servers.PARTYKIT, "websockets"),),
        (Plot("connecting", "WebSockets opened", "sockets that are open", "sockets a second", curves),),
        servers.missing(),
    )


def _path(number: int) -> str:
    return f"/party/room-{number // PER_ROOM}"


def _rate(it: Running, count: int) -> float:
    clients, seconds = open_sockets(it.port, _path, count)
    close_all(clients, answered=it.server.answers_close)
    return count / seconds


def _growth(it: Running, most: int) -> Curve:
    step = most // 10
    opened, points = [], []
    for first in range(0, most, step):
        try:
            clients, seconds = open_sockets(it.port, _path, step, first=first)
        except LoadError:
            if it.server.name != servers.PARTYKIT:  # which refuses rooms once it has had some 3,000
                raise
            break
        opened += clients
        points.append((first + step, step / seconds))
    close_all(opened, answered=it.server.answers_close)
    return Curve(it.server.name, tuple(points))

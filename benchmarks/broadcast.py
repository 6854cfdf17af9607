"""Messages that a broadcast delivers a second, beside other servers and a bare protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from benchmarks.measuring import Effort, Figures, in_turn
from benchmarks.report import Curve, Plot, Section, Table, comparison, headline, rounded
from benchmarks.servers import Running, Server

from benchmarks import load_client, servers

MESSAGE_BYTES = 64
GROWTH_IN_FLIGHT = 10
LARGEST = 10_000  # sockets in one room
FORM_ROUNDS = 2  # times as many as others have


@dataclass(frozen=True)
class Case:
    """How a room is loaded: so many sockets, of which one has so many messages in flight."""

    sockets: int
    in_flight: int

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.sockets} sockets, {self.in_flight} in flight"


CASES = (Case(100, 10), Case(100, 1), Case(20, 50))
TEXT = (
    f"One socket sends text messages of {MESSAGE_BYTES} bytes, so many in one write; once every other "
    "socket of the room has got them all, the next ones follow. Deliveries are counted at the receivers. "
    "`on_message` is a plain call of `room.broadcast(message, [sender.id])`. A bare protocol is no "
    "server: it understands nothing but these messages, and shows what the event loop can do; `joined` "
    "passes on in one write what one read brought."
)


HEADLINE_PEERS = (servers.PARTYKIT, "websockets", servers.STARLETTE + servers.FAST)
FORMS = {"Relay": "class form", "relay": "object form"}


def subjects() -> list[Server]:
    """Ours in both forms, and the peers that are installed; the others are compared with the first."""
    ways = servers.ways()
    return [
        *(
            servers.ours(party, fast=fast, name=form + fast * servers.FAST, module="broadcast_parties.py")
            for fast in ways
            for party, form in FORMS.items()
        ),
        *(servers.peer("starlette", servers.STARLETTE, fast=fast) for fast in ways),
        servers.websockets(),
        *servers.present(servers.partykit("sleeping.js")),
        *(servers.peer("bare", "bare protocol", fast=fast) for fast in ways),
        *(servers.peer("bare-joined", "bare protocol, joined", fast=fast) for fast in ways),
    ]


@dataclass
class Busy:
    """How busy the client was at most."""

    share: float = field(default=0.0)

    def rate(self, it: Running, case: Case, seconds: float) -> float:
        """Deliveries a second of one run."""
        load = load_client.measure(
            it.port,
            "/party/room",
            sockets=case.sockets,
            in_flight=case.in_flight,
            seconds=seconds,
            message_bytes=MESSAGE_BYTES,
        )
        self.share = max(self.share, load.client_cpu)
        return load.per_second


def measure(effort: Effort) -> Section:
    """Deliveries a second in three cases, and how they grow with sockets."""
    found = subjects()
    busy = Busy()
    sizes = (10, 100) if effort.quick else (2, 10, 30, 100, 300, 1_000, 3_000, LARGEST)
    servers.raise_file_limit(max(sizes))
    with servers.all_running(found[: len(FORMS)]) as started:
        forms = tuple(_forms_compared(case, started[::-1], busy, effort) for case in CASES)
    with servers.all_running(found) as started:
        tables = tuple(
            comparison(
                case.name,
                "deliveries/s",
                _rates(case, started, busy, effort),
                ours=found[0].name,
            )
            for case in CASES
        )
        curves = tuple(_growth(it, sizes, busy, effort) for it in started if _is_plotted(it.server))
        plot = Plot(
            "broadcast",
            f"Broadcast to a room, {GROWTH_IN_FLIGHT} messages in flight",
            "sockets in the room",
            "deliveries a second",
            curves,
            logarithmic=True,
        )
    largest = _largest(curves)
    return Section(
        "Broadcast",
        f"{TEXT} The client was busy for at most {busy.share:.0%} of the time.",
        (*tables, largest, *forms),
        tuple(headline(f"Broadcast, {it.title}", it, *HEADLINE_PEERS) for it in (*tables, largest)),
        (plot,),
        servers.missing(),
    )


def _forms_compared(case: Case, forms: Sequence[Running], busy: Busy, effort: Effort) -> Table:
    """The forms alone, in more rounds: they differ by less than two runs of one do."""
    rounds = replace(effort, runs=effort.runs * FORM_ROUNDS)
    title = f"The two forms, {case.name}, {rounds.runs} rounds"
    figures = _rates(case, forms, busy, rounds)
    return comparison(title, "deliveries/s", figures, ours=forms[0].server.name)


def _rates(case: Case, subjects: Sequence[Running], busy: Busy, effort: Effort) -> dict[str, Figures]:
    return in_turn({it.server.name: partial(busy.rate, it, case, effort.seconds) for it in subjects}, effort)


def _is_plotted(server: Server) -> bool:
    """The forms go together, and so do event loops below the same protocol: one of each is enough."""
    return not server.name.startswith("object form") and not (
        server.name.startswith(("bare", servers.STARLETTE)) and len(servers.ways()) > 1 and not server.is_fast
    )


def _growth(it: Running, sizes: Sequence[int], busy: Busy, effort: Effort) -> Curve:
    return Curve(
        it.server.name,
        tuple((size, busy.rate(it, Case(size, GROWTH_IN_FLIGHT), effort.seconds / 2)) for size in sizes),
    )


def _largest(curves: Sequence[Curve]) -> Table:
    """The last points of the curves."""
    ours, size = curves[0].points[-1][1], curves[0].points[-1][0]
    rows = tuple(
        (curve.name, rounded(curve.points[-1][1]), f"{ours / curve.points[-1][1]:.2f}" if number else "")
        for number, curve in enumerate(curves)
    )
    title = f"{size:,} sockets, {GROWTH_IN_FLIGHT} in flight, one run"
    return Table(title, ("", "deliveries/s", "ours / this"), rows)

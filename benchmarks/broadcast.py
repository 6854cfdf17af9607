"""How many messages a second a broadcast delivers, beside other servers.

Run it with `make bench-broadcast`. Each server is a process of its own, and so is the client
(`load_client.py`). Servers run in turn, A B A B, so that a machine that slows down slows down all; medians
and ratios are printed. Loopback only. It needs Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOOPBACK = "127.0.0.1"
PATIENCE = 60.0  # seconds that any wait may take


@dataclass(frozen=True)
class Server:
    """A server to measure.

    Attributes:
        name: what it is called in the table.
        command: starts it; `{port}` stands for the port that it is to listen on.
        path: of its WebSockets.
        needs: modules without which it cannot be measured.
    """

    name: str
    command: Sequence[str]
    path: str = "/party/room"
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """Which of the modules are not installed."""
        return [module for module in self.needs if importlib.util.find_spec(module) is None]


@dataclass(frozen=True)
class Case:
    """How the sockets are loaded: so many, of which one has so many messages in flight."""

    sockets: int
    in_flight: int

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.sockets} sockets, {self.in_flight} in flight"


@dataclass(frozen=True)
class Figure:
    """What one run gave.

    Attributes:
        per_second: deliveries a second.
        client_cpu: the share of the time in which the client ran; near 1 it is the client that was measured.
    """

    per_second: float
    client_cpu: float


CASES = (Case(100, 10), Case(100, 1), Case(20, 50))


def ours(party: str) -> list[str]:
    """The command that serves a party of `broadcast_parties.py`."""
    target = f"{HERE / 'broadcast_parties.py'}:{party}"
    return [
        *(sys.executable, "-m", "pkcompat", "serve", target, "--quiet", "--storage", "memory"),
        *("--host", LOOPBACK, "--port", "{port}"),
    ]


def peer(name: str, loop: str) -> list[str]:
    """The command that serves one of `broadcast_peers.py`."""
    return [sys.executable, str(HERE / "broadcast_peers.py"), name, "--port", "{port}", "--loop", loop]


UVLOOP = ("uvloop",)
SERVERS = [
    Server("class form", ours("Relay")),
    Server("object form", ours("relay")),
    Server("class form, async def", ours("AsyncRelay")),
    Server("object form, async def", ours("async_relay")),
    Server("Starlette under uvicorn", peer("starlette", "uvloop"), needs=UVLOOP),
    Server("websockets", peer("websockets", "asyncio")),
    Server("bare protocol, uvloop", peer("bare", "uvloop"), needs=UVLOOP),
    Server("bare protocol, uvloop, joined", peer("bare-joined", "uvloop"), needs=UVLOOP),
    Server("bare protocol, asyncio, joined", peer("bare-joined", "asyncio")),
]


@contextlib.contextmanager
def running(server: Server) -> Iterator[int]:
    """The port of a server that runs meanwhile."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [part.format(port=port) for part in server.command],
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process, server.name)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((LOOPBACK, port)):
            return
        time.sleep(0.05)
    raise SystemExit(f"{name} did not start")


def load(port: int, path: str, case: Case, seconds: float) -> Figure:
    """Load a server that runs, with a client in a process of its own."""
    client = subprocess.run(
        [
            *(sys.executable, str(HERE / "load_client.py"), "--port", str(port), "--path", path),
            *("--sockets", str(case.sockets), "--in-flight", str(case.in_flight)),
            *("--seconds", str(seconds)),
        ],
        check=False,
        stdout=subprocess.PIPE,
        timeout=PATIENCE + 2 * seconds,
    )
    if client.returncode:
        raise SystemExit(f"the client failed with {case.name}")
    found = json.loads(client.stdout)
    return Figure(found["per_second"], found["client_cpu"])


def measure_in_turn(
    servers: Sequence[Server], cases: Sequence[Case], *, runs: int, seconds: float
) -> dict[Case, dict[str, list[Figure]]]:
    """Measure servers in turn, each started anew for every run.

    Args:
        servers: what to measure.
        cases: how to load them.
        runs: how often each server is started.
        seconds: how long each case is counted.

    Returns:
        The figures of each run, by case and server.
    """
    found: dict[Case, dict[str, list[Figure]]] = {
        case: {server.name: [] for server in servers} for case in cases
    }
    for _ in range(runs):
        for server in servers:
            with running(server) as port:
                for case in cases:
                    found[case][server.name].append(load(port, server.path, case, seconds))
    return found


def print_table(found: dict[Case, dict[str, list[Figure]]], peer: str) -> None:
    """Print the medians of deliveries a second, how they stand to a peer's, and how busy the client was."""
    for case, by_server in found.items():
        medians = {
            name: statistics.median(figure.per_second for figure in figures)
            for name, figures in by_server.items()
        }
        width = max(map(len, medians))
        print(f"\n{case.name:{width}}   1/s median         min         max   / {peer}   client's CPU")
        for name, median in medians.items():
            rates = [figure.per_second for figure in by_server[name]]
            busy = statistics.median(figure.client_cpu for figure in by_server[name])
            print(
                f"{name:{width}}  {median:11,.0f} {min(rates):11,.0f} {max(rates):11,.0f}   "
                f"{median / medians[peer]:{len(peer) + 2}.2f}   {busy:12.2f}"
            )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each server is started")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each case is counted")
    parser.add_argument("--only", action="append", default=[], help="a server to measure, or several")
    parser.add_argument("--peer", help="the server to which ratios are given; by default the first")
    parser.add_argument("--case", action="append", default=[], help="such as 100x10: sockets x in flight")
    parser.add_argument(
        *("--server", "-s"),
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="one more server, by the command that starts it on the port {port}",
    )
    options = parser.parse_args()
    more = [Server(name, command.split()) for name, _, command in (s.partition("=") for s in options.server)]
    cases = [Case(*map(int, case.split("x"))) for case in options.case] or CASES
    servers = []
    for server in [*SERVERS, *more]:
        if options.only and server.name not in options.only and server not in more:
            continue
        if server.missing:
            print(f"left out: {server.name} (not installed: {', '.join(server.missing)})")
        else:
            servers.append(server)
    names = ("pkcompat", "starlette", "uvicorn", "websockets")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load_average = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs; {versions}")
    print(f"{options.runs} runs of {options.seconds:g} s; load average at the start {load_average:.1f}")
    print_table(
        measure_in_turn(servers, cases, runs=options.runs, seconds=options.seconds),
        options.peer or servers[0].name,
    )


if __name__ == "__main__":
    main()

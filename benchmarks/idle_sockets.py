"""How much memory an idle WebSocket takes, beside a plain Starlette endpoint under uvicorn.

Run it with `make bench-idle`. Every server is a process of its own, started anew for each run; this process
is the client: bare TCP sockets that make a WebSocket handshake and then stay silent. What is measured is the
resident set of the server process (`VmRSS` in /proc), before the sockets are opened and once it no longer
changes. So it needs Linux. Loopback only; every wait is bounded.
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from idle_parties import HISTORY

HERE = Path(__file__).resolve().parent
LOOPBACK = "127.0.0.1"
IDLE_TIMEOUT = 1.0  # seconds until a room hibernates
PATIENCE = 60.0  # seconds that any wait may take
IN_FLIGHT = 200  # handshakes at a time
WARM_UP = 100  # sockets that are opened and closed before the base is measured
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"  # as browsers offer it
TEXT_FRAME = bytes([0x81, 0x80, 0, 0, 0, 0])  # an empty text message, masked with zeros


@dataclass(frozen=True)
class Server:
    """A server to measure: its command without the port, and the path of its WebSockets."""

    name: str
    command: Sequence[str]
    path: str
    extensions: str = ""


def ours(party: str) -> list[str]:
    target = f"{HERE / 'idle_parties.py'}:{party}"
    return [
        *("-m", "pkcompat", "serve", "--quiet", "--grace", str(PATIENCE / 2)),
        *("--storage", "memory", "--idle-timeout", str(IDLE_TIMEOUT), "--party", f"main={target}"),
    ]


STARLETTE = [
    *("-m", "uvicorn", "--app-dir", str(HERE), "--log-level", "warning", "--ws", "websockets-sansio"),
    "idle_parties:peer",
]
PEER = "Starlette under uvicorn"
SERVERS = [
    Server("hibernating", ours("Sleeping"), "/party/{room}"),
    Server("not hibernating", ours("Awake"), "/party/{room}"),
    Server(PEER, STARLETTE, "/party/{room}"),
    Server("hibernating, compression offered", ours("Sleeping"), "/party/{room}", DEFLATE),
    Server(f"{PEER}, compression offered", STARLETTE, "/party/{room}", DEFLATE),
]


def resident_kb(process: subprocess.Popen[bytes]) -> int:
    """The memory of a process that is in RAM, in KB."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit("the server has ended")


def settled_kb(process: subprocess.Popen[bytes], quiet: float) -> int:
    """The resident set, in KB, once it has not changed by more than 0.1 % for `quiet` seconds."""
    end = time.monotonic() + PATIENCE
    found, since = resident_kb(process), time.monotonic()
    while time.monotonic() - since < quiet and time.monotonic() < end:
        time.sleep(0.1)
        now = resident_kb(process)
        if abs(now - found) > found / 1_000:
            found, since = now, time.monotonic()
    return resident_kb(process)


@contextlib.contextmanager
def running(server: Server) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The server's process and port."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *server.command, "--host", LOOPBACK, "--port", str(port)],
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield process, port
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((LOOPBACK, port)):
            return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def handshake(server: Server, room: int) -> bytes:
    return (
        f"GET {server.path.format(room=room)} HTTP/1.1\r\nHost: {LOOPBACK}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\n{server.extensions}\r\n"
    ).encode()


def open_sockets(server: Server, port: int, count: int, per_room: int) -> list[socket.socket]:
    """WebSockets, so many to a room."""
    opened: list[socket.socket] = []
    for first in range(0, count, IN_FLIGHT):
        batch = []
        for number in range(first, min(first + IN_FLIGHT, count)):
            client = socket.create_connection((LOOPBACK, port), timeout=PATIENCE)
            client.sendall(handshake(server, number // per_room))
            batch.append(client)
        for client in batch:
            answer = b""
            while b"\r\n\r\n" not in answer:
                part = client.recv(4096)
                if not part:
                    raise SystemExit(f"a handshake was refused: {answer!r}")
                answer += part
            if not answer.startswith(b"HTTP/1.1 101 "):
                raise SystemExit(f"a handshake was refused: {answer!r}")
        opened += batch
    return opened


def close_all(clients: Sequence[socket.socket]) -> None:
    for client in clients:
        client.close()


def measure(server: Server, count: int, per_room: int, quiet: float) -> tuple[float, float]:
    """KB a socket, and MB of the process before there was any."""
    with running(server) as (process, port):
        close_all(open_sockets(server, port, WARM_UP, 1))
        base = settled_kb(process, quiet)
        clients = open_sockets(server, port, count, per_room)
        try:
            return (settled_kb(process, quiet) - base) / count, base / 1_000
        finally:
            close_all(clients)


def measure_hibernation(rooms: int, quiet: float) -> list[tuple[str, float]]:
    """What `Remembering` takes, in MB above the base, while one half of its rooms wakes, then the other."""
    server = Server("remembering", ours("Remembering"), "/party/{room}")
    steps: list[tuple[str, float]] = []
    with running(server) as (process, port):
        close_all(open_sockets(server, port, WARM_UP, 1))
        base = settled_kb(process, quiet)

        def note(name: str) -> None:
            steps.append((name, (settled_kb(process, quiet) - base) / 1_000))

        clients = open_sockets(server, port, rooms, 1)
        note("connected, asleep")
        for name, woken in [("one half", clients[::2]), ("the other half", clients[1::2])]:
            wake(woken)
            steps.append((f"{name} awake", (resident_kb(process) - base) / 1_000))
            note("all asleep")
        close_all(clients)
        note("all sockets closed")
    return steps


def wake(clients: Sequence[socket.socket]) -> None:
    """Send each a message, and wait for the answers."""
    for client in clients:
        client.sendall(TEXT_FRAME)
    for client in clients:
        client.recv(4096)


def raise_file_limit(sockets: int) -> None:
    """Let this process, and those that it starts, have so many files open."""
    needed = sockets + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemExit(f"{sockets} sockets need {needed} open files, {hard} are allowed; give --sockets")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))


def main() -> None:
    """Measure every server in turn, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=10_000, help="sockets of each server")
    parser.add_argument("--per-room", type=int, default=10, help="sockets in one room")
    parser.add_argument("--rooms", type=int, default=1_000, help="rooms that hibernate with much to forget")
    parser.add_argument("--runs", type=int, default=3, help="runs of each server")
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        raise SystemExit("this reads /proc, which only Linux has")
    raise_file_limit(max(options.sockets, options.rooms))
    quiet = IDLE_TIMEOUT + 2.0
    names = ("pkcompat", "starlette", "uvicorn", "websockets")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"Python {platform.python_version()}, {platform.machine()}; {versions}")
    print(f"{options.sockets:,} sockets, {options.per_room} a room, {options.runs} runs")
    found: dict[str, list[tuple[float, float]]] = {server.name: [] for server in SERVERS}
    for _ in range(options.runs):
        for server in SERVERS:
            found[server.name].append(measure(server, options.sockets, options.per_room, quiet))
    width = max(map(len, found))
    print(f"\n{'':{width}}  KB a socket    base MB   / {PEER}")
    peer = statistics.median(kb for kb, _ in found[PEER])
    for name, figures in found.items():
        kb = statistics.median(kb for kb, _ in figures)
        base = statistics.median(base for _, base in figures)
        print(f"{name:{width}}  {kb:11.1f}  {base:9.1f}   {kb / peer:.2f}")
    print(f"\n{options.rooms} rooms whose instances remember {HISTORY} messages, MB above the base:")
    for name, mb in measure_hibernation(options.rooms, quiet):
        print(f"{name:24} {mb:8.1f}")


if __name__ == "__main__":
    main()

"""Servers to measure, each a process of its own on a free loopback port.

PartyKit's own command listens on every address of the machine; it is only ever asked over loopback.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import resident_kb

from benchmarks import peers

HERE = Path(__file__).resolve().parent
LOOPBACK = "127.0.0.1"
OTHER_FILES = 200  # that a process has open beside its sockets
PATIENCE = 60.0  # seconds that any wait may take

OURS = "pkcompat serve"
STARLETTE = "Starlette under uvicorn"
PARTYKIT = "PartyKit on workerd"
FAST = " on uvloop"


@dataclass(frozen=True)
class Server:
    """A server to measure.

    Attributes:
        name: in tables.
        command: how it is started, with `{port}` where its port goes.
        files: copied into the folder that it runs in.
        answers_close: whether a client's close is answered; PartyKit does not do that.
    """

    name: str
    command: Sequence[str]
    files: tuple[Path, ...] = ()
    answers_close: bool = True

    @property
    def is_fast(self) -> bool:
        """Whether it runs on uvloop."""
        return self.name.endswith(FAST)


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    server: Server
    process: subprocess.Popen[bytes]
    port: int

    @property
    def resident_kb(self) -> int:
        """The memory of the process, and of those that it started, that is in RAM, in KB."""
        if self.process.poll() is not None:
            raise SystemExit(f"{self.server.name} has ended")
        return resident_kb(self.process.pid)


def ours(
    party: str, *options: str, fast: bool = False, name: str | None = None, module: str = "parties.py"
) -> Server:
    """`pkcompat serve` with a party of a module in this folder.

    Args:
        party: the party's name in the module.
        options: more of the command line.
        fast: with uvloop and httptools.
        name: in tables.
        module: the module.
    """
    target = f"main={HERE / module}:{party}"
    command = [*_run("pkcompat", fast), "serve", "--quiet", "--party", target, "--host", LOOPBACK]
    storage = [] if "--storage" in options else ["--storage", "memory"]
    return Server(name or _named(OURS, fast), [*command, "--port", "{port}", *storage, *options])


def starlette(*, fast: bool = False) -> Server:
    """The plain Starlette application of `starlette_app.py`, under uvicorn."""
    command = [*_run("uvicorn", fast), "--app-dir", str(HERE), "--host", LOOPBACK, "--port", "{port}"]
    quiet = ["--log-level", "warning", "--no-access-log", "--ws", "websockets-sansio"]
    return Server(_named(STARLETTE, fast), [*command, *quiet, "--lifespan", "off", "starlette_app:app"])


def peer(kind: str, name: str, *, fast: bool = False) -> Server:
    """One of the servers of `broadcast_peers.py`."""
    loop = "uvloop" if fast else "asyncio"
    command = [peers.PYTHON, str(HERE / "broadcast_peers.py"), kind, "--port", "{port}", "--loop", loop]
    return Server(_named(name, fast), command)


def websockets() -> Server:
    """A server of `websockets`."""
    return peer("websockets", "websockets")


def _run(module: str, fast: bool) -> list[str]:
    return [peers.PYTHON, "-m", module] if fast else [peers.PYTHON, str(HERE / "plain.py"), module]


def _named(name: str, fast: bool) -> str:
    return name + FAST if fast else name


def ways() -> list[bool]:
    """With uvloop and httptools if they are here (`fast`), and as the project is installed by default."""
    return [True, False] if peers.has_uvloop() else [False]


def both_ways(party: str, *options: str) -> list[Server]:
    """`pkcompat serve` in each way."""
    return [ours(party, *options, fast=fast) for fast in ways()]


def starlette_both_ways() -> list[Server]:
    """Starlette in each way."""
    return [starlette(fast=fast) for fast in ways()]


def present(*servers: Server | None) -> list[Server]:
    """Those that are installed."""
    return [server for server in servers if server is not None]


def sets(servers: Sequence[Server]) -> dict[str, list[str]]:
    """The names of the servers that are to be compared with each other: those with uvloop, and those
    without; what is neither is in both."""
    names = [server.name for server in servers]
    sets = {
        "with uvloop and httptools": [OURS + FAST, STARLETTE + FAST],
        "as installed by default": [OURS, STARLETTE],
    }
    either = [name for name in names if not any(name in both for both in sets.values())]
    return {
        added: [name for name in both if name in names] + either
        for added, both in sets.items()
        if both[0] in names
    }


def missing() -> tuple[str, ...]:
    """What servers are not measured with or beside, because it is not installed."""
    uvloop = () if peers.has_uvloop() else ("uvloop and httptools",)
    return uvloop if peers.partykit_command() is not None else (*uvloop, PARTYKIT)


def partykit(script: str) -> Server | None:
    """PartyKit with a party of the folder `javascript`, if it is installed."""
    command = peers.partykit_command()
    if command is None:
        return None
    options = [
        "--port",
        "{port}",
        "--compatibility-date",
        "2024-07-18",
        "--disable-request-cf-fetch",
        "--no-hotkeys",
    ]
    return Server(PARTYKIT, [*command, "dev", script, *options], (HERE / "javascript" / script,), False)


@contextlib.contextmanager
def running(server: Server, *, ready: bool = True, port: int | None = None) -> Iterator[Running]:
    """The server's process, ended together with what it started.

    Args:
        server: what to start; it runs in a folder of its own that is removed.
        ready: whether to wait until it listens.
        port: where; on any that is free by default.
    """
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        for path in server.files:
            shutil.copy(path, folder)
        process = subprocess.Popen(
            [part.format(port=port) for part in server.command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            if ready:
                wait_for(port, process)
            yield Running(server, process, port)
        finally:
            end(process)


@contextlib.contextmanager
def all_running(servers: Sequence[Server]) -> Iterator[list[Running]]:
    """Several servers at once: those that are not measured are idle."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(server)) for server in servers]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when something listens on the port."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((LOOPBACK, port)):
            return
        time.sleep(0.02)
    raise SystemExit(f"the server did not start: {' '.join(process.args)}")  # type: ignore[arg-type]


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that `running` started, and its children: they are a session of their own."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE / 6)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # a child that outlived it


def most_sockets() -> int:
    """How many sockets this process, and each that it starts, may have open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if hard == resource.RLIM_INFINITY else hard - OTHER_FILES


def raise_file_limit(sockets: int) -> None:
    """Let this process, and those that it starts, have so many sockets open, and as many as they may."""
    if sockets > (most := most_sockets()):
        raise SystemExit(f"{sockets:,} sockets are more than the {most:,} that are allowed; see `ulimit -Hn`")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + OTHER_FILES, hard))

"""Nodes of a cluster, or single processes, to be measured: `pkcompat serve` and a private PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load_client import LOOPBACK, LoadError

from pkcompat.clusters import PrivatePostgres

PARTIES = Path(__file__).with_name("parties.py")
STARTED_WITHIN = 60.0
LEASE = 3.0


@dataclass
class Process:
    """`pkcompat serve` on a port of loopback."""

    port: int
    command: Sequence[str]
    environment: dict[str, str]
    popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self.popen is not None
        return self.popen.pid

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self.popen = subprocess.Popen(
            self.command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < end and self.popen.poll() is None:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise LoadError(f"{' '.join(self.command[:6])} did not start")

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it by a signal, and wait until it has."""
        if self.popen is not None:
            self.popen.send_signal(number)
            self.popen.wait(30)


def _process(party: str, *arguments: str) -> Process:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    serve = [sys.executable, "-m", "pkcompat", "serve", f"{PARTIES}:{party}", f"--port={port}", "--quiet"]
    return Process(port, [*serve, *arguments], {**os.environ, "PKCOMPAT_CLUSTER_SECRET": "secret"})


@contextmanager
def single(party: str, *arguments: str) -> Iterator[Process]:
    """A process by itself."""
    process = _process(party, *arguments)
    process.start()
    try:
        yield process
    finally:
        process.end()


@contextmanager
def cluster(party: str, nodes: int, postgres: Sequence[PrivatePostgres]) -> Iterator[list[Process]]:
    """Nodes of a cluster of their own."""
    hosts = ",".join(f"{LOOPBACK}:{server.port}" for server in postgres)
    dsn = f"postgresql://postgres@{hosts}/postgres"
    namespace = f"n{time.monotonic_ns()}"
    options = ("--cluster", dsn, "--cluster-namespace", namespace, f"--lease={LEASE:g}")
    started: list[Process] = []
    with ExitStack() as last:
        for _ in range(nodes):
            process = _process(party, *options)
            process.environment |= postgres[0].environment
            process.start()
            last.callback(process.end)
            started.append(process)
        yield started


@contextmanager
def databases(folder: Path, *, standby: bool) -> Iterator[list[PrivatePostgres]]:
    """A PostgreSQL that syncs, alone or with a synchronous standby."""
    with ExitStack() as last:
        primary = PrivatePostgres(folder / "primary")
        last.callback(primary.close)
        primary.start()
        if not standby:
            yield [primary]
            return
        second = primary.standby(folder / "standby")
        last.callback(second.close)
        second.start()
        primary.configure(synchronous_standby_names="standby")
        yield [primary, second]

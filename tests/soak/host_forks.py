"""`pkcompat serve`, in processes that are forked: a start takes a tenth of what Python's own would.

As a program it reads a JSON object a line, of a folder and arguments, forks a host that runs there, and says
its process id; once that has ended it says the exit status, and reads the next line.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path

from benchmarks.memory import resident_kb_of

PARTIES = Path(__file__).with_name("parties")
ROOT = Path(__file__).parents[2]
LOG = "host.log"
PATIENCE = 60.0
# What `serve` imports only when it needs it.
NEEDED = (
    "pkcompat.command.serve",
    "pkcompat.command.serve_process",
    "pkcompat.serving",
    "pkcompat.project",
    "rich.text",
    "rich.markup",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "partyserver",
    "pkcompat.legacy.party_class",
    "encodings.idna",
)


class ForkedHost:
    """A host that runs.

    Attributes:
        process_id: of its process.
        port: where it listens, on the loopback.
        started_at: when that was seen, in seconds since the epoch.
    """

    def __init__(self, process_id: int, folder: Path) -> None:
        self.process_id = process_id
        self._log = folder / LOG
        limit = time.monotonic() + PATIENCE
        while (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log)) is None:
            if time.monotonic() > limit or not _runs(process_id):
                raise RuntimeError(f"the host did not start: {self.log}")
            time.sleep(0.002)
        self.started_at = time.time()
        self.port = int(found[1])

    @property
    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @property
    def resident_bytes(self) -> int:
        """The memory of its process that is in RAM.

        Raises:
            RuntimeError: it has ended.
        """
        if not (resident := resident_kb_of(self.process_id)):
            raise RuntimeError(f"the host has ended: {self.log[-3_000:]}")
        return resident * 1_024

    def url(self, path: str, scheme: str = "ws") -> str:
        """Of one of its rooms."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"


class HostForks:
    """Starts hosts, each after the end of the one before."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._running: int | None = None

    def start(self, *arguments: str) -> ForkedHost:
        """Start a host.

        Args:
            arguments: those of `pkcompat serve`, but for the port.
        """
        assert self._process.stdin is not None
        (self._folder / LOG).unlink(missing_ok=True)
        line = ["serve", "--port", "0", *arguments]
        self._process.stdin.write(json.dumps({"folder": str(self._folder), "arguments": line}) + "\n")
        self._process.stdin.flush()
        self._running = self._number()
        return ForkedHost(self._running, self._folder)

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """End the host that runs, with a signal.

        Returns:
            Its exit status; that of a killed one is the negative signal.
        """
        assert self._running is not None
        with suppress(ProcessLookupError):
            os.kill(self._running, number)
        self._running = None
        return self._number()

    def close(self) -> None:
        """End everything."""
        if self._running is not None:
            self.end()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def host_forks(folder: Path) -> Iterator[HostForks]:
    """A process that starts hosts in a folder."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.soak.host_forks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        forks = HostForks(process, folder)
        try:
            yield forks
        finally:
            forks.close()


def _runs(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False


def _host(folder: str, arguments: Sequence[str]) -> None:
    from pkcompat.command import main

    os.chdir(folder)
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, log, log)):
        os.dup2(descriptor, number)
    sys.argv = ["pkcompat", *arguments]
    main()


def _serve_forks() -> None:
    from pkcompat.command import main

    for name in NEEDED:
        importlib.import_module(name)
    sys.argv = ["pkcompat", "serve", "--port", "-1"]  # refused, once everything that reads options is there
    with suppress(SystemExit), redirect_stderr(io.StringIO()):
        main()
    for line in sys.stdin:
        process_id = os.fork()
        if not process_id:
            status = 1
            try:
                _host(**json.loads(line))
                status = 0
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            finally:
                for stream in (sys.stdout, sys.stderr):
                    with suppress(Exception):
                        stream.flush()
                os._exit(status)
        print(process_id, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process_id, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve_forks()

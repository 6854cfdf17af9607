"""A node as a process of its own, `pkcompat serve --cluster`, that does not outlive us."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pkcompat.clusters import keeper
from pkcompat.clusters.ports import LOOPBACK, free_port
from pkcompat.errors import PkcompatError

LINES_KEPT = 2_000
"""How many lines of what a node prints are kept."""

_SERVES = "Ctrl-C stops it."  # the last line of what `serve` prints at its start
_START_TIMEOUT = 60.0  # seconds

OnLine = Callable[["NodeProcess", str], None]


class NodeEndedError(PkcompatError):
    """A node did not start. The detail is the end of what it printed."""


class NodeProcess:
    """A node on a port of loopback, which stays the same when it is started again.

    Args:
        name: what it is called in messages.
        arguments: those of `pkcompat serve`, with `--cluster`; where it listens is added.
        project: the folder that it is started in.
        environment: added to this process's variables: the secret, passwords.
        on_line: called with each line that it prints.
        advertise: `HOST:PORT` at which other nodes reach it, such as that of a proxy; by default its own.

    Attributes:
        name: see above.
        port: the port that it listens on.
        log: the last lines that it printed.
        starts: how often it was started.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        project: Path,
        environment: Mapping[str, str],
        *,
        on_line: OnLine = lambda node, line: None,
        advertise: str | None = None,
    ) -> None:
        self.name = name
        self.port = free_port()
        self.log: deque[str] = deque(maxlen=LINES_KEPT)
        self.starts = 0
        self._arguments = _with_options(
            arguments,
            "--host",
            LOOPBACK,
            f"--port={self.port}",
            f"--advertise={advertise or self.advertised}",
        )
        self._project = project
        self._environment = environment
        self._on_line = on_line
        self._process: Process | None = None
        self._pid = 0
        self._serves = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return (LOOPBACK, self.port)

    @property
    def advertised(self) -> str:
        """Where it listens, as text."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the node while it runs."""
        return self._pid

    @property
    def running(self) -> bool:
        """Whether it was started, and has not ended since."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process; see `serves`."""
        assert not self.running, "it runs"
        self.starts += 1
        self._serves.clear()
        user = (str(os.getuid()), str(os.getgid()), "")
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", keeper.__file__, *user),
            *(sys.executable, "-P", "-u", "-m", "pkcompat", "serve", *self._arguments),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self._project,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._pid = int(await self._process.stdout.readline() or 0)
        self._reading = asyncio.create_task(self._read(self._process))

    async def serves(self, timeout: float = _START_TIMEOUT) -> None:
        """Wait until it takes connections.

        Raises:
            NodeEndedError: it ended, or took longer than so many seconds.
        """
        assert self._reading is not None, "not started"
        waiting = asyncio.ensure_future(self._serves.wait())
        await asyncio.wait((waiting, self._reading), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not self._serves.is_set():
            raise NodeEndedError(f"{self.name} did not start", "\n".join(list(self.log)[-15:]))

    async def ended(self) -> int:
        """Wait until it has ended; its exit status, or 128 and the number of the signal that ended it."""
        assert self._process is not None, "not started"
        if self._reading is not None:
            await asyncio.wait((self._reading,))
        return await self._process.wait()

    async def kill(self) -> None:
        """End it as `kill -9` does, and wait until it is gone."""
        self._tell("KILL")
        await self.ended()

    def pause(self) -> None:
        """Have it stand still (SIGSTOP)."""
        self._tell("STOP")

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._tell("CONT")

    def terminate(self) -> None:
        """Ask it to hand its rooms over and to end (SIGTERM); see `ended`."""
        self._tell("TERM")

    async def stop(self, patience: float = 10.0) -> None:
        """Have it end, and kill it if it takes longer than so many seconds."""
        if not self.running:
            return
        self.resume()
        self.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self.ended()), patience)
        except TimeoutError:
            await self.kill()

    def _tell(self, signal: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(ConnectionError):
                self._process.stdin.write(f"{signal}\n".encode())

    async def _read(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.log.append(text)
            self._on_line(self, text)
            if text == _SERVES:
                self._serves.set()
        await process.wait()


async def start_all(nodes: Sequence[NodeProcess]) -> None:
    """Start nodes, and wait until they all serve.

    Raises:
        NodeEndedError: one of them did not start.
    """
    for node in nodes:
        await node.start()
    await asyncio.gather(*(node.serves() for node in nodes))


def _with_options(arguments: Sequence[str], *options: str) -> list[str]:
    """Arguments with further options, which win over those of the same name."""
    place = list(arguments).index("--") if "--" in arguments else len(arguments)
    return [*arguments[:place], *options, *arguments[place:]]

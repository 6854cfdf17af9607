"""`pkcompat serve --cluster dev`: a cluster on this machine, to try what several nodes do."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pkcompat.clusters.balancer import Balancer
from pkcompat.clusters.node_process import NodeProcess, OnLine, start_all
from pkcompat.clusters.private_postgres import PrivatePostgres
from pkcompat.errors import PkcompatError
from pkcompat.project import FOLDER_NAME, hide_from_git, locked

FOLDER = Path(FOLDER_NAME) / "cluster"
"""Where a trial keeps its rooms, within the project."""

_PAUSE = 1.0  # seconds before a node that ended is started again
_SECRET = "PKCOMPAT_CLUSTER_SECRET"


class TrialError(PkcompatError):
    """A trial cannot be started. The message says why."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What to start.

    Attributes:
        project: the folder of the project.
        arguments: those of `pkcompat serve` for each node; `--cluster` and where it listens are added.
        listener: where clients connect.
        nodes: how many nodes there are.
        grace: seconds that a node may take to stop.
    """

    project: Path
    arguments: Sequence[str]
    listener: socket.socket
    nodes: int = 3
    grace: float = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a trial while it runs.

    Attributes:
        line: a node printed a line.
        started: the nodes serve.
        ended: a node ended with a status, and is started again.
        stopping: the nodes are about to be stopped.
    """

    line: OnLine
    started: Callable[[Sequence[NodeProcess], PrivatePostgres], None]
    ended: Callable[[NodeProcess, int], None]
    stopping: Callable[[], None]


def run_trial(trial: Trial, told: Told) -> None:
    """Run a trial until Ctrl-C or SIGTERM. At the end the nodes stop, then PostgreSQL; nothing is left.

    Rooms are kept in `.pkcompat/cluster` of the project.

    Raises:
        TrialError: there is another one in this project.
        PostgresError: there is no PostgreSQL, or it does not start.
        NodeEndedError: a node does not start.
    """
    folder = trial.project / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    hide_from_git(folder.parent)
    try:
        with locked([os.path.realpath(folder)], patience=0):
            asyncio.run(_run(trial, told, folder / "postgres"))
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        raise TrialError(f"a cluster of this project runs already, in {folder}; stop it first") from None


async def _run(trial: Trial, told: Told, folder: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as last:
        postgres = await last.enter_async_context(_postgres(folder))
        arguments = [*trial.arguments, "--cluster", postgres.dsn(password=False)]
        environment = {**_secret(), **postgres.environment}
        nodes = [
            NodeProcess(f"node{number}", arguments, trial.project, environment, on_line=told.line)
            for number in range(1, trial.nodes + 1)
        ]
        balancer = Balancer([node.address for node in nodes])
        last.push_async_callback(balancer.stop)
        last.push_async_callback(_stop_all, nodes, trial.grace + 5.0)
        if await _started(nodes, stop):
            await balancer.start(trial.listener)
            told.started(nodes, postgres)
            keeping = [asyncio.create_task(_keep(node, told)) for node in nodes]
            await stop.wait()
            for task in keeping:
                task.cancel()
        told.stopping()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)  # the next one ends this process, and with it the others


def _secret() -> Mapping[str, str]:
    return {_SECRET: os.environ.get(_SECRET) or secrets.token_urlsafe(32)}


@asynccontextmanager
async def _postgres(folder: Path) -> AsyncIterator[PrivatePostgres]:
    server = await asyncio.to_thread(PrivatePostgres, folder)
    try:
        await asyncio.to_thread(server.start)
        yield server
    finally:
        await asyncio.to_thread(server.close)


async def _started(nodes: Sequence[NodeProcess], stop: asyncio.Event) -> bool:
    """Whether the nodes serve; not if they are to stop before they do."""
    starting = asyncio.create_task(start_all(nodes))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    for task in (starting, stopping):
        task.cancel()
    with suppress(asyncio.CancelledError):
        await starting
        return True
    return False


async def _stop_all(nodes: Sequence[NodeProcess], patience: float) -> None:
    await asyncio.gather(*(node.stop(patience) for node in nodes))


async def _keep(node: NodeProcess, told: Told) -> None:
    """Start a node again whenever it ends."""
    while True:
        told.ended(node, await node.ended())
        await asyncio.sleep(_PAUSE)
        await node.start()

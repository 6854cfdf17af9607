"""A cluster of real processes for tests of faults: nodes, PostgreSQL, a balancer, lines that can be cut.

What it is made of is `pkcompat.clusters`: a `NodeProcess` is killed, paused and terminated, a
`PrivatePostgres` too; `Lines` cut a node off from the database or from the other nodes; a `Balancer` sends
connections where a test wants them.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from pkcompat.clusters import LocalCluster, OnLine, PrivatePostgres, local_cluster

_SYNCED = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"


@asynccontextmanager
async def cluster_of(
    party: str,
    *arguments: str,
    nodes: int = 3,
    lease: float = 3.0,
    with_lines: bool = False,
    with_standby: bool = False,
    on_line: OnLine = lambda node, line: None,
) -> AsyncIterator[tuple[LocalCluster, PrivatePostgres | None]]:
    """Run a cluster that serves a party.

    Args:
        party: its source, the party `main`.
        arguments: further ones of `pkcompat serve`.
        nodes: how many.
        lease: in seconds.
        with_lines: whether there are `LocalCluster.lines`.
        with_standby: whether commits wait for a standby.
        on_line: called with each line that a node prints; `NodeProcess.log` has the last ones.

    Yields:
        The cluster, and the standby if there is one.
    """
    async with AsyncExitStack() as last:
        folder = last.enter_context(_project(party))
        postgres = await running(last, PrivatePostgres(folder / "primary", fsync=False))
        standby = None
        if with_standby:
            copied = await asyncio.to_thread(postgres.standby, folder / "standby")
            standby = await running(last, copied)
            await commits_wait_for(postgres, "standby")
        command: Sequence[str] = ("party.py", f"--lease={lease}", "--quiet", *arguments)
        cluster = local_cluster(
            postgres, command, folder, nodes=nodes, standby=standby, with_lines=with_lines, on_line=on_line
        )
        yield await last.enter_async_context(cluster), standby


@contextmanager
def _project(party: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pkcompat-nodes-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # for whom PostgreSQL runs as where we are root
        (folder / "party.py").write_text(party)
        yield folder


async def commits_wait_for(primary: PrivatePostgres, standby: str) -> None:
    """Have commits wait for a standby that follows, from now on."""
    primary.configure(synchronous_standby_names=standby)
    connection = await asyncpg.connect(primary.dsn())
    try:
        async with asyncio.timeout(60):
            while not await connection.fetch(_SYNCED):  # noqa: ASYNC110 (PostgreSQL tells nobody)
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def running(last: AsyncExitStack, server: PrivatePostgres) -> PrivatePostgres:
    """Start a server, which is closed at the end."""
    last.callback(server.close)
    await asyncio.to_thread(server.start)
    return server

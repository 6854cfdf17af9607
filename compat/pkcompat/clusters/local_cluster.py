"""Nodes on this machine with a balancer in front, and proxies where the lines between them are to be cut."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pkcompat.clusters.balancer import Balancer, balancing
from pkcompat.clusters.node_process import NodeProcess, OnLine, start_all
from pkcompat.clusters.ports import LOOPBACK
from pkcompat.clusters.private_postgres import PrivatePostgres


@dataclass(frozen=True, slots=True)
class Lines:
    """A node's lines, each a proxy: `cut` ends connections, `hold` lets nothing pass, `release` ends that.

    Attributes:
        databases: from the node to the database, and to its standby if there is one.
        nodes: from the other nodes to the node.
    """

    databases: Sequence[Balancer]
    nodes: Balancer

    def hold_databases(self) -> None:
        """Let nothing pass between the node and the database."""
        for line in self.databases:
            line.hold()

    def release(self) -> None:
        """Let what is held pass, on all lines."""
        for line in (*self.databases, self.nodes):
            line.release()


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """Nodes that run, and what they need.

    Attributes:
        postgres: the database.
        nodes: the nodes.
        balancer: sends each new connection to the next node.
        lines: by a node's name its lines, where they go through proxies.
    """

    postgres: PrivatePostgres
    nodes: Sequence[NodeProcess]
    balancer: Balancer
    lines: Mapping[str, Lines]

    @property
    def url(self) -> str:
        """Where clients connect, such as `ws://127.0.0.1:1999`."""
        return f"ws://{LOOPBACK}:{self.balancer.port}"

    def by_pid(self, pid: int) -> NodeProcess:
        """The node with a process id."""
        return next(node for node in self.nodes if node.pid == pid)


@asynccontextmanager
async def local_cluster(
    postgres: PrivatePostgres,
    arguments: Sequence[str],
    project: Path,
    *,
    nodes: int = 3,
    standby: PrivatePostgres | None = None,
    with_lines: bool = False,
    environment: Mapping[str, str] | None = None,
    on_line: OnLine = lambda node, line: None,
) -> AsyncIterator[LocalCluster]:
    """Start nodes, and stop them at the end; see `LocalCluster`.

    Args:
        postgres: the database, which runs.
        arguments: of `pkcompat serve` for each node; `--cluster` and where it listens are added.
        project: the folder that the nodes are started in.
        nodes: how many.
        standby: a standby of the database, which may be promoted.
        with_lines: whether nodes reach the database and each other through proxies.
        environment: added to the nodes' variables.
        on_line: called with each line that a node prints.

    Raises:
        NodeEndedError: a node did not start.
    """
    variables = {
        "PKCOMPAT_CLUSTER_SECRET": secrets.token_urlsafe(32),
        **postgres.environment,
        **(environment or {}),
    }
    async with AsyncExitStack() as last:
        started: list[NodeProcess] = []
        lines: dict[str, Lines] = {}
        for number in range(1, nodes + 1):
            name, advertise = f"node{number}", None
            ports = [postgres.port, *([] if standby is None else [standby.port])]
            if with_lines:
                databases = [Balancer([(LOOPBACK, port)], patience=0) for port in ports]
                to_node = Balancer([], patience=0)
                for proxy in (*databases, to_node):
                    await proxy.start()
                    last.push_async_callback(proxy.stop)
                lines[name] = Lines(databases, to_node)
                ports, advertise = [proxy.port for proxy in databases], f"{LOOPBACK}:{to_node.port}"
            cluster = ["--cluster", _dsn(postgres, ports)]
            node = NodeProcess(
                name, [*arguments, *cluster], project, variables, on_line=on_line, advertise=advertise
            )
            if with_lines:
                lines[name].nodes.nodes.append(node.address)
            started.append(node)
            last.push_async_callback(node.stop)
        await start_all(started)
        balancer = await last.enter_async_context(balancing([node.address for node in started]))
        yield LocalCluster(postgres, started, balancer, lines)
        for line in lines.values():  # that nothing stands still at the end
            line.release()
        await asyncio.gather(*(node.stop() for node in started))


def _dsn(postgres: PrivatePostgres, ports: Sequence[int]) -> str:
    """A connection string with each of the ports."""
    one = postgres.dsn(password=False, port=ports[0])
    hosts = ",".join(f"{LOOPBACK}:{port}" for port in ports)
    return one.replace(f"{LOOPBACK}:{ports[0]}", hosts)

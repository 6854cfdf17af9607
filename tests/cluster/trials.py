"""A cluster of processes under counting clients, and what a checker makes of what they saw."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.cluster.checker import History, Stored, violations
from tests.cluster.clients import CountingClient, longest_pause
from tests.cluster.nodes import commits_wait_for, running
from tests.cluster.row_history import changes, write_down_changes
from tests.soak.experiment import Figure, Unavailable

from pkcompat.clusters import (
    Lines,
    LocalCluster,
    NodeProcess,
    PostgresError,
    PrivatePostgres,
    find_binaries,
    local_cluster,
)

ROOT = Path(__file__).parents[2]
ROOMS = 7
NAMESPACE = "pkcompat"
QUIET_WITHIN = 30.0
"""Seconds within which all rooms answer again once the faults have ended."""

Fault = Callable[["Trial"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a trial is made of.

    Attributes:
        nodes: how many nodes.
        clients: how many clients a room has.
        standby: whether PostgreSQL has a synchronous standby.
        proxied: whether each node reaches the database, and is reached by other nodes, through a proxy.
        environment: added to the nodes' variables.
        party: the target that they serve.
        lease: seconds.
        reads: the share of operations that only read.
        pause: about how long (seconds) a client waits after an answer.
    """

    nodes: int = 3
    clients: int = 3
    standby: bool = False
    proxied: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    party: str = "tests/cluster/counters.py:Counters"
    lease: float = 3.0
    reads: float = 0.3
    pause: float = 0.01


@dataclass
class Trial:
    """A cluster that runs.

    Attributes:
        chance: chooses, by the seed.
        postgres: the database, and its standby if there is one.
        cluster: the nodes, what is in front of them, and between them.
        histories: of the rooms.
        clients: that count.
    """

    chance: random.Random
    postgres: list[PrivatePostgres]
    cluster: LocalCluster
    histories: list[History] = field(default_factory=list)
    clients: list[CountingClient] = field(default_factory=list)

    @property
    def nodes(self) -> Sequence[NodeProcess]:
        """The nodes."""
        return self.cluster.nodes

    @property
    def lines(self) -> list[Lines]:
        """Each node's lines, where they go through proxies."""
        return [self.cluster.lines[node.name] for node in self.nodes]

    @property
    def primary(self) -> PrivatePostgres:
        """The server that takes writes."""
        return self.postgres[0]

    def in_turn(self, times: int) -> list[int]:
        """Numbers of nodes, each as often as the others but for once, in any order."""
        numbers = [number % len(self.nodes) for number in range(times)]
        self.chance.shuffle(numbers)
        return numbers

    async def restart(self, node: NodeProcess) -> None:
        """Start a node that has ended."""
        await node.start()
        await node.serves()

    async def counted(self) -> None:
        """Return once every room has answered from now on."""
        since = time.monotonic()
        async with asyncio.timeout(QUIET_WITHIN):
            while not all(_answered_since(history, since) for history in self.histories):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def _answered_since(history: History, moment: float) -> bool:
    return any(
        each.count is not None and not each.reads and each.sent_at > moment
        for each in history.operations[-500:]
    )


@asynccontextmanager
async def trial(wanted: Wanted, seed: int) -> AsyncIterator[Trial]:
    """A cluster, while the context lasts.

    Raises:
        Unavailable: PostgreSQL is not installed.
    """
    try:
        find_binaries()
    except PostgresError as error:
        raise Unavailable(str(error)) from error
    async with AsyncExitStack() as last:
        folder = Path(last.enter_context(tempfile.TemporaryDirectory(prefix="cluster-")))
        await asyncio.to_thread(folder.chmod, 0o755)  # the server's user is another
        primary = await running(last, PrivatePostgres(folder / "primary", fsync=False))
        standby = None
        if wanted.standby:
            copied = await asyncio.to_thread(primary.standby, folder / "standby")
            standby = await running(last, copied)
            await commits_wait_for(primary, "standby")
        cluster = await last.enter_async_context(
            local_cluster(
                primary,
                [wanted.party, f"--lease={wanted.lease:g}", "--quiet"],
                ROOT,
                nodes=wanted.nodes,
                standby=standby,
                with_lines=wanted.proxied,
                environment={"PYTHONPATH": str(ROOT), **wanted.environment},
            )
        )
        await write_down_changes(primary.dsn(), NAMESPACE)
        servers = [primary] if standby is None else [primary, standby]
        yield Trial(random.Random(seed), servers, cluster)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a trial.

    Attributes:
        answered: how many operations were answered.
        unanswered: how many were not, and may be stored or not.
        pause: the longest time (seconds) in which a room answered nobody.
        violations: what was broken.
    """

    answered: int
    unanswered: int
    pause: float
    violations: Sequence[str]

    def figure(self, what: str, most_pause: float | None = None) -> Figure:
        """It as a figure.

        Args:
            what: what was done.
            most_pause: seconds that no room may pause for longer.
        """
        broken = list(self.violations[:20])
        if most_pause is not None and self.pause > most_pause:
            broken.append(f"a room paused for {self.pause:.1f} s, more than {most_pause:g} s")
        text = (
            f"{what}: {self.answered:,} counts answered, 0 lost, 0 twice, in order; the longest pause of a "
            f"room {self.pause:.1f} s"
        )
        return Figure(text, "\n".join(broken))


async def check(wanted: Wanted, seed: int, fault: Fault) -> Checked:
    """Have clients count while something goes wrong, then hold what they saw to what is stored.

    Args:
        wanted: the cluster.
        seed: of what is chosen.
        fault: makes trouble; when it returns everything works again.
    """
    async with trial(wanted, seed) as trying:
        stop = asyncio.Event()
        trying.histories = [History(f"room{number}") for number in range(ROOMS)]
        url = f"{trying.cluster.url}/party"
        trying.clients = [
            CountingClient(
                name,
                history,
                f"{url}/{history.room}",
                random.Random(f"{seed} {name}"),
                wanted.reads,
                wanted.pause,
            )
            for history in trying.histories
            for name in (f"{history.room}-{number}" for number in range(wanted.clients))
        ]
        # In any order, so that each node is the first to be reached for some rooms, and so owns them.
        trying.chance.shuffle(trying.clients)
        counting = [asyncio.create_task(client.run(stop)) for client in trying.clients]
        try:
            await trying.counted()
            await fault(trying)
            await trying.counted()
        finally:
            stop.set()
            await asyncio.wait(counting, timeout=30)
        for task in counting:
            task.result()
        return await _checked(trying)


async def _checked(trying: Trial) -> Checked:
    url = f"http://127.0.0.1:{trying.cluster.balancer.port}"
    anew = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=url, timeout=20, limits=anew) as client:  # each time the next node
        for history in trying.histories:
            await _ask(client, history)
    rows = await changes(trying.primary.dsn(), NAMESPACE)
    broken: list[str] = []
    for history in trying.histories:
        history.commits = rows.get(history.room, [])
        broken += violations(history)
    operations = [each for history in trying.histories for each in history.operations]
    answered = sum(each.count is not None for each in operations)
    return Checked(
        answered,
        len(operations) - answered,
        max(map(longest_pause, trying.histories)),
        broken,
    )


async def _ask(client: httpx.AsyncClient, history: History) -> None:
    """What is stored of a room, once its alarm has rung."""
    end = time.monotonic() + QUIET_WITHIN
    while True:
        answer = await client.get(f"/party/{history.room}")
        state = answer.json() if answer.status_code == 200 else None
        late = time.monotonic() > end
        if state is not None and (state["armed"] == state["rang"] or late):
            break
        if late:
            raise TimeoutError(f"{history.room} is not served: {answer.status_code} {answer.text}")
        await asyncio.sleep(0.2)
    history.stored = [Stored(*each) for each in state["stored"]]
    history.armed, history.rang = state["armed"], state["rang"]

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
from tests.cluster.row_history import changes, write_down_changes
from tests.soak.experiment import Figure, Unavailable

from pkcompat.clusters import Balancer, NodeProcess, PostgresError, PrivatePostgres, find_binaries

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
        nodes: the nodes.
        balancer: sends each connection to the next node.
        to_database: for each node the proxy through which it reaches the database, if there are any.
        to_node: for each node the proxy through which other nodes reach it, if there are any.
        histories: of the rooms.
        clients: that count.
    """

    chance: random.Random
    postgres: list[PrivatePostgres]
    nodes: list[NodeProcess]
    balancer: Balancer
    to_database: list[Balancer]
    to_node: list[Balancer]
    histories: list[History] = field(default_factory=list)
    clients: list[CountingClient] = field(default_factory=list)

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
        postgres = await _servers(last, folder, wanted.standby)
        to_database, to_node, nodes = await _nodes(last, postgres, wanted)
        balancer = Balancer([node.address for node in nodes])
        await balancer.start()
        last.push_async_callback(balancer.stop)
        await nodes[0].start()
        await nodes[0].serves()
        await write_down_changes(postgres[0].dsn(), NAMESPACE)
        for node in nodes[1:]:
            await node.start()
        for node in nodes[1:]:
            await node.serves()
        yield Trial(random.Random(seed), postgres, nodes, balancer, to_database, to_node)


async def _servers(last: AsyncExitStack, folder: Path, standby: bool) -> list[PrivatePostgres]:
    primary = await asyncio.to_thread(PrivatePostgres, folder / "primary", fsync=False)
    last.push_async_callback(asyncio.to_thread, primary.close)
    await asyncio.to_thread(primary.start)
    if not standby:
        return [primary]
    second = await asyncio.to_thread(primary.standby, folder / "standby")
    last.push_async_callback(asyncio.to_thread, second.close)
    await asyncio.to_thread(second.start)
    await asyncio.to_thread(lambda: primary.configure(synchronous_standby_names="standby"))
    return [primary, second]


async def _nodes(
    last: AsyncExitStack, postgres: Sequence[PrivatePostgres], wanted: Wanted
) -> tuple[list[Balancer], list[Balancer], list[NodeProcess]]:
    to_database: list[Balancer] = []
    to_node: list[Balancer] = []
    nodes: list[NodeProcess] = []
    for number in range(wanted.nodes):
        dsn, advertise = _dsn(postgres), None
        if wanted.proxied:
            for proxies in (to_database, to_node):
                proxies.append(Balancer([]))
                await proxies[-1].start()
                last.push_async_callback(proxies[-1].stop)
            to_database[-1].nodes = [("127.0.0.1", postgres[0].port)]
            dsn = dsn.replace(f":{postgres[0].port}/", f":{to_database[-1].port}/")
            advertise = f"127.0.0.1:{to_node[-1].port}"
        node = NodeProcess(
            f"node{number}",
            [wanted.party, "--cluster", dsn, "--lease", f"{wanted.lease:g}", "--quiet"],
            Path(__file__).parents[2],
            {
                "PKCOMPAT_CLUSTER_SECRET": "secret",
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **postgres[0].environment,
                **wanted.environment,
            },
            advertise=advertise,
        )
        if wanted.proxied:
            to_node[-1].nodes = [node.address]
        last.push_async_callback(node.stop)
        nodes.append(node)
    return to_database, to_node, nodes


def _dsn(postgres: Sequence[PrivatePostgres]) -> str:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in postgres)
    return f"postgresql://postgres@{hosts}/postgres"


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a trial.

    Attributes:
        answered: how many operations were answered.
        unanswered: how many were not, and may be stored or not.
        pause: the longest time (seconds) in which a room answered nobody.
        violations: what was broken.
        codes: how often connections ended with which code.
        refusals: how often handshakes were refused.
    """

    answered: int
    unanswered: int
    pause: float
    violations: Sequence[str]
    codes: Mapping[int | None, int]
    refusals: int

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
    async with trial(wanted, seed) as running:
        stop = asyncio.Event()
        running.histories = [History(f"room{number}") for number in range(ROOMS)]
        url = f"ws://127.0.0.1:{running.balancer.port}/party"
        running.clients = [
            CountingClient(
                name,
                history,
                f"{url}/{history.room}",
                random.Random(f"{seed} {name}"),
                wanted.reads,
                wanted.pause,
            )
            for history in running.histories
            for name in (f"{history.room}-{number}" for number in range(wanted.clients))
        ]
        # In any order, so that each node is the first to be reached for some rooms, and so owns them.
        running.chance.shuffle(running.clients)
        counting = [asyncio.create_task(client.run(stop)) for client in running.clients]
        try:
            await running.counted()
            await fault(running)
            await running.counted()
        finally:
            stop.set()
            await asyncio.wait(counting, timeout=30)
        for task in counting:
            task.result()
        return await _checked(running)


async def _checked(running: Trial) -> Checked:
    url, anew = f"http://127.0.0.1:{running.balancer.port}", httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=url, timeout=20, limits=anew) as client:  # each time the next node
        for history in running.histories:
            await _ask(client, history)
    rows = await changes(running.primary.dsn(), NAMESPACE)
    broken: list[str] = []
    for history in running.histories:
        history.commits = rows.get(history.room, [])
        broken += violations(history)
    operations = [each for history in running.histories for each in history.operations]
    answered = sum(each.count is not None for each in operations)
    codes = [code for client in running.clients for code in client.codes]
    return Checked(
        answered,
        len(operations) - answered,
        max(map(longest_pause, running.histories)),
        broken,
        {code: codes.count(code) for code in set(codes)},
        sum(len(client.refusals) for client in running.clients),
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

"""Nodes of a cluster race for rooms, and commit while sessions end and connections break."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from tests.partyserver.postgres.checks import LEASE, change_hands, commit_and_check, race
from tests.partyserver.postgres.faulty_proxy import Fate, faulty_proxy
from tests.soak.experiment import Effort, Experiment, Figure, Unavailable

from partyserver import PostgresCluster
from partyserver.cluster import ClusterEngine
from pkcompat.clusters import PostgresError, PrivatePostgres, find_binaries, private_postgres

END = (
    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE application_name = 'pkcompat' AND state = 'active' AND query LIKE '%counted%'"
)

FOLLOWED = "SELECT count(*), pg_sleep(0.02) FROM pg_stat_replication WHERE sync_state = 'sync'"


@asynccontextmanager
async def engines(namespace: str, *dsns: str) -> AsyncIterator[list[ClusterEngine]]:
    """Nodes' ways to one cluster."""
    started = []
    for dsn in dsns:
        engine = PostgresCluster(dsn, namespace=namespace, advertise="a:1", secret="secret").engine()
        await engine.start()
        started.append(engine)
    try:
        yield started
    finally:
        for engine in started:
            await engine.close()


async def races(server: PrivatePostgres, count: int) -> Figure:
    """Two nodes want all of the rooms at once, each in an order of its own."""
    async with engines("races", server.dsn(), server.dsn()) as both:
        nodes = [await engine.join("a:1", LEASE) for engine in both]
        began = time.monotonic()
        owned = await race(both, nodes, [("main", str(number)) for number in range(count)])
        seconds = time.monotonic() - began
    good = len(owned) == count
    text = f"{count:,} rooms that two nodes want at once have one owner each after {seconds:.1f} s"
    return Figure(text, "" if good else text)


async def hands(server: PrivatePostgres, count: int) -> Figure:
    """Rooms that are taken while their owners commit."""
    async with engines("hands", server.dsn(), server.dsn()) as (first, second):
        commits = await change_hands(first, second, [("main", str(number)) for number in range(count)])
    return Figure(
        f"{count:,} rooms taken while their owners commit, {commits:,} commits, none lost, none later"
    )


async def broken(server: PrivatePostgres, count: int, chance: random.Random) -> Figure:
    """Commits of eight rooms while sessions are ended, and connections break before and after the answer."""
    ends = 0

    async def end_sessions() -> None:
        nonlocal ends
        admin = await asyncpg.connect(server.dsn())
        try:
            while True:
                await asyncio.sleep(chance.uniform(0, 0.2))
                ends += await admin.fetchval(END)
        finally:
            admin.terminate()

    async def go_on() -> None:
        pass

    def decide() -> Fate:
        return chance.choice(("cut before", "cut after")) if chance.random() < 0.02 else "pass"

    async with faulty_proxy(server.port) as proxy, engines("broken", proxy.dsn(server)) as (engine,):
        ending = asyncio.create_task(end_sessions())
        proxy.decide = decide
        try:
            await commit_and_check(engine, count, go_on)
        finally:
            ending.cancel()
            await asyncio.wait({ending})
        return Figure(
            f"{8 * count:,} commits of 8 rooms, {ends:,} sessions ended and {proxy.cuts:,} connections cut "
            "meanwhile: none lost, none made twice"
        )


async def promoted(folder: Path, namespace: str, count: int) -> float:
    """Commits while the primary is killed, and its synchronous standby promoted.

    Returns:
        The longest time in seconds that a commit took.
    """
    primary = PrivatePostgres(folder / "a", fsync=False, temporary=True)
    primary.start()
    standby = primary.standby(folder / "b")
    try:
        standby.start()
        primary.configure(synchronous_standby_names="standby")
        await followed(primary)

        def fail_over() -> None:
            primary.kill()
            standby.promote()

        longest, before = 0.0, time.monotonic()
        failing: asyncio.Task[None] | None = None
        number = 0

        async def between() -> None:
            nonlocal longest, before, failing, number
            number += 1
            if number == count // 2:
                failing = asyncio.create_task(asyncio.to_thread(fail_over))
            longest, before = max(longest, time.monotonic() - before), time.monotonic()

        dsn = primary.dsn().replace("@", f"@127.0.0.1:{standby.port},")
        async with engines(namespace, dsn) as (engine,):
            await commit_and_check(engine, count, between)
            assert failing is not None
            await failing
        return longest
    finally:
        primary.close()
        standby.close()


async def followed(primary: PrivatePostgres) -> None:
    """Commits wait for the standby."""
    admin = await asyncpg.connect(primary.dsn())
    async with asyncio.timeout(60):
        while not await admin.fetchval(FOLLOWED):
            pass
    await admin.close()


def promotions(count: int, commits: int) -> Figure:
    """A number of primaries are killed."""
    longest = 0.0
    for number in range(count):
        with TemporaryDirectory(prefix="pkcompat-standby-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)  # the servers may run as another user
            longest = max(longest, asyncio.run(promoted(Path(name), f"promoted_{number}", commits)))
    return Figure(
        f"{count} primaries killed during {8 * commits * count:,} commits, their synchronous standbys "
        f"promoted: none lost, none made twice, the longest took {longest:.1f} s"
    )


def run(effort: Effort) -> Iterator[Figure]:
    """One PostgreSQL for all of them."""
    try:
        find_binaries()
    except PostgresError as error:
        raise Unavailable(str(error)) from error
    logging.getLogger("partyserver").setLevel(logging.ERROR)  # each end of a session is a warning
    with private_postgres() as server:
        yield asyncio.run(races(server, effort.count(short=2_000, long=10_000)))
        yield asyncio.run(hands(server, effort.count(short=100, long=1_000)))
        yield asyncio.run(broken(server, effort.count(short=500, long=5_000), random.Random(effort.seed)))
    yield promotions(effort.count(short=1, long=10), 400)


EXPERIMENT = Experiment(
    name="engine",
    promise=(
        "A room that nodes of a cluster want at once has one owner, who alone commits; a commit whose "
        "connection breaks is made once."
    ),
    run=run,
)

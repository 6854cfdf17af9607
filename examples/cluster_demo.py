"""`make demo-cluster`: a chat on three nodes goes on when the node that has the room is killed.

It starts a private PostgreSQL, three nodes and a balancer, all of which end with it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.rule import Rule

from pkcompat.clusters import LocalCluster, NodeProcess, local_cluster, private_postgres
from pkcompat.errors import PkcompatError

sys.path.insert(0, str(Path(__file__).parent / "cluster"))
from talkers import Talker, faults

PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "finn")
LINES_BETWEEN = 60  # that are said before the next thing happens
PATIENCE = 60.0  # seconds
MOST_PROBLEMS = 10  # that are told
ROOM = "/party/talk"
console = Console(highlight=False, soft_wrap=True)


async def demo(folder: Path) -> list[str]:
    """Run the demo in a folder. Returns what went wrong."""
    shutil.copy(Path(__file__).parent / "cluster" / "talk.py", folder)
    _title("A private PostgreSQL, three nodes, a balancer")
    with private_postgres(fsync=False) as postgres:
        async with local_cluster(postgres, ["talk.py", "--quiet"], folder) as cluster:
            for node in cluster.nodes:
                console.print(
                    f"{node.name}: pkcompat serve talk.py --cluster {postgres.dsn(password=False)} "
                )
                console.print(f"       process {node.pid}, at {node.advertised}")
            console.print(f"balancer: {cluster.url}, each connection to the next node\n")
            return await _chat(cluster)


async def _chat(cluster: LocalCluster) -> list[str]:
    talkers = [Talker(name, f"{cluster.url}{ROOM}") for name in PEOPLE]
    over = asyncio.Event()
    talking = [asyncio.create_task(talker.talk(over)) for talker in talkers]
    wrong: list[str] = []
    try:
        _title(f"{len(PEOPLE)} people talk in one room, over sockets to all nodes")
        owner = await _after_lines(cluster, talkers)
        console.print(f"{_lines(talkers)} lines; the room is on {owner.name}\n")

        _title(f"kill -9 of {owner.name}, the room's owner, while they talk")
        await _pause(cluster, talkers, owner.kill)
        await owner.start()
        await owner.serves()
        console.print(f"{owner.name} is started again\n")

        owner = await _after_lines(cluster, talkers)
        _title(f"SIGTERM of {owner.name}, which has the room now: it hands it over")

        async def stop() -> None:
            owner.terminate()

        await _pause(cluster, talkers, stop)
        await _after_lines(cluster, talkers)
        over.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*talking)
    except TimeoutError:
        wrong.append(f"nobody was answered for {PATIENCE:g} s")
        for node in cluster.nodes:
            console.print(f"[dim]{node.name}:[/]", *list(node.log)[-8:], sep="\n  ", markup=False)
    finally:
        for task in talking:
            task.cancel()
    kept = await _kept(cluster)
    wrong += ["the room does not say what it has kept"] if kept is None else faults(talkers, kept)
    _tell(talkers, wrong)
    return wrong


async def _pause(cluster: LocalCluster, talkers: list[Talker], happens: Callable[[], object]) -> None:
    """Let something happen to the owner, and tell how long nobody got a line."""
    begin = time.monotonic()
    before = _owner(talkers)
    await happens()  # type: ignore[misc]
    async with asyncio.timeout(PATIENCE):
        while _owner(talkers) == before:  # noqa: ASYNC110 (a glance at what people heard)
            await asyncio.sleep(0.01)
    after = _owner(talkers)
    times = sorted(line.at for talker in talkers for heard in talker.sockets for line in heard)
    near = [at for at in times if at >= begin - 1]
    longest = max(later - sooner for sooner, later in itertools.pairwise(near))
    console.print(
        f"the room woke on {cluster.by_pid(after).name}: nobody got a line for [bold]{longest:.2f} s[/]"
    )
    codes = sorted({code for talker in talkers for code in talker.closes})
    console.print(f"close codes of sockets that others had to end: {codes or 'none'}\n")


async def _after_lines(cluster: LocalCluster, talkers: list[Talker]) -> NodeProcess:
    """Wait until some more lines were said; the node that has the room then."""
    wanted = _lines(talkers) + LINES_BETWEEN
    async with asyncio.timeout(PATIENCE):
        while _lines(talkers) < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return cluster.by_pid(_owner(talkers))


def _lines(talkers: list[Talker]) -> int:
    return sum(len(talker.acknowledged) for talker in talkers)


def _owner(talkers: list[Talker]) -> int:
    """The process that sent the newest line."""
    lines = [line for talker in talkers for heard in talker.sockets for line in heard if line.process]
    newest = max(lines, key=lambda line: line.number)
    assert newest.process is not None
    return newest.process


async def _kept(cluster: LocalCluster) -> list[dict[str, Any]] | None:
    """What the room has kept; None if it does not say."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(f"{cluster.url.replace('ws', 'http', 1)}{ROOM}")
    return list(json.loads(answer.text)) if answer.status_code == 200 else None


def _tell(talkers: list[Talker], wrong: list[str]) -> None:
    _title("Was anything lost?")
    sockets = sum(len(talker.sockets) for talker in talkers)
    heard = sum(len(lines) for talker in talkers for lines in talker.sockets)
    console.print(f"{_lines(talkers)} lines were acknowledged, {heard} received over {sockets} sockets")
    for problem in wrong[:MOST_PROBLEMS]:
        console.print(f"[bold red]{problem}[/]")
    if len(wrong) > MOST_PROBLEMS:
        console.print(f"[bold red]and {len(wrong) - MOST_PROBLEMS} more[/]")
    console.print()


def _title(text: str) -> None:
    console.print(Rule(f"[bold]{text}[/]", align="left"))


def main() -> int:
    """Run the demo. Returns the exit status: 0 if nothing was lost, sent twice or out of order."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            wrong = asyncio.run(demo(Path(folder)))
        except PkcompatError as error:
            console.print(*filter(None, (error.detail, f"error: {error}")), sep="\n", markup=False)
            return 1
    if wrong:
        console.print(Rule("[bold red]Something went wrong[/]", align="left"))
        return 1
    title = "Done: the room moved twice; nothing was lost, twice, or out of order"
    console.print(Rule(f"[bold green]{title}[/]", align="left"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

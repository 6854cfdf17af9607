"""A node as a process: when it serves, how it ends, and that it does not outlive us."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.cluster.long_form import long_form

from pkcompat.clusters import NodeEndedError, NodeProcess, PrivatePostgres
from pkcompat.clusters.node_process import _with_options

PARTY = """
from partyserver import PartyServer, Response
class Hello(PartyServer):
    def on_request(self, request):
        print("asked")
        return Response(self.room.id)
"""
SECRET = {"PKCOMPAT_CLUSTER_SECRET": "known to all nodes"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "hello.py").write_text(PARTY)
    return tmp_path


def node(project: Path, postgres: PrivatePostgres) -> NodeProcess:
    arguments = ["hello.py", "--cluster", postgres.dsn(password=False), "--lease", "1"]
    return NodeProcess("one", arguments, project, {**SECRET, **postgres.environment})


async def asked(one: NodeProcess) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.get(f"http://{one.advertised}/party/r")).text


@long_form
async def test_a_node_is_killed_and_started_again(project: Path, postgres: PrivatePostgres) -> None:
    one = node(project, postgres)
    try:
        await one.start()
        await one.serves()
        assert await asked(one) == "r"
        pid = one.pid
        await one.kill()
        assert await one.ended() == 128 + signal.SIGKILL
        await one.start()
        await one.serves()
        assert one.pid != pid
        assert await asked(one) == "r"
        assert list(one.log).count("asked") == 2
        one.terminate()
        assert await asyncio.wait_for(one.ended(), 30) == 0
    finally:
        await one.stop()


async def test_a_node_that_does_not_start_says_why(project: Path) -> None:
    one = NodeProcess("one", ["nothing.py", "--cluster", "postgresql://127.0.0.1:1/db"], project, SECRET)
    await one.start()
    with pytest.raises(NodeEndedError, match="one did not start") as caught:
        await one.serves()
    assert "nothing.py" in caught.value.detail


OWNER = """
import asyncio, os, sys
from pathlib import Path
from pkcompat.clusters import NodeProcess
async def main():
    node = NodeProcess("one", ["hello.py", "--storage", "memory"], Path.cwd(), {})
    node._arguments.remove(f"--advertise={node.advertised}")
    await node.start()
    await node.serves()
    print(node.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@long_form
def test_a_node_does_not_outlive_who_started_it(project: Path) -> None:
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    end = time.monotonic() + 60
    while exists(pid):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_is_added_comes_before_the_end_of_the_options() -> None:
    assert _with_options(["a.py", "--port", "1"], "--port=2") == ["a.py", "--port", "1", "--port=2"]
    assert _with_options(["-q", "--", "a.py"], "--port=2") == ["-q", "--port=2", "--", "a.py"]


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

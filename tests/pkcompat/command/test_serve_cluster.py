"""`pkcompat serve --cluster`: what is told, and that rooms outlive a node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.pkcompat.command.serve_command import served, stopped

from pkcompat.clusters import PrivatePostgres

PARTY = """
from partyserver import PartyServer, Response
class Counter(PartyServer):
    async def on_request(self, request):
        number = (await self.room.storage.get("number") or 0) + 1
        await self.room.storage.put("number", number)
        return Response(str(number))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "counter.py").write_text(PARTY)
    monkeypatch.setenv("PKCOMPAT_CLUSTER_SECRET", "known to all nodes")
    return tmp_path


def counted(url: str) -> str:
    return httpx.get(f"{url}/party/r", trust_env=False, timeout=30).text


def test_rooms_outlive_a_node_and_passwords_are_not_told(project: Path, postgres: PrivatePostgres) -> None:
    arguments = ("counter.py", "--cluster", postgres.dsn(), "--cluster-namespace", "told", "--lease", "1")
    with served(project, *arguments) as (process, url, lines):
        node = url.removeprefix("http://")
        told = f"node {node} of the cluster told in {postgres.dsn(password=False)}"
        assert told in lines
        assert counted(url) == "1"
        process.kill()
        process.wait()
    with served(project, *arguments, "--quiet") as (process, url, lines):
        assert counted(url) == "2"
        assert postgres.environment["PGPASSWORD"] not in "".join((*lines, *stopped(process)))


def test_a_cluster_that_cannot_be_joined_is_told_in_a_line(project: Path, postgres: PrivatePostgres) -> None:
    wrong = postgres.dsn("nothing_of_that_name")
    command = [sys.executable, "-m", "pkcompat", "serve", "counter.py", "--port", "0", "--cluster", wrong]
    ended = subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=60, env=dict(os.environ)
    )
    assert ended.returncode == 2
    assert "nothing_of_that_name" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_without_a_cluster_is_refused(project: Path) -> None:
    command = [sys.executable, "-m", "pkcompat", "serve", "counter.py", "--advertise", "10.0.0.5:80"]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "name one with --cluster" in ended.stderr

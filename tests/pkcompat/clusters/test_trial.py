"""`pkcompat serve --cluster dev`: three nodes that are kept, and nothing that is left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.cluster.long_form import long_form

PARTY = """
import os
from partyserver import PartyServer, Response
class Counter(PartyServer):
    async def on_request(self, request):
        number = (await self.room.storage.get("number") or 0) + 1
        await self.room.storage.put("number", number)
        return Response(f"{number} {os.getpid()}")
"""
DEV = (sys.executable, "-m", "pkcompat", "serve", "counter.py", "--port", "0", "--cluster", "dev")


class Running:
    """The command, whose output is read line by line."""

    def __init__(self, project: Path) -> None:
        self.process = subprocess.Popen(
            DEV, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self.until("Ctrl-C stops it")
        self.url = re.findall(r"http://[^ ]*", self.lines[0])[-1]
        self.pids = [int(pid) for pid in re.findall(r"is process (\d+)", "\n".join(self.lines))]

    def until(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if text in line:
                return line
        raise AssertionError("\n".join(self.lines))

    def asked(self, room: str) -> str:
        return httpx.get(f"{self.url}/party/{room}", trust_env=False, timeout=30).text

    def stop(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        assert self.process.communicate(timeout=60)[0] is not None
        assert self.process.returncode == 0


@pytest.fixture
def project(open_folder: Path, binaries: None) -> Path:
    (open_folder / "counter.py").write_text(PARTY)
    return open_folder


@pytest.fixture
def started() -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for one in running:
        one.process.kill()
        one.process.communicate()


@long_form
def test_a_cluster_to_try(project: Path, started: list[Running]) -> None:
    started.append(first := Running(project))
    assert len(first.pids) == 3
    answered_by = {int(first.asked(f"room{number}").split()[1]) for number in range(3)}
    assert answered_by == set(first.pids)

    second = subprocess.run(DEV, cwd=project, capture_output=True, text=True, timeout=60)
    assert second.returncode == 2
    assert "a cluster of this project runs already" in second.stderr

    os.kill(first.pids[1], signal.SIGKILL)
    assert "node2" in first.until("signal 9")
    assert "node2" in first.until("serves again")
    first.stop(signal.SIGTERM)
    assert not [line for line in first.lines if "/.pkcompat/" in line]
    assert not any(map(exists, first.pids))
    assert not (project / ".pkcompat/cluster/postgres/data/postmaster.pid").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--host", "0.0.0.0"), "for clients on this machine"),
        (("--record", "day.json"), "each node would record a part"),
        (("--advertise", "10.0.0.5:80"), "an address of its own"),
        (("--storage", "memory"), "rooms are kept in the cluster"),
    ],
)
def test_what_is_not_for_a_trial(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "counter.py").write_text(PARTY)
    ended = subprocess.run((*DEV, *arguments), cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert message in " ".join(ended.stderr.replace("\u2502", " ").split())


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

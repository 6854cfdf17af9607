"""Recording while serving: files, settings, kills, limits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.pkcompat.command.serve_command import served, stopped

from pkcompat.playing.event_log import Pace
from pkcompat.playing.player import play
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.steps import Close, Connect, Drop, Http, Send, Step, Traffic, Wait

CHAT = Path(__file__).parents[3] / "examples" / "demo"

STEPS: tuple[Step, ...] = (
    Connect("a", "/party/r?_pk=a&name=ann"),
    Connect("b", "/party/r?name=bob"),
    Send("a", "hello"),
    Send("b", "/who"),
    Send("b", "/to a psst"),
    Connect("w", "/parties/lobby/all?_pk=w"),
    Send("w", "r"),
    Http("GET", "/party/r"),
    Drop("b"),
    Http("DELETE", "/party/r", (("authorization", "Bearer s3cret"),)),
    Close("a", 1000, "bye"),
    Http("GET", "/party/r?token=s3cret"),
)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    shutil.copytree(CHAT, tmp_path / "chat")
    return tmp_path / "chat"


async def real_clients(url: str, steps: tuple[Step, ...] = STEPS) -> None:
    host, port = url.removeprefix("http://").split(":")
    async with SocketTransport(host, int(port)) as transport:
        await play(Traffic("main", steps), transport, pace=Pace(quiet=0.1))


def verify(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pkcompat", "verify", *arguments, "--quiet-time", "0.1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


async def test_recorded_traffic_of_a_real_project_is_its_test(chat: Path) -> None:
    with served(chat, "--record", "day.json", "--storage", "memory") as (process, url, lines):
        assert "recording traffic in day.json; messages and bodies are not masked" in lines
        await real_clients(url)
        _, errors = stopped(process)
    traffic = load_traffic(chat / "day.json")
    assert traffic.party == "main"
    assert f"recorded {len(traffic.steps)} steps in day.json" in errors
    assert "pkcompat verify LEGACY --traffic day.json" in errors
    assert "s3cret" not in (chat / "day.json").read_text()

    code, output = verify(chat, "chat.py", "--traffic", "day.json")
    assert code == 0, output
    assert "* ann joined: ann" in output
    assert "bob whispers: psst" in output

    (chat / "wrong.py").write_text((chat / "chat.py").read_text().replace(" whispers", " shouts"))
    code, output = verify(chat, "chat.py", "wrong.py", "--traffic", "day.json")
    assert code == 1, output
    assert "bob shouts: psst" in output


def test_the_file_is_not_overwritten_but_where_files_are_reloaded(chat: Path) -> None:
    (chat / "day.json").write_text("mine")
    command = [sys.executable, "-m", "pkcompat", "serve", "--port", "0", "--record", "day.json"]
    for arguments in ([], ["--reload"]):
        done = subprocess.run(
            [*command, *arguments], cwd=chat, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        assert done.stderr.startswith("error: day.json already exists, and recordings are not overwritten")
    assert (chat / "day.json").read_text() == "mine"


def test_each_start_has_a_file_of_its_own(chat: Path) -> None:
    with served(chat, "--reload", "--record", "day.json", "--storage", "memory") as (process, _, _):
        (chat / "chat.py").write_text((chat / "chat.py").read_text() + "\n")
        end = time.monotonic() + 20
        while not (chat / "day-2.json").exists() and time.monotonic() < end:
            time.sleep(0.05)
        stopped(process)
    assert load_traffic(chat / "day.json").steps == load_traffic(chat / "day-2.json").steps == ()


async def test_settings_of_the_project(chat: Path) -> None:
    (chat / "pyproject.toml").write_text(
        '[tool.pkcompat.record]\nmask-headers = ["x-room-key"]\nmask-query = ["name"]\nunmask = ["token"]\n'
    )
    steps = (Http("GET", "/party/r?token=open&name=closed", (("x-room-key", "closed"),)),)
    with served(chat, "--record", "day.json", "--storage", "memory", "-q") as (process, url, _):
        await real_clients(url, steps)
        stopped(process)
    (step,) = load_traffic(chat / "day.json").steps
    assert isinstance(step, Http)
    assert "token=open" in step.path
    assert "closed" not in repr(step)


async def test_what_is_recorded_outlives_a_kill(chat: Path) -> None:
    with served(chat, "--record", "day.json", "--storage", "memory") as (process, url, _):
        await real_clients(url, (*STEPS, Wait(0.3)))
        process.kill()
        process.wait(10)
    steps = json.loads((chat / "day.json").read_text())["steps"]
    assert [step["op"] for step in steps].count("http") == 3


async def test_the_limit_is_told(chat: Path) -> None:
    with served(chat, "--record", "day.json", "--record-limit", "0.001", "--storage", "memory") as (
        process,
        url,
        _,
    ):
        await real_clients(url)
        _, errors = stopped(process)
    assert "the recording day.json is full" in errors
    assert "it reached its maximum size, and ends before the traffic did" in errors
    assert load_traffic(chat / "day.json").steps

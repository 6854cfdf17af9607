"""How a process of `pkcompat serve` ends, and starts anew."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import httpx
import pytest
from tests.pkcompat.command.serve_command import served, start_lines, stopped
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

CHAT = """
import asyncio
from partyserver import PartyServer, Response
class Chat(PartyServer):
    async def on_message(self, message, sender):
        print("began", flush=True)
        await asyncio.sleep(float(message))
        await self.room.storage.put("ended", message)
        sender.send("ended")
    async def on_close(self, connection):
        await asyncio.sleep(0.05)
        await self.room.storage.put("closed", True)
    async def on_request(self, request):
        if request.method == "POST":
            print("began", flush=True)
            await asyncio.sleep(1)
        return Response(str(await self.room.storage.list()))
    async def on_connect(self, connection, ctx):
        if "slow" in ctx.request.url.path:
            print("began", flush=True)
            await asyncio.sleep(1)
            connection.send("connected")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "chat.py").write_text(CHAT)
    return tmp_path


def socket_url(url: str) -> str:
    return url.replace("http", "ws") + "/party/r"


def line_with(stream: IO[str] | None, text: str) -> str:
    """The next line that holds a text."""
    assert stream is not None
    for line in stream:
        if text in line:
            return line
    raise AssertionError(f"no line with {text!r} came")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_handlers_end_and_closes_sockets(project: Path, number: signal.Signals) -> None:
    with served(project, "chat.py", "-q", "--grace", "20") as (process, url, _):
        with connect(socket_url(url)) as socket, connect(socket_url(url)) as other:
            socket.send("0.5")
            line_with(process.stdout, "began")
            process.send_signal(number)
            assert socket.recv(timeout=10) == "ended"
            for each in (socket, other):
                with pytest.raises(ConnectionClosed) as closed:
                    each.recv(timeout=10)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1012
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{url}/party/r", trust_env=False)
        out, errors = process.communicate(timeout=10)
        assert (out, errors, process.returncode) == ("", "", 0)
    with served(project, "chat.py", "-q") as (process, url, _):
        kept = httpx.get(f"{url}/party/r", trust_env=False).text
        assert kept == "{'closed': True, 'ended': '0.5'}"
        stopped(process)


def test_a_signal_lets_requests_and_handshakes_end(project: Path) -> None:
    with (
        served(project, "chat.py", "-q", "--grace", "20") as (process, url, _),
        ThreadPoolExecutor() as threads,
    ):
        answer = threads.submit(httpx.post, f"{url}/party/r", trust_env=False)
        line_with(process.stdout, "began")
        first = threads.submit(first_message, socket_url(url) + "/slow")
        line_with(process.stdout, "began")
        process.send_signal(signal.SIGTERM)
        assert answer.result(timeout=10).text == "{}"
        assert first.result(timeout=10) == "connected"
        assert process.wait(timeout=10) == 0


def first_message(url: str) -> str | bytes:
    with connect(url) as socket:
        return socket.recv(timeout=10)


def test_a_handler_that_does_not_end_is_cut_off_within_the_grace_time(project: Path) -> None:
    with served(project, "chat.py", "-q", "--grace", "0.5") as (process, url, _):
        with connect(socket_url(url)) as socket:
            socket.send("60")
            line_with(process.stdout, "began")
            process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        _, errors = process.communicate(timeout=10)
        assert (errors, process.returncode) == ("", 0)


def test_a_second_signal_ends_the_process_at_once(project: Path) -> None:
    with served(project, "chat.py", "-q", "--grace", "600") as (process, url, _):
        with connect(socket_url(url)) as socket:
            socket.send("60")
            line_with(process.stdout, "began")
            process.send_signal(signal.SIGTERM)
            while True:
                try:  # the first signal has come when nobody new is let in
                    httpx.get(f"{url}/party/r", trust_env=False)
                except httpx.TransportError:
                    break
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == -signal.SIGTERM


def test_code_that_holds_the_event_loop_does_not_hold_the_process(project: Path) -> None:
    (project / "chat.py").write_text(
        "from partyserver import PartyServer\n"
        "class Chat(PartyServer):\n"
        "    def on_message(self, message, sender):\n"
        "        print('began', flush=True)\n"
        "        while True: pass\n"
    )
    with served(project, "chat.py", "-q", "--grace", "0.3") as (process, url, _):
        with connect(socket_url(url)) as socket:
            socket.send("hold")
            line_with(process.stdout, "began")
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "a handler is still running 0.3 s after the signal; ending the process" in errors


def write(file: Path, text: str) -> None:
    """Change a file as editors do: another file takes its place."""
    new = file.with_suffix(".new")
    new.write_text(text)
    os.replace(new, file)


def test_reload(project: Path) -> None:
    answer = "from partyserver import PartyServer, Response\nclass Chat(PartyServer):\n"
    answer += "    def on_request(self, request): return Response('{}' + self.room.env.get('KEY', ''))\n"
    (project / "chat.py").write_text(answer.format("one"))
    (project / ".venv").mkdir()
    with (
        served(project, "chat.py", "-q", "--reload", "--storage", "memory") as (process, url, _),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        assert client.get("/party/r").text == "one"
        with connect(socket_url(url)) as socket:
            (project / ".venv/ignored.py").write_text("")
            (project / "ignored.txt").write_text("")
            write(project / "chat.py", answer.format("two"))
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=20)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert line_with(process.stdout, "changed") == "chat.py changed; restarting\n"
        assert start_lines(process)[0] == f"pkcompat serves at {url}"
        assert client.get("/party/r").text == "two"

        write(project / ".env", "KEY=!")
        assert line_with(process.stdout, "changed") == ".env changed; restarting\n"
        start_lines(process)
        assert client.get("/party/r").text == "two!"

        write(project / "chat.py", "def broken(:\n")
        assert "File" in line_with(process.stderr, "chat.py")
        assert "SyntaxError" in line_with(process.stderr, "SyntaxError")
        assert "503; waiting for a change" in line_with(process.stderr, "waiting")
        refused = client.get("/party/r")
        assert refused.status_code == 503
        assert re.search(r'File ".*chat\.py", line 1\n.*SyntaxError: ', refused.text, re.DOTALL)
        with pytest.raises(InvalidStatus, match="503"):
            connect(socket_url(url))

        write(project / "chat.py", answer.format("three"))
        start_lines(process)
        assert client.get("/party/r").text == "three!"
        _, errors = stopped(process)
        assert errors == ""


def test_reload_waits_for_a_change_where_the_first_start_fails(project: Path) -> None:
    (project / "chat.py").write_text("1 / 0")
    command = [sys.executable, "-m", "pkcompat", "serve", "chat.py", "--port", "0", "--reload"]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line_with(process.stderr, "waiting for a change")
            write(project / "chat.py", CHAT)
            assert re.search(r"http://127\.0\.0\.1:\d+", "\n".join(start_lines(process)))
            stopped(process, signal.SIGTERM)
        finally:
            process.kill()


def test_reload_tells_of_a_process_that_ended_by_itself(project: Path) -> None:
    leaving = "import os\ndefault = {'onRequest': lambda request, room: os._exit(3)}\n"
    (project / "chat.py").write_text(leaving)
    with (
        served(project, "chat.py", "-q", "--reload", "--storage", "memory") as (process, url, _),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        with pytest.raises(httpx.TransportError):
            client.get("/party/r")
        line_with(process.stderr, "waiting for a change")
        refused = client.get("/party/r")
        assert (refused.status_code, refused.text) == (503, "the server ended (exit status 3)\n")
        write(project / "chat.py", CHAT)
        start_lines(process)
        stopped(process)


async def test_a_server_ends_with_its_reloader(project: Path) -> None:
    with served(project, "chat.py", "--reload", "-q") as (process, url, _):
        process.kill()
        async with asyncio.timeout(20):
            while True:
                try:
                    async with httpx.AsyncClient(trust_env=False) as client:
                        await client.get(f"{url}/party/r")
                except httpx.TransportError:
                    break
                await asyncio.sleep(0.05)


ENDING = """
import asyncio, sys

async def later():
    await asyncio.sleep(0)
    sys.exit(5)

async def on_message(message, connection, room):
    if message == "exit":
        sys.exit(3)
    if message == "task":
        asyncio.get_running_loop().create_task(later())
        asyncio.get_running_loop().call_soon(sys.exit, 4)
    connection.send(message)

default = {"onMessage": on_message}
"""


def test_a_handler_that_exits_ends_no_other_room(tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(ENDING)
    with served(tmp_path, "chat.py", "--storage", "memory") as (process, url, _):
        with connect(socket_url(url)) as socket:
            for message in ("exit", "task", "after"):
                socket.send(message)
            assert [socket.recv(timeout=5) for _ in range(2)] == ["task", "after"]
        with connect(socket_url(url)) as socket:
            socket.send("again")
            assert socket.recv(timeout=5) == "again"
        _, errors = stopped(process)
    assert "on_message of main/" in errors
    assert "that a handler of main/r left behind raised SystemExit(" in errors

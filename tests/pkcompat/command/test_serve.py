from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pkcompat.serving import listen

PARTIES = """
from partyserver import PartyServer, Response
class Chat(PartyServer):
    def on_request(self, request):
        if request.method == "DELETE":
            raise ValueError("exploded")
        return Response(f"chat {self.room.env.get('KEY')}")
    @staticmethod
    async def on_cron(cron, lobby, ctx):
        return None
lobby = {"onRequest": lambda request, room: Response(f"lobby {room.id}")}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "parties.py").write_text(PARTIES)
    return tmp_path


@contextmanager
def served(project: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, its URL, and the lines that it printed at its start."""
    command = [sys.executable, "-m", "pkcompat", "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line.rstrip())
                if "Ctrl-C" in line:
                    break
            assert lines, process.communicate(timeout=10)
            found = re.search(r"http://127\.0\.0\.1:\d+", lines[0])
            assert found is not None
            yield process, found[0], lines
        finally:
            process.kill()


def stopped(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    return out, errors


def test_parties_of_both_forms_are_served_and_told(project: Path) -> None:
    arguments = ("parties.py:Chat", "--party", "my-lobby=parties.py:lobby", "--env", "KEY=value")
    with served(project, *arguments) as (process, url, lines), httpx.Client(trust_env=False) as client:
        told = [line.split() for line in lines[2:4]]
        assert told == [
            ["main", "class", "parties.py:Chat", f"{url}/party/<room>"],
            ["my-lobby", "object", "parties.py:lobby", f"{url}/parties/my-lobby/<room>"],
        ]
        assert client.get(f"{url}/party/r").text == "chat value"
        assert client.get(f"{url}/parties/my-lobby/r").text == "lobby r"
        answer = client.delete(f"{url}/party/r")
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")
        out, errors = stopped(process)
    assert [re.sub(r"\d+ ms", "N ms", line[9:].rstrip()) for line in out.splitlines()] == [
        "GET /party/r 200 N ms",
        "GET /parties/my-lobby/r 200 N ms",
        "DELETE /party/r 500 N ms",
    ]
    assert "ValueError: exploded" in errors


def test_debug_tells_the_client(project: Path) -> None:
    with served(project, "parties.py:Chat", "--debug") as (process, url, _):
        assert httpx.delete(f"{url}/party/r", trust_env=False).text == "exploded"
        stopped(process)


def test_partykit_json_is_read_and_the_command_line_wins(project: Path) -> None:
    (project / "public").mkdir()
    (project / "public/index.txt").write_text("static")
    (project / "partykit.json").write_text(
        json.dumps(
            {
                "name": "demo",
                "main": "parties.py:lobby",
                "parties": {"chat": "parties.py:Chat"},
                "vars": {"KEY": "from the file"},
                "crons": {"tick": "* * * * *"},
                "serve": "public",
                "port": 1,
            }
        )
    )
    with served(project) as (process, url, lines), httpx.Client(trust_env=False) as client:
        assert client.get(f"{url}/party/r").text == "lobby r"
        assert client.get(f"{url}/parties/chat/r").text == "chat from the file"
        assert client.get(f"{url}/index.txt").text == "static"
        assert any(f"{url}/__scheduled__?cron=tick" in line for line in lines)
        stopped(process)
    with served(project, "parties.py:Chat", "--env", "KEY=mine") as (process, url, _):
        assert httpx.get(f"{url}/party/r", trust_env=False).text == "chat mine"
        stopped(process)


def failed(project: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pkcompat", "serve", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


def test_a_taken_port(project: Path) -> None:
    with listen() as taken:
        port = taken.getsockname()[1]
        told = failed(project, "parties.py:Chat", "--port", str(port))
    assert told == (
        f"error: port {port} of 127.0.0.1 is taken; stop what listens there, or name another with --port\n"
    )


def test_several_parties(project: Path) -> None:
    assert failed(project, "parties.py") == (
        "error: parties.py: has several parties: Chat, lobby; name one, such as parties.py:Chat\n"
    )


def test_a_module_that_raises_shows_the_users_frames_alone(project: Path) -> None:
    (project / "helper.py").write_text("def load():\n    return {}['key']\n")
    (project / "parties.py").write_text("import helper\nvalue = helper.load()\n")
    told = failed(project, "parties.py")
    assert told.endswith("error: parties.py: raised at import: KeyError: 'key'\n")
    files = re.findall(r'File "(.+?)", line (\d+)', told)
    assert files == [(str(project / "parties.py"), "2"), (str(project / "helper.py"), "2")]


def test_a_wrong_handler_object(project: Path) -> None:
    (project / "parties.py").write_text("default = {'onConect': print}")
    told = failed(project, "parties.py")
    assert told.startswith("error: parties.py:default: ")
    assert "onConnect" in told
    assert told.count("\n") == 1

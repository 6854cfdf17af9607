"""`pkcompat serve`: targets, project files, debug, startup errors."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.pkcompat.command.serve_command import served, stopped

from pkcompat.serving.server import listen

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


def test_pages_of_other_origins_are_refused(project: Path) -> None:
    arguments = (
        "parties.py:Chat",
        "--cors",
        "--allow-origin",
        "https://a.com",
        "--allow-origin",
        "https://b.com",
    )
    with served(project, *arguments) as (process, url, _), httpx.Client(trust_env=False) as client:
        for origin, status in (("https://b.com", 200), ("https://evil.org", 403), ("null", 403)):
            answer = client.get(f"{url}/party/r", headers={"origin": origin})
            allowed = answer.headers.get("access-control-allow-origin")
            assert (answer.status_code, allowed) == (status, origin if status == 200 else None)
        stopped(process)
    told = failed(project, "parties.py:Chat", "--allow-origin", "https://a.com/chat")
    assert "write https://a.com" in " ".join(told.replace("│", " ").split())


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
        f"error: port {port} of 127.0.0.1 is in use; stop what listens there, or choose another with --port\n"
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


def test_a_project_without_parties(project: Path) -> None:
    assert failed(project) == (
        "error: nothing to serve: name a TARGET or --party NAME=TARGET, or parties in partykit.json\n"
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"crons": {"tick": "daily"}},
            "cron 'tick': 'daily' is no cron expression: it must have five fields",
        ),
        ({"serve": "nowhere"}, "nowhere: no such folder to serve files from"),
        ({"port": "x"}, "partykit.json: `port` must be a whole number, is a string"),
    ],
)
def test_a_wrong_project_file(project: Path, config: dict[str, object], message: str) -> None:
    (project / "partykit.json").write_text(json.dumps(config))
    told = failed(project, "parties.py:Chat", "--port", "0")
    assert told.startswith(f"error: {message}")
    assert told.count("\n") == 1


def test_what_has_no_effect_is_warned_of(project: Path) -> None:
    (project / "partykit.json").write_text('{"partys": {}, "crons": {"tick": "* * * * *"}}')
    with served(project, "parties.py:lobby") as (process, _, _):
        _, errors = stopped(process)
    assert errors.splitlines() == [
        "warning: partykit.json: `partys` is not a field here, and has no effect; did you mean `parties`?",
        "warning: there are crons, but the party `main` has no on_cron; they do not run",
    ]


def test_where_a_variable_is_taken_from(project: Path) -> None:
    (project / "parties.py").write_text(
        "from partyserver import PartyServer, Response\n"
        "import json\n"
        "class Chat(PartyServer):\n"
        "    def on_request(self, request): return Response(json.dumps(dict(self.room.env)))\n"
    )
    layers = {
        "partykit.json": json.dumps({"vars": dict.fromkeys("ABCDE", "vars") | {"N": 1}}),
        ".env": "\n".join(f"{name}=env" for name in "BCDE"),
        ".env.local": "\n".join(f"{name}=local" for name in "CDE"),
    }
    for name, text in layers.items():
        (project / name).write_text(text)
    with served(project, "parties.py", "--env", "D=option", "--var", "E=option") as (process, url, lines):
        assert httpx.get(f"{url}/party/r", trust_env=False).json() == {
            "A": "vars",
            "B": "env",
            "C": "local",
            "D": "option",
            "E": "option",
            "N": 1,
        }
        assert "variables from .env, .env.local" in lines
        stopped(process)


STORING = """
from partyserver import PartyServer, Response
class Chat(PartyServer):
    async def on_request(self, request):
        if request.method == "PUT":
            await self.room.storage.put("text", (await request.body()).decode())
        return Response(str(await self.room.storage.get("text")))
"""


@pytest.mark.parametrize(
    "arguments", [(), ("--storage", "kept/"), ("--storage", "my.db", "--durability", "power")]
)
def test_what_is_stored_outlives_the_process(project: Path, arguments: tuple[str, ...]) -> None:
    (project / "parties.py").write_text(STORING)
    with served(project, "parties.py", *arguments) as (process, url, lines):
        httpx.put(f"{url}/party/r", content="kept", trust_env=False)
        process.kill()
    with served(project, "parties.py", *arguments) as (process, url, lines):
        assert httpx.get(f"{url}/party/r", trust_env=False).text == "kept"
        stopped(process)
    path = {(): ".pkcompat/storage.sqlite3", "kept/": "kept/storage.sqlite3", "my.db": "my.db"}
    file = path[arguments[1] if arguments else ()]
    assert f"storage in {file}" in lines
    assert (project / file).is_file()
    if not arguments:
        assert (project / ".pkcompat/.gitignore").read_text() == "*\n"


def test_storage_in_memory_leaves_nothing_behind(project: Path) -> None:
    (project / "parties.py").write_text(STORING)
    before = set(project.iterdir())
    with served(project, "parties.py", "--storage", "memory") as (process, url, lines):
        httpx.put(f"{url}/party/r", content="gone", trust_env=False)
        assert "storage in memory" in lines
        stopped(process)
    assert {path for path in project.iterdir() if path.name != "__pycache__"} == before


def test_storage_that_another_serve_holds(project: Path) -> None:
    with served(project, "parties.py:Chat") as (process, _, _):
        told = failed(project, "parties.py:Chat", "--port", "0")
        stopped(process)
    assert told.startswith("error: ")
    assert told.endswith("(--storage PATH, or --storage memory)\n")
    assert "storage.sqlite3 is in use; stop the process that uses it" in told
    assert told.count("\n") == 1


def test_quiet(project: Path) -> None:
    with served(project, "parties.py:Chat", "-q") as (process, url, _):
        httpx.get(f"{url}/party/r", trust_env=False)
        httpx.delete(f"{url}/party/r", trust_env=False)
        out, errors = stopped(process)
    assert out == ""
    assert "ValueError: exploded" in errors


def test_deprecated_names_are_told_once_each(project: Path) -> None:
    (project / "parties.py").write_text(
        "from partyserver import Response\n"
        "def on_request(request, room):\n"
        "    return Response(str(len(room.connections)))\n"
        "default = {'onRequest': on_request}\n"
    )
    with served(project, "parties.py") as (process, url, _):
        for _ in range(3):
            assert httpx.get(f"{url}/party/r", trust_env=False).text == "0"
        _, errors = stopped(process)
    assert errors.count("DeprecationWarning") == 1
    assert f"{project / 'parties.py'}:3: DeprecationWarning: room.connections is deprecated" in errors


LOGGING = """
import logging
from partyserver import Response
for name in ("httpx", "uvicorn.error", "watchfiles.main"):
    logging.getLogger(name).info("noise")
logger = logging.getLogger("my.party")
def on_request(request, room):
    for level in ("debug", "info", "warning", "error"):
        getattr(logger, level)("said %s", level)
    return Response("ok")
default = {"onRequest": on_request}
"""


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((), ["info", "warning", "error"]),
        (("--log-level", "debug"), ["debug", "info", "warning", "error"]),
        (("--log-level", "ERROR"), ["error"]),
    ],
)
def test_what_a_party_logs_is_shown(project: Path, arguments: tuple[str, ...], shown: list[str]) -> None:
    (project / "parties.py").write_text(LOGGING)
    with served(project, "parties.py", *arguments) as (process, url, _):
        assert httpx.get(f"{url}/party/r", trust_env=False).text == "ok"
        _, errors = stopped(process)
    assert [line.split(" ", 1)[1] for line in errors.splitlines()] == [f"said {level}" for level in shown]


def test_an_idle_room_sleeps_after_the_idle_timeout(project: Path) -> None:
    (project / "parties.py").write_text(
        "from partyserver import PartyServer, Response, ServerOptions\n"
        "class Chat(PartyServer):\n"
        "    options = ServerOptions(hibernate=True)\n"
        "    def on_start(self): print('started', flush=True)\n"
        "    def on_request(self, request): return Response()\n"
    )
    with served(project, "parties.py", "-q", "--idle-timeout", "0") as (process, url, _):
        assert process.stdout is not None
        for _ in range(2):
            httpx.get(f"{url}/party/r", trust_env=False)
            assert process.stdout.readline() == "started\n"
        stopped(process)


def test_the_admin_application_is_served_beside_the_parties(project: Path) -> None:
    with listen() as free:
        port = free.getsockname()[1]
    with served(project, "parties.py:Chat", "--admin", f"{port}") as (process, url, told):
        admin = f"http://127.0.0.1:{port}"
        assert f"admin page at {admin}/" in told
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{admin}/").headers["content-type"] == "text/html; charset=utf-8"
            assert client.get(f"{url}/party/r").status_code == 200
            assert client.get(f"{admin}/readyz").text == "ready\n"
            assert 'partyserver_rooms{party="main"} 1.0' in client.get(f"{admin}/metrics").text
            assert client.get(f"{url}/readyz").status_code == 404
        stopped(process)


def test_a_process_that_drains_is_not_ready(project: Path) -> None:
    (project / "parties.py").write_text(
        "import asyncio, os\n"
        "from partyserver import PartyServer, Response\n"
        "class Chat(PartyServer):\n"
        "    async def on_request(self, request):\n"
        "        open('began', 'w').close()\n"
        "        while not os.path.exists('go'): await asyncio.sleep(0.02)\n"
        "        return Response('done')\n"
    )
    with listen() as free:
        port = free.getsockname()[1]
    arguments = ("parties.py:Chat", "--admin", f"{port}", "--grace", "30")
    with served(project, *arguments) as (process, url, _), ThreadPoolExecutor(1) as pool:
        with httpx.Client(trust_env=False) as client:
            answer = pool.submit(client.get, f"{url}/party/r", timeout=30)
            wait_for(lambda: (project / "began").exists())
            process.send_signal(signal.SIGTERM)
            with httpx.Client(trust_env=False) as admin:
                ready = f"http://127.0.0.1:{port}/readyz"
                wait_for(lambda: admin.get(ready).status_code == 503)
                assert admin.get(ready).text == "the host is about to stop\n"
                assert admin.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
                (project / "go").touch()
                assert answer.result().text == "done"
        assert process.wait(20) == 0


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)

"""Tests of one's own that call handlers with stand-ins pass after a migration of the sources alone."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from pkcompat.command.migrate_input import read_project
from pkcompat.migrate.file import write_migrations

CHAT = """
    from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer


    def tell(room, text, but=None):
        for id, other in room.connections.items():
            if id != but:
                other.socket.send(text)


    def on_message(message: str, connection: PartyKitConnection, room: PartyKitRoom) -> None:
        if message == "count":
            connection.send(str(len(room.connections)))
        elif message in room.connections:
            room.connections[message].socket.send("you")
        else:
            tell(room, message, but=connection.id)


    def on_close(connection: PartyKitConnection, room: PartyKitRoom) -> None:
        tell(room, "bye")


    default: PartyKitServer = {"onMessage": on_message, "onClose": on_close}
"""
HEAD = """
    import importlib
    from types import SimpleNamespace
    from unittest import mock

    import pytest


    class Conn:
        def __init__(self, id):
            self.id, self.sent, self.socket = id, [], self

        def send(self, text):
            self.sent.append(text)
"""
ROOMS = {
    "a class": "class Room:\n    def __init__(self, *c):\n        self.connections = {x.id: x for x in c}\n",
    "a namespace": "def Room(*found):\n    return SimpleNamespace(connections={c.id: c for c in found})\n",
    "a mock": "def Room(*found):\n    return mock.Mock(connections={c.id: c for c in found})\n",
    "a fixture": "def Room(*found):\n    raise AssertionError\n",
}
CALLS = {
    "from": ("from app.parties.chat import on_close, on_message as on, tell", "on", "on_close"),
    "alias": ("import app.parties.chat as c", "c.on_message", "c.on_close"),
    "module": ("from app.parties import chat", "chat.on_message", "chat.on_close"),
    "importlib": ("chat = importlib.import_module('app.parties.chat')", "chat.on_message", "chat.on_close"),
}
TESTS = """
    @pytest.fixture
    def conns():
        return [Conn("a"), Conn("b")]


    @pytest.fixture
    def room(conns):
        return SimpleNamespace(connections={{c.id: c for c in conns}}) if {is_fixture} else Room(*conns)


    @pytest.mark.parametrize("text", ["hi", "b"])
    def test_message(conns, room, text):
        a, b = conns
        {message}(text, a, room)
        assert (a.sent, b.sent) == ([], ["hi" if text == "hi" else "you"])


    def test_count(conns, room):
        {message}("count", conns[0], room=room)
        assert conns[0].sent == ["2"]


    def test_direct():
        a, b = Conn("a"), Conn("b")
        {close}(a, {direct})
        assert (a.sent, b.sent) == (["bye"], ["bye"])


    def test_patched(monkeypatch):
        sent = []
        monkeypatch.setattr("app.parties.chat.tell", lambda room, text, but=None: sent.append(text))
        {close}(None, None)
        with mock.patch("app.parties.chat.on_message") as stub:
            {module}.on_message()
        assert sent == ["bye"] and stub.called
"""


def write_project(folder: Path, room: str, call: str) -> None:
    imports, message, close = CALLS[call]
    direct = "SimpleNamespace(connections={'a': a, 'b': b})" if room == "a fixture" else "Room(a, b)"
    body = textwrap.dedent(TESTS).format(
        message=message,
        close=close,
        direct=direct,
        is_fixture=room == "a fixture",
        module="importlib.import_module('app.parties.chat')",
    )
    files = {
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
        "src/app/__init__.py": "",
        "src/app/parties/__init__.py": "",
        "src/app/parties/chat.py": textwrap.dedent(CHAT).lstrip("\n"),
        "tests/test_chat.py": f"{textwrap.dedent(HEAD)}\n{imports}\n\n{ROOMS[room]}\n{body}",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def test_they_pass_after_their_sources_were_migrated(tmp_path: Path) -> None:
    folders = []
    for number, (room, call) in enumerate(zip(ROOMS, CALLS, strict=True)):
        folders.append(tmp_path / str(number))
        write_project(folders[-1], room, call)
    script = "import os, sys, pytest, partykit.server\n"
    script += "for folder in sys.argv[1:]:\n    child = os.fork()\n    if not child:\n"
    script += "        os.chdir(folder)\n        os._exit(pytest.main(['-q', '-p', 'no:cacheprovider']))\n"
    script += (
        "    print('\\nstatus', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), folder, flush=True)\n"
    )

    def statuses() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, folders)],
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        found = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("status")]
        assert found == ["0"] * len(folders), done.stdout[-6000:]
        return found

    statuses()
    for folder in folders:
        project = read_project([folder / "src"], None, 1, cache=False)
        write_migrations(project.in_files(project.migrate()))
        source = (folder / "src/app/parties/chat.py").read_text()
        assert "class Chat(PartyServer)" in source
        assert "    def on_close(self, connection: Connection)" in source
    statuses()


def test_the_command_writes_the_same_whatever_it_is_given(tmp_path: Path) -> None:
    sources = set()
    for number, path in enumerate(["src/app/parties/chat.py", "src/", "."]):
        folder = tmp_path / str(number)
        write_project(folder, "a class", "from")
        command = [sys.executable, "-m", "pkcompat", "migrate", path, "--no-cache"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        sources.add((folder / "src/app/parties/chat.py").read_text())
    (source,) = sources
    assert "class Chat(PartyServer)" in source

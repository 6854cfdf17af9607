"""What `migrate` calls a class does not depend on how the file is named on the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pkcompat.command.app import app

PARTY = """\
def on_connect(connection, room):
    connection.send("hi")


default = {"onConnect": on_connect}
"""
CONFIG = {
    "main": "src/lobby.py",
    "parties": {"my-game": "src/rooms.py", "quiz": "src/two.py", "poll": "src/two.py"},
}
FILES = {
    "src/lobby.py": "LobbyServer",
    "src/rooms.py": "MyGame",
    "src/two.py": "Two",
    "src/chat_room.py": "ChatRoom",
    "src/room.py": "RoomServer",
    "src/server.py": "Server",
    "src/board/__init__.py": "Board",
    "src/board/index.py": "Server",
}


def run(*arguments: str, stdin: str | None = None) -> str:
    done = CliRunner().invoke(app, arguments, input=stdin, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def names(folder: Path, *paths: str) -> list[str]:
    """The names of the classes in files; of one without a class the empty name."""
    found = [re.search(r"^class (\w+)\(PartyServer\)", (folder / p).read_text(), re.MULTILINE) for p in paths]
    return [match[1] if match else "" for match in found]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout-7"
    write(folder, {"partykit.json": json.dumps(CONFIG), **dict.fromkeys(FILES, PARTY)})
    monkeypatch.chdir(folder)
    return folder


def test_a_class_is_called_after_its_party_or_its_file_and_a_second_run_changes_nothing(
    project: Path,
) -> None:
    run("migrate", ".")
    assert names(project, *FILES) == list(FILES.values())
    before = [(project / path).read_text() for path in FILES]
    assert "No files changed" in run("migrate", ".")
    assert [(project / path).read_text() for path in FILES] == before


def test_it_does_not_matter_where_the_command_runs_and_how_a_file_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (".", "src", "src/board", "..", "/"):
        monkeypatch.chdir(project / folder)
        for path, name in FILES.items():
            for given in (str(project / path), os.path.relpath(project / path)):
                (project / path).write_text(PARTY)
                run("migrate", given)
                assert names(project, path) == [name]


def test_several_paths_in_either_order_give_the_same(project: Path) -> None:
    for paths in (["src/rooms.py", "src/board"], ["src/board", "src/rooms.py"], ["src", "src/rooms.py"]):
        write(project, dict.fromkeys(FILES, PARTY))
        run("migrate", *paths)
        assert names(project, "src/rooms.py", "src/board/__init__.py") == ["MyGame", "Board"]


def test_several_processes_give_the_same(project: Path) -> None:
    write(project, {f"src/game_{number}.py": PARTY for number in range(8)})
    done = subprocess.run([sys.executable, "-m", "pkcompat", "migrate", ".", "--jobs", "2"], cwd=project)
    assert done.returncode == 0
    assert names(project, *FILES) == list(FILES.values())


def test_standard_input_is_called_as_the_file_that_it_stands_for(project: Path) -> None:
    for path, name in FILES.items():
        for given in (path, str(project / path)):
            assert f"class {name}(PartyServer):" in run(
                "migrate", "-", "--stdin-filename", given, stdin=PARTY
            )
    assert "class Server(PartyServer):" in run("migrate", "-", stdin=PARTY)


def test_a_copy_of_the_project_gives_the_same(project: Path) -> None:
    write(project, {"tests/test_all.py": "def test_all():\n    pass\n"})
    command = f"{sys.executable} -c pass"
    run("migrate", "src", "--test", command)
    assert names(project, *FILES) == list(FILES.values())


def test_verified_forms_are_called_the_same(project: Path) -> None:
    run("migrate", "src/rooms.py", "--verify", "--budget", "2")
    assert names(project, "src/rooms.py") == ["MyGame"]
    run("verify", "src/chat_room.py:default", "--budget", "2")
    run("verify", "src/rooms.py:MyGame", "src/rooms.py:default", "--budget", "2")


def test_a_project_within_another_has_its_own_names_whichever_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = {"services/a/partykit.json": '{"parties": {"game": "rooms.py"}}', "services/a/rooms.py": PARTY}
    for number, path in enumerate([".", "services/a", "services/a/rooms.py"]):
        folder = tmp_path / str(number)
        write(folder, {".git/HEAD": "", **inner})
        monkeypatch.chdir(folder)
        run("migrate", path)
        assert names(folder, "services/a/rooms.py") == ["Game"]


@pytest.mark.parametrize(("mark", "name"), [("pyproject.toml", "Server"), ("plain.txt", "Board")])
def test_the_folder_of_a_project_is_a_name_only_where_it_is_imported_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, name: str
) -> None:
    folder = tmp_path / "board"
    for here, path in ((folder, "__init__.py"), (folder, "."), (tmp_path, "board"), (tmp_path, str(folder))):
        write(folder, {mark: "", "__init__.py": PARTY})
        monkeypatch.chdir(here)
        run("migrate", path)
        assert names(folder, "__init__.py") == [name]

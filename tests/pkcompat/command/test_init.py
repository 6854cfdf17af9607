"""`pkcompat init`: what it writes runs, what is there stays, and nothing is asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.pkcompat.command.serve_command import served
from typer.testing import CliRunner

from pkcompat.command.app import app

ROOT = Path(__file__).parents[3]
CLASS = "from partyserver import PartyServer\n\n\nclass {}(PartyServer):\n    pass\n"
LOCKED = """\
from partyserver import PartyServer, Response


class Locked(PartyServer):
    @staticmethod
    def on_before_connect(request, lobby, ctx):
        return Response("no", status_code=401)
"""
FAILING = "def on_connect(connection, room):\n    return room.env['KEY'].nothing\n"
OBJECT = "def on_connect(connection, room):\n    pass\n\n\n{} = {{'onConnect': on_connect}}\n"


def init(folder: Path, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["init", str(folder)], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.output


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.*")}


def python(folder: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_what_is_written_is_served_and_passes_its_test_and_mypy(tmp_path: Path) -> None:
    folder = tmp_path / "My Chat!"
    shown = init(folder)
    assert shown.startswith("wrote  partykit.json  ")
    assert json.loads((folder / "partykit.json").read_text()) == {"name": "my-chat", "main": "party.py"}
    with served(folder) as (_, url, _):
        assert httpx.get(f"{url}/party/a-room").text == "0 lines in a-room"
    assert "1 passed" in python(folder, "pytest", "-W", "error", "-p", "no:cacheprovider", "test_party.py")
    cache = tmp_path / "cache"
    if (ROOT / ".mypy_cache").exists():  # it has what is imported, where `make types` has just run
        shutil.copytree(ROOT / ".mypy_cache", cache)
    sources = os.pathsep.join(str(ROOT / name) for name in ("runtime", "compat", "codemods"))
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = true\nmypy_path = {sources}\n")
    options = ("--config-file", str(tmp_path / "mypy.ini"), "--cache-dir", str(cache))
    assert "no issues found in 2 source files" in python(folder, "mypy", *options, ".")


def test_it_says_what_to_run_next_and_can_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert init(tmp_path / "new").splitlines()[-4:] == [
        "next:",
        f"  cd {tmp_path / 'new'}",
        f"  {'python -m pytest test_party.py':<{len(str(tmp_path)) + 7}}  run the test",
        f"  {'pkcompat serve --reload':<{len(str(tmp_path)) + 7}}  serve it, and again after each change",
    ]
    before = contents(tmp_path)
    monkeypatch.chdir(tmp_path / "new")
    lines = init(Path()).splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["kept", "partykit.json"], ["kept", "test_party.py"]]
    assert not any(line.startswith("  cd") for line in lines)
    assert contents(tmp_path) == before


def test_parties_that_are_there_are_named_and_tested(tmp_path: Path) -> None:
    files = {
        "server.py": CLASS.format("Chat"),
        "games/chess.py": OBJECT.format("default"),
        "games/cards.py": OBJECT.format("poker") + "whist = {'onConnect': on_connect}\n",
        "tests/test_old.py": OBJECT.format("stand_in"),
        "broken.py": "def",
        "locked.py": LOCKED,
        "failing.py": FAILING,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    shown = init(tmp_path)
    assert "pkcompat migrate . --diff" in shown
    assert "warning" not in shown
    config = json.loads((tmp_path / "partykit.json").read_text())
    assert config["main"] == "server.py"
    assert config["parties"] == {
        "poker": "games/cards.py:poker",
        "whist": "games/cards.py:whist",
        "chess": "games/chess.py",
        "locked": "locked.py",
        "failing": "failing.py",
    }
    assert contents(tmp_path).items() >= files.items()
    assert not (tmp_path / "party.py").exists()
    shown = python(tmp_path, "pytest", "-W", "error", "test_parties.py", status=1)
    assert "1 failed, 5 passed" in shown
    assert "FAILED test_parties.py::test_a_client_comes_in_or_is_refused[failing.py]" in shown


def test_a_partykit_json_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "partykit.json5").write_text(
        "{main: 'chat.py', parties: {old: 'src/old.ts'}, vars: {KEY: 'é'}}"
    )
    (tmp_path / "chat.py").write_text(CLASS.format("Chat"))
    shown = init(tmp_path)
    assert (
        "warning: partykit.json5: the party old is src/old.ts, which is no Python file that is there" in shown
    )
    assert sorted(contents(tmp_path)) == ["chat.py", "partykit.json5", "test_parties.py"]
    assert "env={'KEY': 'é'}" in (tmp_path / "test_parties.py").read_text()


def test_a_partykit_json_without_parties_is_left_to_its_owner(tmp_path: Path) -> None:
    (tmp_path / "partykit.json").write_text('{"name": "x"}')
    assert 'names no party, and is left as it is; add it by hand: "main": "party.py"' in init(tmp_path)
    assert (tmp_path / "partykit.json").read_text() == '{"name": "x"}'
    assert (tmp_path / "party.py").exists()


def test_parties_of_which_none_is_main_are_said_to_have_none(tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.py").write_text(CLASS.format("Chat"))
    assert "warning: no party is main" in init(tmp_path)
    config = json.loads((tmp_path / "partykit.json").read_text())
    assert config["parties"] == {"ada": "ada.py", "bob": "bob.py"}
    assert "main" not in config


def test_what_cannot_be_begun_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is no folder; name one, or a new one" in init(tmp_path / "file", status=2)
    assert "Not a directory" in init(tmp_path / "file" / "in it", status=2)
    assert "File name too long" in init(tmp_path / ("n" * 300), status=2)
    (tmp_path / "partykit.json").write_text("{")
    assert "partykit.json: line 1" in init(tmp_path, status=2)
    assert not (tmp_path / "party.py").exists()

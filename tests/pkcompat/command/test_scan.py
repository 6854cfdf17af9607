"""`pkcompat scan`: table, findings, summary, JSON, exclusions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pkcompat.command.app import app

PARTIES = """\
from types import SimpleNamespace

def on_connect(connection, room):
    room.broadcast("hi")

def on_request(request, room):
    return None

chat = {"onConnect": on_connect, "onRequest": on_request}
lobby = SimpleNamespace(onRequest=on_request)
"""
DYNAMIC = """\
from handlers import base, on_connect

default = {**base, "onConnect": on_connect}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dynamic.py").write_text(DYNAMIC)
    (tmp_path / "parties.py").write_text(PARTIES)
    (tmp_path / "plain.py").write_text("x = 1\n")
    return tmp_path


def scan(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scan", *arguments], catch_exceptions=False)


def rows(output: str) -> list[list[str]]:
    return [line.split() for line in output.splitlines()]


def test_a_table_of_parties_then_findings_then_a_summary() -> None:
    done = scan(".")
    assert done.exit_code == 0
    lines = rows(done.output)
    assert ["module", "party", "form", "handlers", "outcome"] in lines
    assert ["parties.py", "chat", "dict", "on_connect,", "on_request", "rewritten"] in lines
    assert ["parties.py", "lobby", "namespace", "on_request", "rewritten"] in lines
    assert ["dynamic.py", "default", "dict", "on_connect", "wrapped"] in lines
    assert "  dynamic.py:3:" in done.output
    assert done.output.endswith("3 parties in the object form in 2 modules: 2 rewritten, 1 wrapped.\n")
    assert Path("parties.py").read_text() == PARTIES


def test_no_handlers_name_is_broken_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("on_before_connect", "on_before_request", "on_connect", "on_message", "on_request")
    entries = ", ".join(f"{name}=f" for name in names)
    head = "from partykit.server import PartyKitServer\n\n\ndef f():\n    pass\n\n\n"
    Path("parties_of_the_office.py").write_text(f"{head}default = PartyKitServer({entries})\n")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    table = scan(".").output
    for name in names:
        assert name in table
    assert "on_before_connect," in table


def test_without_parties() -> None:
    assert scan("plain.py").output == "No parties in the object form.\n"


def test_json() -> None:
    done = scan("--format", "json", ".")
    files = {file["path"]: file for file in json.loads(done.stdout)["files"]}
    assert list(files) == ["dynamic.py", "parties.py"]
    chat, lobby = files["parties.py"]["parties"]
    assert chat["handlers"] == ["on_connect", "on_request"]
    assert lobby["form"] == "namespace"
    assert files["dynamic.py"]["parties"][0]["findings"][0]["code"].startswith("PK1")


def test_a_bad_file_is_told_and_the_others_are_scanned() -> None:
    Path("bad.py").write_text("def f(:\n")
    done = scan(".")
    assert done.exit_code == 2
    assert "error      bad.py:1: " in done.output
    assert "3 parties in the object form in 2 modules" in done.output
    assert "; 1 file could not be processed.\n" in done.output


def test_what_is_excluded_is_not_scanned() -> None:
    assert scan(".", "--exclude", "parties.py", "--exclude", "dynamic.py").output == (
        "No parties in the object form.\n"
    )

"""`pkcompat watch`: playing a script, and again when a file changes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.pkcompat.command.serve_command import served, stopped
from tests.pkcompat.watched_in_tests import CLASS, PATIENCE, write_forms
from typer.testing import CliRunner

from pkcompat.command.app import app
from pkcompat.serving.server import listen

STEPS = [
    {"op": "connect", "client": "a", "path": "/parties/chat/r?_pk=a"},
    {"op": "send", "client": "a", "text": "ab"},
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_forms(tmp_path)
    (tmp_path / "traffic.json").write_text(json.dumps({"party": "chat", "steps": STEPS}))
    return tmp_path


@contextmanager
def news_of(url: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What a page is told."""
    with httpx.stream("GET", f"{url}/news", timeout=PATIENCE) as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        yield (json.loads(line.removeprefix("data: ")) for line in lines)


def until_said(news: Iterator[dict[str, Any]], text: str) -> dict[str, Any]:
    return next(told for told in news if any(text in said for said in told["said"]))


def ask(url: str, path: str, body: object = None) -> None:
    assert httpx.post(f"{url}{path}", json=body or {}).status_code == 202


def test_a_script_is_played_and_played_again_when_a_file_changes(project: Path) -> None:
    arguments = ["old.py", "new.py", "--traffic", "traffic.json", "--quiet-time", "0.1"]
    with served(project, *arguments, command="watch") as (process, url, lines):
        assert lines[1:3] == ["  old  old.py", "  new  new.py"]
        assert httpx.get(url).text.startswith("<!doctype html>")
        assert httpx.get(url, headers={"host": "evil.example"}).status_code == 403
        with news_of(url) as news:
            until_said(news, "Both forms are running.")
            ask(url, "/play")
            assert until_said(news, "Step 2 differs: what a receives.")["differing"] == [2]
            assert httpx.get(f"{url}/traffic.json").json() == {"party": "chat", "steps": STEPS}
            (project / "new.py").write_text(CLASS.replace("title", "upper"))
            until_said(news, "new.py changed; both forms restart.")
            assert until_said(news, "Step 2 is the same in both forms.")["differing"] == []
            (project / "new.py").write_text("raise RuntimeError('broken')")
            assert "broken" in until_said(news, "The forms are not running: ")["problem"]
            out, errors = stopped(process)  # while a page is open
            assert list(news) == []
    assert "new.py changed; restarting" in out
    assert "RuntimeError: broken" in errors
    assert "waiting for a change" in errors


def test_without_a_second_target_it_is_what_the_codemod_makes_anew_each_time(project: Path) -> None:
    with served(project, "old.py", "--ignore", "[0-9]+", command="watch") as (process, url, lines):
        assert lines[2:4] == [
            "  new  old.py as the codemod makes it (rewritten)",
            "  not compared: what matches [0-9]+",
        ]
        with news_of(url) as news:
            until_said(news, "Both forms are running.")
            ask(url, "/steps", {"op": "connect", "client": "a", "path": "/party/r"})
            until_said(news, "Step 1 is the same")
            code = (project / "old.py").read_text()
            (project / "old.py").write_text(code.replace('"hello"', '"changed"'))
            until_said(news, "Both forms are running. 1 step is played again.")
            told = until_said(news, "Step 1 is the same")
            assert told["steps"][0]["html"].count("changed") == 2
        _, errors = stopped(process, signal.SIGTERM)
        assert errors == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.py"], "none.py: no such file"),
        (["old.py", "none.py"], "none.py: no such file"),
        (["old.py", "--traffic", "none.json"], "none.json: No such file"),
        (["old.py", "--ignore", "("], "'(' is not a regular expression"),
        (["old.py", "--party", "x"], "'x' is not NAME=TARGET"),
        (["old.py", "--port", "{taken}"], "is in use; stop what listens there"),
    ],
)
def test_what_cannot_be_watched(project: Path, arguments: list[str], message: str) -> None:
    with listen() as listener:
        taken = str(listener.getsockname()[1])
        given = [argument.format(taken=taken) for argument in arguments]
        result = CliRunner().invoke(app, ["watch", *given])
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert "Traceback" not in result.output

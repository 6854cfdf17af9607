"""Output of `pkcompat serve`: start, reloads, end, log records."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from rich.console import Console

from pkcompat.command.serve_output import ConsoleHandler, show_change, show_end, show_start
from pkcompat.project.hosting import HostPlan, load_parties
from pkcompat.project.partykit_json import StaticFolder
from pkcompat.serving.plan import ServePlan
from pkcompat.serving.server import Address


def test_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pkcompat.serving.server._outside_address", lambda: "192.0.2.7")
    (tmp_path / "two.py").write_text(
        "from partyserver import PartyServer\nclass Chat(PartyServer): pass\nlobby = {'onConnect': print}\n"
    )
    hosting = HostPlan(
        {"main": "two.py:Chat", "lobby": "two.py:lobby"},
        crons={"tick": "*/5 * * * *"},
        static=StaticFolder("public"),
        debug=True,
    )
    plan = ServePlan(hosting, 80, tmp_path / ".pkcompat/storage.sqlite3", (tmp_path / ".env",), ())
    show_start(Address("0.0.0.0", 80), load_parties(hosting), plan, admin=Address("::1", 9090))
    assert capsys.readouterr().out.splitlines() == [
        "pkcompat serves at http://127.0.0.1:80 and http://192.0.2.7:80",
        "party  form    from          rooms at",
        "main   class   two.py:Chat   http://127.0.0.1:80/party/<room>",
        "lobby  object  two.py:lobby  http://127.0.0.1:80/parties/lobby/<room>",
        "cron tick */5 * * * * (UTC): http://127.0.0.1:80/__scheduled__?cron=tick",
        "static files from public",
        "variables from .env",
        "storage in .pkcompat/storage.sqlite3",
        "admin page at http://[::1]:9090/",
        "--debug: clients are sent the messages of unexpected exceptions",
        "Ctrl-C stops it.",
    ]


def test_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    show_change([str(tmp_path / f"{letter}.py") for letter in "abcde"])
    show_change([str(tmp_path / "inner/a.py")])
    assert capsys.readouterr().out.splitlines() == [
        "a.py, b.py, c.py and 2 more changed; restarting",
        "inner/a.py changed; restarting",
    ]


def test_the_end_of_a_process(capsys: pytest.CaptureFixture[str]) -> None:
    show_end(2)
    show_end(-9)
    assert capsys.readouterr().err.splitlines() == [
        "the server ended (exit status 2)",
        "the server ended (signal 9)",
    ]


def test_log_records_are_lines_with_the_time_of_day(capsys: pytest.CaptureFixture[str]) -> None:
    handler = ConsoleHandler(Console(width=1_000))
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "careful\n", (), None)
    handler.handle(record)
    clock, message = capsys.readouterr().out.rstrip("\n").split(" ", 1)
    assert len(clock.split(":")) == 3
    assert message == "careful"

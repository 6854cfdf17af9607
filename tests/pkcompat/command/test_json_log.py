"""Logging as JSON: each record is one object a line, with the room that it is about."""

from __future__ import annotations

import io
import json
import logging
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner
from websockets.sync.client import connect

from pkcompat.command.app import app
from pkcompat.command.json_log import json_handler, log_shadow
from pkcompat.shadow import ShadowReport

PARTY = """
import logging

from partyserver import PartyServer, Response

logger = logging.getLogger("my.party")


class Chat(PartyServer):
    def on_request(self, request):
        logger.warning("asked\\nfor %s", request.method, extra={"cost": 3})
        return Response("ok")

    async def on_message(self, message, sender):
        raise ValueError("no such message")
"""


def written(record: logging.LogRecord) -> dict[str, Any]:
    text = io.StringIO()
    json_handler(text).handle(record)
    (line,) = text.getvalue().splitlines()
    return dict(json.loads(line))


def record(text: str, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("x.y", logging.WARNING, "x.py", 1, text, (), more.pop("exc_info", None))
    made.__dict__ |= more
    return made


def test_the_fields() -> None:
    found = written(record("one\ntwo \x1b[31m \ud800 ü", cost=3))
    time = datetime.fromisoformat(found.pop("time"))
    assert datetime.now(UTC) - time < timedelta(minutes=1)
    assert found == {"level": "WARNING", "logger": "x.y", "message": "one\ntwo \x1b[31m \ud800 ü", "cost": 3}


def test_an_exception_brings_its_traceback() -> None:
    try:
        raise LookupError("gone")
    except LookupError:
        found = written(record("failed", exc_info=sys.exc_info()))
    assert found["exception"].startswith("Traceback ")
    assert found["exception"].endswith("LookupError: gone")


def test_what_cannot_be_json_is_text() -> None:
    assert written(record("x", extra_thing={1, 2}))["extra_thing"]


def test_a_shadow_that_cannot_run_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_shadow(ShadowReport(state="cannot run", problem="no memory"))
    log_shadow(ShadowReport(rooms=2, differences=1))
    assert [each.levelname for each in caplog.records] == ["ERROR", "INFO"]
    assert caplog.records[0].getMessage() == "the shadow could not run: no memory"
    assert caplog.records[1].__dict__["differences"] == 1


def test_every_line_of_a_host_is_an_object(tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(PARTY)
    command = [sys.executable, "-m", "pkcompat", "serve", "chat.py", "--port", "0", "--log-format", "json"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        start = json.loads(process.stderr.readline())
        (url,) = start["urls"]
        assert httpx.get(f"{url}/party/den?x=1", trust_env=False).text == "ok"
        with connect(f"{url.replace('http', 'ws')}/party/den") as client:
            client.send("hello")
            client.ping().wait(10)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"")
    assert (start["message"], start["storage"]) == ("pkcompat serves", ".pkcompat/storage.sqlite3")
    assert start["parties"] == {"main": {"form": "class", "from": "chat.py"}}
    lines = [json.loads(line) for line in errors.splitlines()]
    asked = next(line for line in lines if line["logger"] == "my.party")
    assert (asked["message"], asked["party"], asked["room"], asked["cost"]) == (
        "asked\nfor GET",
        "main",
        "den",
        3,
    )
    request = next(line for line in lines if line.get("status"))
    assert (request["method"], request["path"], request["status"]) == ("GET", "/party/den?x=1", 200)
    failed = next(line for line in lines if line["level"] == "ERROR")
    assert (failed["party"], failed["room"], failed["handler"]) == ("main", "den", "on_message")
    assert failed["exception"].endswith("ValueError: no such message")


@pytest.mark.parametrize("other", [["--reload"], ["--cluster", "dev"]])
def test_what_it_does_not_go_with(other: list[str]) -> None:
    result = CliRunner().invoke(app, ["serve", "--log-format", "json", *other])
    assert result.exit_code == 2
    assert "does not go with" in result.output

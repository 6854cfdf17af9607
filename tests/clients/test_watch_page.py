"""The page of `pkcompat watch` and the report of `pkcompat verify --html`, in Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conftest import CHROMIUM, migrate, needs_chromium, screenshots
from tests.clients.processes import CLIENTS, NodeScript, ServedProject, run_script

CHAT = CLIENTS.parents[1] / "examples" / "demo"

pytestmark = needs_chromium


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The chat of the examples, `right.py`, which behaves the same, and `wrong.py`, which does not."""
    shutil.copy(CHAT / "chat.py", tmp_path / "right.py")
    migrate(tmp_path, rewritten=1)
    shutil.copy(CHAT / "chat.py", tmp_path)
    write_wrong(tmp_path)
    return tmp_path


def write_wrong(project: Path) -> None:
    code = (project / "right.py").read_text()
    (project / "wrong.py").write_text(code.replace("whispers:", "whispered:"))


def verify(project: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "pkcompat", "verify", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, timeout=120, check=False).returncode


@contextmanager
def watch(project: Path, *arguments: str) -> Iterator[ServedProject]:
    """`pkcompat watch`, which ends with the context, whatever happens."""
    watched = ServedProject(project, [sys.executable, "-m", "pkcompat", "watch", *arguments])
    try:
        yield watched
    finally:
        watched.kill()


def test_watching_without_a_mouse(project: Path) -> None:
    found = project / "found.json"
    with (
        watch(project, "chat.py", "wrong.py") as watched,
        NodeScript(
            "watch_page.mjs", host=watched.host, chromium=CHROMIUM, download=str(found), **screenshots()
        ) as script,
    ):
        assert script.event("opened") == {
            "event": "opened",
            "skip": "Skip to the steps",
            "at": True,
            "title": "chat.py: pkcompat watch",
        }
        assert script.event("found") == {
            "event": "found",
            "heading": "✗\ndiffers:\n3\nada sends “/to ben <script>alert(1)</script>U+202E”",
            "row": "ben differs",
            "cells": [
                "ada whispers: <script>alert(1)</script>U+202E",
                "ada whispered: <script>alert(1)</script>U+202E",
            ],
            "marked": ["s", "ed"],
            "summary": "✗ 3 steps; the forms differ at 3",
            "clients": ["ada connected", "ben connected"],
            "live": "polite",
            "title": "✗ chat.py: pkcompat watch",
        }
        assert script.event("followed")["hash"] == "#step-3"
        assert script.event("filtered")["steps"] == ["step-3"]
        left = script.event("left and came back")
        assert left["refused"] == "this (close): `code` is 1005, which no close frame may carry"
        assert left["heading"].endswith("ada closes with 4000")
        assert left["again"].endswith("ada connects to /party/tea?name=ada&_pk=ada")
        assert script.event("saved")["steps"] == 5
        assert verify(project, "chat.py", "wrong.py", "--traffic", str(found)) == 1
        assert verify(project, "chat.py", "right.py", "--traffic", str(found)) == 0

        shutil.copy(project / "right.py", project / "wrong.py")
        script.go_on()
        again = script.event("played again")
        assert (again["summary"], again["differing"]) == ("✓ 5 steps, all alike", 0)

        (project / "wrong.py").write_text("raise RuntimeError('<b>broken</b>')")
        script.go_on()
        assert "RuntimeError: <b>broken</b>" in script.event("broken")["problem"]
        looked = script.event("looked at")
        [problem] = looked.pop("problems")  # the step that was refused
        assert "status of 422" in problem
        assert looked == {"event": "looked at", "blocks": [], "unseen": [], "outsiders": []}
        watched.stop()
        script.go_on()
        script.event("ended")
        script.events()


def read(project: Path, name: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """What the comparison exits with, and what Chromium shows of its report."""
    file = project / f"{name}.html"
    status = verify(project, *arguments, "--html", str(file))
    [shown] = run_script(
        "report_page.mjs", url=file.as_uri(), where=f"report {name}", chromium=CHROMIUM, **screenshots()
    )
    assert shown["blocks"] == []
    assert shown["problems"] == []
    assert shown["requests"] == [file.as_uri()]
    return status, shown


def test_a_report_with_a_recording(project: Path) -> None:
    traffic = str(CHAT / "traffic/chat.json")
    status, shown = read(project, "recording", "chat.py", "wrong.py", "--traffic", traffic)
    assert status == 1
    assert shown["title"] == "✗ chat: object form and class form differ"
    assert shown["headings"] == ["What differs", "Step by step"]
    assert shown["steps"] == [f"step-{number}" for number in range(1, 15)]
    assert shown["filtered"] == ["step-5"]
    assert shown["marked"] == ["s", "s", "ed"]


def test_a_report_of_generated_traffic(project: Path) -> None:
    status, shown = read(project, "generated", "chat.py", "right.py", "--budget", "10")
    assert status == 0
    assert shown["verdict"] == "✓\nobject form and class form agree under generated traffic"
    assert shown["headings"] == ["Lines that ran"]
    assert shown["steps"] == []
    assert all(line.strip() for line in shown["missed"])


def test_a_traffic_file_and_the_other_forms(project: Path) -> None:
    steps = [
        {"op": "connect", "client": "ada", "path": "/party/tea?_pk=ada&name=ada"},
        {"op": "connect", "client": "ben", "path": "/party/tea?_pk=ben&name=ben"},
        {"op": "burst", "sends": [["ada", "hi"], ["ben", "hi"]]},
        {"op": "drop", "client": "ada"},
    ]
    (project / "traffic.json").write_text(json.dumps({"steps": steps}))
    with watch(project, "chat.py", "--traffic", "traffic.json") as watched:
        played, requested, sent, waited, cleared = run_script(
            "watch_forms.mjs", host=watched.host, chromium=CHROMIUM
        )
    next_step = "Next: ada connects to /party/tea?_pk=ada&name=ada and 3 more"
    assert (played["next"], played["steps"]) == (next_step, 4)
    assert requested["refused"] == "a header must be name: value, is no colon"
    assert requested["error"] == ""
    assert requested["step"] == 'POST /party/tea/x?y=1 (x-a: 1, x-b: 2) with “{"a": 1}”'
    assert sent["noJson"]
    assert sent["step"] == "ben sends 2 bytes AP8="
    assert waited["step"] == "0.2 s pass"
    assert "TypeError" in waited["output"]  # the chat understands texts alone
    assert (cleared["steps"], cleared["next"]) == (0, next_step)
    assert ["409" in problem for problem in cleared["problems"]] == [True]  # ada was not there

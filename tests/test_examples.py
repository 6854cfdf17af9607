"""`make demo` as a whole, and the whiteboard in both forms."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.pkcompat.command.serve_command import served, stopped
from websockets.sync.client import connect

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
WHITEBOARD = EXAMPLES / "whiteboard"
APPLICATIONS = ROOT / "fixtures" / "applications"


def test_the_demo_shows_that_both_forms_agree(capfd: pytest.CaptureFixture[str]) -> None:
    status = runpy.run_path(str(EXAMPLES / "demo.py"))["main"]()
    out, errors = capfd.readouterr()
    assert status == 0, out + errors
    assert out.count("object form and class form agree, and with the recording.") == 2
    assert "2 files changed (2 rewritten)." in out
    assert "No files would change, 2 left as they are." in out


@pytest.fixture(params=["object_form", "class_form"])
def whiteboard(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The example, whose party is the fixture in the same form."""
    folder = tmp_path / "whiteboard"
    shutil.copytree(WHITEBOARD, folder, ignore=shutil.ignore_patterns("__pycache__", ".pkcompat"))
    if request.param == "class_form":
        command = [sys.executable, "-m", "pkcompat", "migrate", "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert "(1 rewritten)" in done.stdout, done.stdout + done.stderr
    fixture = APPLICATIONS / str(request.param) / "whiteboard.py"
    assert (folder / "whiteboard.py").read_text() == fixture.read_text()
    return folder


def test_the_whiteboard_serves_its_page_and_its_party(whiteboard: Path) -> None:
    stroke = {"by": "ada", "color": "red", "points": [[1, 2], [3, 4]]}
    with served(whiteboard) as (process, url, _):
        page = httpx.get(url).text
        files = re.findall(r'(?:src|href)="(\w[\w.]+)"', page)
        assert files == ["style.css", "page.js"]
        for file in whiteboard.joinpath("public").iterdir():
            assert httpx.get(f"{url}/{file.name}").text == file.read_text()

        party = url.replace("http", "ws") + "/party/main"
        with connect(f"{party}?_pk=ada") as ada, connect(f"{party}?_pk=ben") as ben:
            boards = [json.loads(socket.recv(10)) for socket in (ada, ben)]
            assert boards == [{"type": "board", "strokes": []}] * 2
            ada.send("draw red 1,2 3,4")
            assert ada.recv(10) == "drawn 0"
            assert json.loads(ben.recv(10)) == {"type": "stroke", "number": 0, **stroke}
        assert httpx.get(f"{url}/party/main").json()["strokes"] == [stroke]
        stopped(process)

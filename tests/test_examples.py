"""`make demo` as a whole; the five examples: both forms are one party, and their pages are served."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.mirror import ROOT
from tests.pkcompat.command.serve_command import served, stopped
from websockets.sync.client import connect

from pkcodemods import Settings, migrate_source
from pkcompat.verify import GenerationPlan, verify_generated

EXAMPLES = ROOT / "examples"
NAMES = ("chat", "cursors", "poll", "webhook", "whiteboard")


def test_the_demo_shows_that_both_forms_agree(capfd: pytest.CaptureFixture[str]) -> None:
    status = runpy.run_path(str(EXAMPLES / "demo.py"))["main"]()
    out, errors = capfd.readouterr()
    assert status == 0, out + errors
    assert out.count("object form and class form agree, and with the recording.") == 2
    assert "2 files changed (2 rewritten)." in out
    assert "No files would change, 2 left as they are." in out


@pytest.mark.parametrize("name", NAMES)
def test_the_class_form_is_what_the_codemod_makes_of_the_object_form(name: str) -> None:
    source = (EXAMPLES / name / f"{name}_object.py").read_text(encoding="utf-8")
    result = migrate_source(source, path=f"{name}.py", settings=Settings(line_length=110))
    assert result.code == (EXAMPLES / name / f"{name}.py").read_text(encoding="utf-8")
    assert "pkcompat" not in result.code


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_behave_the_same(name: str) -> None:
    targets = (str(EXAMPLES / name / f"{name}{suffix}.py") for suffix in ("_object", ""))
    assert verify_generated(GenerationPlan(*targets, budget=25)).agrees


@pytest.mark.parametrize("name", NAMES)
def test_it_serves_its_page_and_both_forms(name: str, tmp_path: Path) -> None:
    for part in (name, "pages"):
        ignored = shutil.ignore_patterns("__pycache__", ".pkcompat")
        shutil.copytree(EXAMPLES / part, tmp_path / part, ignore=ignored)
    with served(tmp_path / name) as (process, url, _):
        pages = tmp_path / "pages"
        page = httpx.get(f"{url}/{name}/")
        assert page.text == (pages / name / "index.html").read_text()
        files = re.findall(r'(?:src|href)="([\w./]+)"', page.text)
        assert len(files) == 2
        scripts = (pages / name / "page.js").read_text()
        files += [
            *re.findall(r'from "([\w./]+)"', scripts),
            "../partysocket/ws.js",
            "../partysocket/LICENSE.txt",
        ]
        for file in files:
            assert httpx.get(f"{url}/{name}/{file}").text == (pages / name / file).read_text()
        others = [other for other in NAMES if other != name]
        assert {httpx.get(f"{url}/{other}/").status_code for other in others} == {404}
        for party in ("main", "object"):
            address = f"{url.replace('http', 'ws')}/parties/{party}/room?name=ada"
            with connect(address) as client:
                assert "type" in json.loads(client.recv(10))
        stopped(process)


def test_make_example_serves_the_one_that_is_named() -> None:
    command = ["make", "--dry-run", "example", "NAME=cursors", "PORT=2000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "cd examples/cursors" in done.stdout
    assert "serve --port 2000" in done.stdout
    done = subprocess.run([*command[:2], "example", "NAME=tetris"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "NAME is one of: chat cursors poll webhook whiteboard" in done.stderr

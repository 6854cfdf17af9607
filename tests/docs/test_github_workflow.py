"""The workflow that the docs offer: its steps run here, as far as they are commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from tests.docs.walk import File, steps
from tests.mirror import ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load(
    (ROOT / "docs" / "deploy" / "github-workflow.yaml").read_text(encoding="utf-8")
)
JOB = WORKFLOW["jobs"]["parties"]
COMMANDS = {step["name"]: step["run"] for step in JOB["steps"] if "run" in step}
MIGRATED = "from partyserver import PartyServer\n\n\nclass Chat(PartyServer):\n    pass\n"
TEST = "from chat import Chat\n\n\ndef test_it() -> None:\n    assert Chat\n"


def run(name: str, folder: Path) -> int:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # as the runner does it: https://docs.github.com/actions, `bash -e {0}`
    done = subprocess.run(
        ["bash", "-e", "-c", COMMANDS[name]], cwd=folder, env={**os.environ, "PATH": path}, timeout=60
    )
    return done.returncode


def test_a_project_that_is_migrated_passes(tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(MIGRATED)
    (tmp_path / "test_chat.py").write_text(TEST)
    assert [run(name, tmp_path) for name in list(COMMANDS)[1:]] == [0, 0]
    assert json.loads((tmp_path / "pkcompat.sarif").read_text())["runs"][0]["results"] == []


def test_a_party_in_the_object_form_fails_and_is_in_the_file_for_the_upload(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guides" / "migrate-in-ci.md").read_text(encoding="utf-8")
    chat = next(step for step in steps(page) if isinstance(step, File))
    (tmp_path / "chat.py").write_text(chat.text.replace("onMessage", "onMesage"))
    assert run("Look for parties in the object form", tmp_path) == 0, "a slip stays as it is"
    (tmp_path / "chat.py").write_text(chat.text)
    assert run("Look for parties in the object form", tmp_path) == 1
    assert json.loads((tmp_path / "pkcompat.sarif").read_text())["version"] == "2.1.0"


def test_what_it_asks_of_github() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert JOB["permissions"] == {"contents": "read", "security-events": "write"}
    used = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert all("@v" in each for each in used)
    upload = JOB["steps"][-1]
    assert upload["with"]["sarif_file"] in COMMANDS["Look for parties in the object form"]
    assert upload["if"].startswith("always()"), "findings are uploaded although the check has failed"


def test_the_version_is_the_projects() -> None:
    assert f"pkcompat-{_version()}-" in WORKFLOW["env"]["PKCOMPAT"]


def _version() -> str:
    from importlib.metadata import version

    return version("pkcompat")

"""Small projects as people have them, with tests of their own, which pass before and after a migration.

`make projects` holds all of them to all commands; by default most of them are only migrated and tested.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.differential.tested_projects import ProjectTests
from typer.testing import CliRunner

from pkcompat.command.app import app

PROJECTS = Path(__file__).parents[2] / "fixtures" / "projects"
NAMES = sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())
IS_LONG = "PROJECTS" in os.environ  # make projects
CLOSELY = NAMES if IS_LONG else ["package_counter"]
STAND_INS = "its tests call handlers with rooms of their own, which have the old names"
RESIDUE = {
    "conftest_fakes": STAND_INS,
    "package_counter": STAND_INS,
    "star_types": "its module of types hands on `PartyKitServer`, though nobody reads that any more",
}
"""Why projects are not rewritten as a whole."""
NOT_REACHED = {"alarms"}
"""A reminder is a moment in milliseconds and a text, which generated traffic does not come upon."""


def folders(project: Path) -> Iterator[Path]:
    """The project, or those that it consists of."""
    return (path.parent for path in sorted(project.rglob("partykit.json")))


def sources(project: Path) -> dict[str, bytes]:
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in project.rglob("*.py")}


def command(*arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def tests() -> Iterator[ProjectTests]:
    with ProjectTests() as tests:
        yield tests


def check_tests_pass(tests: ProjectTests, folder: Path, changed: list[Path]) -> None:
    inside = [path.relative_to(folder).with_suffix("") for path in changed if path.is_relative_to(folder)]
    modules = [".".join(part for part in path.parts if part not in ("src", "__init__")) for path in inside]
    passes, output = tests.run(folder, modules)
    assert passes, output


@pytest.fixture
def project(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = shutil.copytree(PROJECTS / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_its_tests_pass_after_it(name: str, project: Path, tests: ProjectTests) -> None:
    before = sources(project)
    document = json.loads(command("migrate", ".", "--format", "json", "--no-cache").stdout)
    outcomes = {file["outcome"] for file in document["files"]} - {"untouched"}
    assert outcomes - {"rewritten"} == ({"residue"} if name in RESIDUE else set())
    assert command("migrate", ".", "--check", "--no-cache").exit_code == 0
    changed = [project / path for path, data in sources(project).items() if before[path] != data]
    for folder in folders(project):
        check_tests_pass(tests, folder, changed)


@pytest.mark.parametrize("name", CLOSELY)
def test_its_tests_pass_whichever_files_are_named(name: str, project: Path, tests: ProjectTests) -> None:
    for path in sorted(sources(project)):
        assert command("migrate", path, "--no-cache").exit_code == 0
    for folder in folders(project):
        check_tests_pass(tests, folder, [])
    assert command("migrate", *sorted(sources(project)), "--no-cache").exit_code == 0
    assert command("migrate", ".", "--check", "--no-cache").exit_code == 0
    for folder in folders(project):
        check_tests_pass(tests, folder, [])


@pytest.mark.parametrize("name", CLOSELY)
def test_both_forms_behave_the_same(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in folders(project):
        monkeypatch.chdir(folder)
        config = json.loads((folder / "partykit.json").read_text())
        for target in (config["main"], *config.get("parties", {}).values()):
            budget = () if IS_LONG else ("--budget", "8")
            done = command("verify", target, *budget)
            assert done.exit_code == 0, done.output
            assert "never ran" not in done.output or name in NOT_REACHED or not IS_LONG, done.output


@pytest.mark.skipif(not IS_LONG, reason="make projects")
@pytest.mark.parametrize("name", NAMES)
def test_it_is_found_and_served_before_and_after(name: str, project: Path, tests: ProjectTests) -> None:
    for folder in folders(project):
        check_tests_pass(tests, folder, [])
    scanned = json.loads(command("scan", ".", "--format", "json").stdout)
    assert any(file["parties"] for file in scanned["files"])
    for _ in range(2):
        for folder in folders(project):
            served = subprocess.Popen(
                [sys.executable, "-m", "pkcompat", "serve", "--port", "0", "--storage", "memory"],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            assert served.stdout is not None
            told = ""
            while "Ctrl-C" not in told and (line := served.stdout.readline()):
                told += line
            served.send_signal(signal.SIGTERM)
            told += served.communicate(timeout=60)[0]
            assert (served.returncode, "Ctrl-C" in told) == (0, True), told
        command("migrate", ".", "--no-cache")

"""What the README shows is what happens, and what it links to is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from tests.mirror import ROOT

from pkcodemods import Settings, migrate_source
from pkcompat.command.app import app

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
OLD, NEW, APPLICATION = BLOCKS
COMMANDS = re.findall(r"^    (pkcompat [^#\n]*?) *(?:#.*)?$", README, re.MULTILINE)
READING_SPEED = 250
"""Words a minute, of technical text."""


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_tours_module_becomes_the_class_that_is_shown() -> None:
    width = Settings(line_length=110)  # as this project has it
    assert migrate_source(OLD, path="chat.py", settings=width).code == NEW


@pytest.mark.parametrize("block", BLOCKS, ids=["old", "new", "application"])
def test_every_program_runs(block: str, tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(OLD)
    (tmp_path / "program.py").write_text(block)
    done = run(["program.py"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_tours_commands_follow_each_other(tmp_path: Path) -> None:
    """All but `serve`, which ends when it is told to; `--budget` keeps the comparison short."""
    (tmp_path / "chat.py").write_text(OLD)
    serve, *others = COMMANDS
    assert serve == "pkcompat serve chat.py"
    for command in others:
        words = shlex.split(command)[1:]
        short = ["--budget", "5"] if "verify" in command else []
        done = run(["-m", "pkcompat", *words, *short], tmp_path)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert "class Chat(PartyServer)" in (tmp_path / "chat.py").read_text()


def test_the_commands_that_are_shown_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert {shlex.split(command)[1] for command in COMMANDS} <= set(commands)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:`|^    )make ([a-z-]+)", README, re.MULTILINE)) <= set(targets)


def test_what_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert len(links) > 15
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_a_newcomer_reads_it_in_three_minutes() -> None:
    """The prose, without tables that one looks things up in, and code."""
    prose = re.sub(r"```.*?```|^    .*$|^\|.*$|\]\([^)]*\)", "", README, flags=re.DOTALL | re.MULTILINE)
    assert len(prose.split()) < 3 * READING_SPEED

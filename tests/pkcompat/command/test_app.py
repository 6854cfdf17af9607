"""`pkcompat`: help, version, errors and exit statuses."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pkcompat.command.app import app

# What only the commands that need it may import.
HEAVY = ("libcst", "starlette", "uvicorn", "websockets", "httpx", "asyncio", "partyserver", "pkcodemods")


def pkcompat(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pkcompat", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_the_commands_and_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom pkcompat.command import main\nsys.argv = ['pkcompat', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('heavy:', sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    for command in ("explain", "migrate", "serve", "storage", "verify", "watch"):
        assert command in done.stdout
    assert "heavy: []" in done.stdout


def test_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"pkcompat {version('pkcompat')}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "nope.py"], "error: nope.py: no such file"),
        (["serve"], "error: nothing to serve: name a TARGET or --party NAME=TARGET"),
        (["verify", "a.py", "b.py", "--traffic", "nope.json"], "error: nope.json: No such file or directory"),
        (["migrate", "nope.py"], "nope.py: No such file or directory"),
    ],
)
def test_a_users_mistake_is_a_message_and_status_2(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    done = pkcompat(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments", [["srve"], ["serve", "--prot", "1"], ["verify"], ["watch"], ["migrate"]]
)
def test_wrong_use_is_status_2(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "Usage:" in done.output

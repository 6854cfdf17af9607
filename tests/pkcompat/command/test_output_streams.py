"""Terminals with few characters, closed and broken output streams."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from pkcompat.command.output_streams import show_any_character

PARTY = "def on_connect(connection, room):\n    pass\n\n\ndefault = {'onConnect': on_connect}\n"


@pytest.fixture
def party(tmp_path: Path) -> Path:
    path = tmp_path / "party.py"
    path.write_text(PARTY)
    return path


def shell(line: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What a line of a shell does, in which `pkcompat` is the command."""
    line = line.replace("pkcompat", f"{sys.executable} -m pkcompat")
    return subprocess.run(
        ["sh", "-c", line, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_terminal_that_lacks_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    show_any_character()
    print("grün", flush=True)
    assert written.getvalue() == b"gr?n\n"


@pytest.mark.parametrize("command", ["migrate --diff", "migrate --check --format json", "scan"])
def test_standard_output_is_closed(command: str, party: Path) -> None:
    done = shell(f'pkcompat {command} "$1" >&-', party)
    assert "Traceback" not in done.stderr
    assert done.returncode == ("--check" in command)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["migrate --diff", "migrate --check --format json", "scan", "--help"])
def test_standard_output_cannot_be_written(command: str, party: Path) -> None:
    done = shell(f'pkcompat {command} "$1" >/dev/full', party)
    assert "error: standard output cannot be written: No space left on device\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == 2


def test_who_reads_has_enough(party: Path) -> None:
    done = shell('pkcompat migrate "$1" | true', party)
    assert done.stderr == ""
    assert "class Server(PartyServer)" in party.read_text()

"""Exit statuses of commands that a signal ends, as docs/reference/exit-statuses.md has them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

PARTY = """\
def on_message(message, connection, room):
    room.broadcast(message)


default = {"onMessage": on_message}
"""
STANDS_STILL = """

import threading
from pathlib import Path

Path(__file__).with_name("ran").touch()
threading.Event().wait(50)
"""
"""What a comparison does not get past while it imports the party."""


@pytest.mark.parametrize(
    ("arguments", "by", "status"),
    [
        (("verify", "chat.py"), signal.SIGINT, 130),
        (("watch", "chat.py", "--port", "0"), signal.SIGTERM, 0),
        (("watch", "chat.py", "--port", "0"), signal.SIGINT, 0),
        (("serve", "chat.py", "--port", "0"), signal.SIGINT, 0),
    ],
)
def test_how_a_command_that_runs_ends(
    arguments: Sequence[str], by: signal.Signals, status: int, tmp_path: Path
) -> None:
    (tmp_path / "chat.py").write_text(PARTY + (STANDS_STILL if arguments[0] == "verify" else ""))
    command = [sys.executable, "-m", "pkcompat", *arguments]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        if arguments[0] == "verify":
            _wait_for(tmp_path / "ran", process)
        else:
            assert b" at http://" in process.stdout.readline()
        process.send_signal(by)
        process.communicate(timeout=60)
    assert process.returncode == status


def _wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not file.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)

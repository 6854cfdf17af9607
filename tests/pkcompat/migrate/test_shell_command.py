"""A command of the user's runs with all that it starts, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pkcompat.migrate.shell_command import ended_by_signals, run_command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")


def test_a_command_runs_in_its_folder_with_its_environment(tmp_path: Path) -> None:
    run = run_command('echo "$WORD"; pwd; echo bad >&2; cat', tmp_path, {**os.environ, "WORD": "hi"}, None)
    assert (run.status, run.passes) == (0, True)
    assert run.output == f"hi\n{os.path.realpath(tmp_path)}\nbad\n"


@pytest.mark.parametrize(
    ("command", "status"), [("exit 3", 3), ("kill -9 $$", -9), ("no-such-command-here", 127)]
)
def test_how_it_ended_is_told(tmp_path: Path, command: str, status: int) -> None:
    run = run_command(command, tmp_path, os.environ, None)
    assert (run.status, run.passes) == (status, False)


def test_only_the_end_of_a_long_output_is_kept(tmp_path: Path) -> None:
    run = run_command("yes begin | head -100000; echo end", tmp_path, os.environ, None)
    assert run.output.endswith("begin\nend\n")
    assert len(run.output) == 64 * 1024


@pytest.mark.parametrize("command", ["sleep 60", "trap '' TERM; sleep 60 & wait; wait"])
def test_it_is_ended_when_it_runs_out_of_time(tmp_path: Path, command: str) -> None:
    begun = time.monotonic()
    run = run_command(f"echo begun; {command}", tmp_path, os.environ, 0.3)
    assert (run.status, run.output) == (None, "begun\n")
    assert time.monotonic() - begun < 30


def test_what_it_leaves_running_is_ended_with_it(tmp_path: Path) -> None:
    run = run_command("sleep 300 & echo $!", tmp_path, os.environ, None)
    assert run.passes
    assert _is_gone(int(run.output))


def test_an_exception_ends_it(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_command("echo $$ > pid; sleep 300", tmp_path, os.environ, None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert _is_gone(int((tmp_path / "pid").read_text()))


def test_a_signal_that_ends_the_process_is_an_exception_within() -> None:
    with pytest.raises(SystemExit) as raised, ended_by_signals():
        signal.raise_signal(signal.SIGTERM)
    assert raised.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so() -> None:
    program = (
        "import signal; from pkcompat.migrate.shell_command import ended_by_signals\n"
        "with ended_by_signals(): signal.raise_signal(signal.SIGHUP)\nprint('here')"
    )
    command = f"trap '' HUP; exec '{sys.executable}' -c \"{program}\""
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("here\n", "")


def _is_gone(number: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(number, 0)
            state = Path(f"/proc/{number}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # nobody has asked for its status yet
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False

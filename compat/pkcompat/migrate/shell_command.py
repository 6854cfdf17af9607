"""Running a shell command of the user's, and ending all processes that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

_KEPT = 64 * 1024  # bytes at the end of the output
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
_PAUSE = 0.02  # seconds between looks at the process group
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # signals that by default end this process at once, and would leave the command running


@dataclass(frozen=True, slots=True)
class CommandRun:
    """The result of a command.

    Attributes:
        status: its exit status; negative for a signal that ended it; None if it timed out.
        output: the end of its output, from both streams.
        seconds: how long it ran.
    """

    status: int | None
    output: str
    seconds: float

    @property
    def passes(self) -> bool:
        """Whether it succeeded."""
        return self.status == 0


def run_command(command: str, folder: Path, env: Mapping[str, str], timeout: float | None) -> CommandRun:
    """Run a command through the shell, without standard input.

    The command has a process group of its own, which is ended with it, also when this call is interrupted: no
    process that it started survives, except for those that left the group.

    Args:
        command: the command line for the shell.
        folder: the working directory of the command.
        env: its environment.
        timeout: the time limit in seconds, if any.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile() as output:  # a pipe would be kept open by a daemon that the command starts
        process = subprocess.Popen(
            command,
            shell=True,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _end_group(process)
        return CommandRun(status, _end_of(output), time.monotonic() - begun)


def _end_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _KEPT))
    return output.read().decode(errors="replace")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End all processes of a command: with SIGTERM at first, with SIGKILL after a grace period."""
    if not hasattr(os, "killpg"):
        process.kill()
        process.wait()
        return
    try:
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(_PAUSE)
    except (ProcessLookupError, PermissionError):  # the group is empty, or has only zombies left (macOS)
        pass
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn signals that end the process into `SystemExit`, so that cleanup code runs.

    Raises:
        SystemExit: such a signal arrived.
    """
    before = {number: signal.getsignal(number) for number in _ENDING}
    ours = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the cleanup
    raise SystemExit(128 + number)

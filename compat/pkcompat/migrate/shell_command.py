"""Running a command of the user's through the shell, with all that it starts; its output's end is kept."""

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

_KEPT = 64 * 1024  # bytes at the end of an output
_GRACE = 2.0  # seconds to end by oneself
_PAUSE = 0.02
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # signals that would end this process, and leave the command behind


@dataclass(frozen=True, slots=True)
class CommandRun:
    """What running a command came to.

    Attributes:
        status: its exit status; negative for the signal that ended it; None where it ran out of time.
        output: the end of what it printed, to either stream.
        seconds: how long it ran.
    """

    status: int | None
    output: str
    seconds: float

    @property
    def passes(self) -> bool:
        """Whether it ended well."""
        return self.status == 0


def run_command(command: str, folder: Path, env: Mapping[str, str], timeout: float | None) -> CommandRun:
    """Run a command through the shell, without standard input.

    It has a process group of its own, which is ended with it, also by what interrupts this call: nothing that
    the command started outlives it, unless that left the group.

    Args:
        command: what the shell is given.
        folder: the current folder of the command.
        env: its environment.
        timeout: after how many seconds it is ended.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile() as output:  # not a pipe, which a daemon of the command's would keep open
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
    """End what is left of a command: first with a request, then for certain."""
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
    except (ProcessLookupError, PermissionError):  # all are gone, or only zombies of others are left
        pass
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a signal that ends the process do so with an exception, so that what was begun is cleaned up.

    Raises:
        SystemExit: there was such a signal.
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
    signal.signal(number, signal.SIG_IGN)  # a second one does not cut the cleaning up in two
    raise SystemExit(128 + number)

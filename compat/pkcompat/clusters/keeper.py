"""Keeps a server, PostgreSQL or a node: a process between it and us, so that it ends when we do.

It runs as a program of its own, `python -I -S keeper.py UID GID REMOVE PROGRAM ...`, and imports nothing that
takes time. It starts the program, prints its process id, and passes on the signals that it reads from its
standard input, one name a line. When that ends while the server runs, for its parent has died, it stops the
server, and removes the folder REMOVE if one is named.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

_PATIENCE = 20.0  # seconds that a server gets to stop, before it is told in a rougher way
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FOR_ALL = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT)


def main(arguments: Sequence[str]) -> int:
    """Keep a server until it ends; the status is its own, or 128 and the number of the signal."""
    uid, gid, remove, *command = arguments
    as_other: dict[str, object] = {}
    if int(uid) != os.getuid():
        as_other = {"user": int(uid), "group": int(gid), "extra_groups": []}
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)  # the end of standard input is what stops us
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        preexec_fn=_ends_with_its_parent(),
        start_new_session=True,
        restore_signals=True,
        **as_other,
    )
    print(process.pid, flush=True)
    left = threading.Event()
    threading.Thread(target=_pass_on, args=(process, left), daemon=True).start()
    code = process.wait()
    if remove and left.is_set():
        shutil.rmtree(remove, ignore_errors=True)
    return code if code >= 0 else 128 - code


def _pass_on(process: subprocess.Popen[bytes], left: threading.Event) -> None:
    for line in sys.stdin:
        number = signal.Signals[f"SIG{line.strip()}"]
        # the server's own children as well: what they hold, a restart would have to wait for
        others = children(process.pid) if number in _FOR_ALL else ()
        for pid in (process.pid, *others):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
    left.set()
    for number in (signal.SIGCONT, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0 if number == signal.SIGCONT else _PATIENCE)


def children(pid: int) -> list[int]:
    """The processes that a server has started; each leads a session of its own, so no group holds them."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:  # not Linux
        listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False).stdout
        return [int(child) for child in listed.split()]


def _ends_with_its_parent() -> Callable[[], None]:
    """What has the kernel stop the server when this process is killed itself; Linux alone can."""
    prctl = None
    if sys.platform == "linux":
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl

    def in_the_child() -> None:
        # what is ignored in this process would stay ignored in what it starts
        for number in _IGNORED:
            signal.signal(number, signal.SIG_DFL)
        if prctl is not None:
            prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGINT))

    return in_the_child


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The worker's end: which starts are made by forking, and how."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.warm_start.interpreter import Start

COLD = "COLD"
"""The environment variable that leaves all starts to `subprocess`."""

INTERPRETER = Path(__file__).with_name("interpreter.py")

_COMMAND = (
    *("pkcompat.command.app", "pkcompat.command.serve_process", "pkcompat.command.serve_output"),
    *("typer._adapters", "pkcodemods.project_migration", "pkcodemods.group_migration"),
)
CHILDREN = ("pkcompat.forms.process", "pkcompat.forms.served", "pkcompat.shadow.process")
PRELOADED = {("pkcompat", None): _COMMAND} | {
    ("pkcompat.child_process", module): (module,) for module in CHILDREN
}
"""By module, and what it is told to run, what is imported beforehand."""

# These differ from test to test, and nothing reads them while it is imported.
_MAY_DIFFER = {"PYTEST_CURRENT_TEST", "XDG_CACHE_HOME", "TMPDIR", "PWD", "OLDPWD"}
# Python reads this as it starts: another value has an interpreter of its own.
_HASH_SEED = "PYTHONHASHSEED"
_FLAGS = {"-P", "-u"}
_PR_SET_CHILD_SUBREAPER = 36


class WarmStarts:
    """Takes the place of the function by which `subprocess` forks and executes.

    Args:
        instead_of: that function, which makes all other starts.
    """

    def __init__(self, instead_of: Callable[..., int]) -> None:
        self._cold = instead_of
        self._interpreters: dict[object, tuple[subprocess.Popen[bytes], socket.socket]] = {}
        self._environment = _compared(dict(os.environ))
        self._lock = threading.Lock()
        self._prctl = ctypes.CDLL(None).prctl
        self.forked = 0

    def __call__(self, *arguments: Any) -> int:
        """The id of the process; see `_posixsubprocess.fork_exec` for the arguments."""
        found = self._start_of(arguments)
        if found is None:
            return self._cold(*arguments)
        with self._lock:
            self.forked += 1
            return self._fork(*found)

    def _start_of(self, arguments: tuple[Any, ...]) -> tuple[Start, list[str], list[int]] | None:
        """What to start, the interpreter's flags, and the streams; None where it is unusual."""
        line, _, close_fds, kept, folder, environment, *rest = arguments
        streams, (restores, session, group, *users, umask, prepares) = rest[:6], rest[8:16]
        line = [os.fsdecode(word) for word in line]
        values = dict(os.environ) if environment is None else _as_dict(environment)
        flags = [word for word in line[1:3] if word in _FLAGS]
        module, *words = line[len(flags) + 2 :] or [""]
        usual = (
            line[0] == sys.executable
            and line[len(flags) + 1 : len(flags) + 2] == ["-m"]
            and ((module, None) in PRELOADED or (module, words[-1] if words else "") in PRELOADED)
            and not any((not close_fds, len(kept) > 1, not restores, prepares, umask != -1, group != -1))
            and not any(user is not None for user in users)
            and _compared(values) == self._environment
        )
        ends = [streams[0], streams[3], streams[5]]  # the child's, of the pipes
        child = [number if end == -1 else end for number, end in enumerate(ends)]
        folder = os.getcwd() if folder is None else os.fsdecode(folder)
        if not usual or any(map(os.isatty, child)) or not os.path.isdir(folder):
            return None
        return Start(module, words, line, os.path.abspath(folder), values, bool(session)), flags, child

    def _fork(self, start: Start, flags: list[str], streams: list[int]) -> int:
        connection = self._interpreter(start, flags)
        self._prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        try:
            socket.send_fds(connection, [json.dumps(asdict(start)).encode()], streams)
            answer = connection.recv(100)
            assert answer, f"the interpreter for {start.line} has ended; {COLD}=1 does without it"
            return int(answer)
        finally:
            self._prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def _interpreter(self, start: Start, flags: list[str]) -> socket.socket:
        modules = PRELOADED.get((start.module, None)) or PRELOADED[start.module, start.arguments[-1]]
        key = (modules, *flags, start.environment.get(_HASH_SEED))
        if key not in self._interpreters:
            ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with its:
                process = subprocess.Popen(
                    [sys.executable, *flags, str(INTERPRETER), str(its.fileno()), *modules],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    pass_fds=[its.fileno()],
                    start_new_session=True,
                    env=start.environment,
                    cwd="/",
                )
            self._interpreters[key] = process, ours
        return self._interpreters[key][1]

    def close(self) -> None:
        """End the interpreters."""
        for process, connection in self._interpreters.values():
            connection.close()
            process.communicate()
        self._interpreters.clear()

    @classmethod
    @contextmanager
    def installed(cls) -> Iterator[None]:
        """Make starts so while the context lasts, where this system can."""
        if COLD in os.environ or sys.platform != "linux" or not hasattr(subprocess, "_fork_exec"):
            yield
            return
        cold = subprocess._fork_exec
        warm = subprocess._fork_exec = cls(cold)
        try:
            yield
        finally:
            subprocess._fork_exec = cold
            warm.close()


@contextmanager
def cold_starts() -> Iterator[None]:
    """Leave all starts to `subprocess` while the context lasts."""
    warm = getattr(subprocess, "_fork_exec", None)
    if not isinstance(warm, WarmStarts):
        yield
        return
    subprocess._fork_exec = warm._cold  # type: ignore[attr-defined]
    try:
        yield
    finally:
        subprocess._fork_exec = warm  # type: ignore[attr-defined]


def _as_dict(environment: list[bytes]) -> dict[str, str]:
    pairs = (os.fsdecode(pair).partition("=") for pair in environment)
    return {name: value for name, _, value in pairs}


def _compared(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name not in _MAY_DIFFER and name != _HASH_SEED
    }

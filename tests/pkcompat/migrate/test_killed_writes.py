"""Writing files while the process is killed, the disk is full, a call fails, or another run writes too."""

from __future__ import annotations

import errno
import io
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pkcompat.migrate.file import FileMigration, write_migrations

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")

OLD, NEW = b"old\n" * 100, b"new\n" * 5_000
_PURE = ("fspath", "fsencode", "_path_normpath", "fileno", "getpid", "close")
FORKS = 30
"""How many of the calls are tried, evenly spread; `make soak` kills at every system call."""


def files(folder: Path) -> list[FileMigration]:
    """Two files that change together, and one that changes alone."""
    folder.mkdir(exist_ok=True)
    found = []
    for name, group in (("a", 1), ("b", 1), ("alone", None)):
        path = folder / f"{name}.py"
        path.write_bytes(OLD)
        found.append(FileMigration(path, "rewritten", OLD, NEW, group=group))
    return found


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """How a forked process ended (negative: the signal), and what the function gave there."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.write(writing, pickle.dumps(work()))
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, pickle.loads(answer) if answer else None


def counting(migrations: list[FileMigration], at: int, do: Callable[[], None]) -> Callable[[], Any]:
    """Write, and do something right before a call into the system: the one of that number, from 1."""

    def work() -> Any:
        calls = 0

        def watch(frame: FrameType, event: str, argument: Any) -> None:
            nonlocal calls
            owner = getattr(argument, "__self__", None)
            is_io = owner is sys.modules["posix"] or isinstance(owner, io.IOBase)
            if event == "c_call" and is_io and argument.__name__ not in _PURE:
                calls += 1
                if calls == at:
                    do()

        sys.setprofile(watch)
        try:
            written = write_migrations(migrations)
        finally:
            sys.setprofile(None)
        return calls, [each.problem and each.problem.message for each in written]

    return work


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix != ".py"]


def calls_of_a_run(folder: Path) -> int:
    status, (calls, problems) = in_child(counting(files(folder), 0, lambda: None))
    assert (status, problems) == (0, [None] * 3)
    assert calls > 20
    return int(calls)


def spread(calls: int) -> list[int]:
    return sorted({1 + (calls - 1) * number // (FORKS - 1) for number in range(FORKS)})


def test_a_killed_process_leaves_every_file_whole(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    for at in spread(calls_of_a_run(folder)):
        migrations = files(folder)
        status, _ = in_child(counting(migrations, at, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        assert status == -signal.SIGKILL
        assert {each.path.read_bytes() for each in migrations} <= {OLD, NEW}
        assert all(name.startswith(".pkcompat-migrate-") for name in leftovers(folder))
        assert [each.problem for each in write_migrations(migrations)] == [None] * 3
        assert {each.path.read_bytes() for each in migrations} == {NEW}
    assert write_migrations(files(folder))
    assert leftovers(folder) == []


def test_a_call_that_fails_leaves_files_that_change_together_both_old_or_both_new(tmp_path: Path) -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = tmp_path / "files"
    for at in spread(calls_of_a_run(folder)):
        migrations = files(folder)
        status, (_, problems) = in_child(counting(migrations, at, fail))
        assert status == 0
        a, b, alone = (each.path.read_bytes() for each in migrations)
        assert (a, b) in ((OLD, OLD), (NEW, NEW)), f"{at}: {problems}"
        assert alone in (OLD, NEW)
        for content, problem in zip((a, b, alone), problems, strict=True):
            assert (content == OLD) == (problem is not None), f"{at}: {problems}"
        # the failing call may have been the one that removes the temporary file: the next run does it
        write_migrations(files(folder))
        assert leftovers(folder) == []


def test_ctrl_c_waits_until_all_is_written(tmp_path: Path) -> None:
    def interrupted(work: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> str:
            try:
                work()
            except KeyboardInterrupt:
                return "interrupted"
            return "not"

        return run

    folder = tmp_path / "files"
    for at in spread(calls_of_a_run(folder))[5::10]:
        migrations = files(folder)
        work = counting(migrations, at, lambda: os.kill(os.getpid(), signal.SIGINT))
        assert in_child(interrupted(work)) == (0, "interrupted")
        assert {each.path.read_bytes() for each in migrations} == {NEW}
        assert leftovers(folder) == []


def test_a_full_disk_is_told_and_nothing_has_changed(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    migrations = files(tmp_path / "files")

    def work() -> list[Any]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))
        return [each.problem and each.problem.message for each in write_migrations(migrations)]

    why = "cannot be written: File too large"
    together = f"not written: it changes together with {migrations[0].path}, which {why}"
    assert in_child(work) == (0, [why, together, why])
    assert {each.path.read_bytes() for each in migrations} == {OLD}
    assert leftovers(tmp_path / "files") == []


def test_two_runs_at_once_both_succeed(tmp_path: Path) -> None:
    for _ in range(10):
        migrations = files(tmp_path / "files")
        children = []
        for _ in range(2):
            if not (child := os.fork()):
                status = 1
                try:
                    status = int(any(each.problem for each in write_migrations(migrations)))
                finally:
                    os._exit(status)
            children.append(child)
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
        assert {each.path.read_bytes() for each in migrations} == {NEW}
        assert leftovers(tmp_path / "files") == []

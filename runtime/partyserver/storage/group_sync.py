"""Flushes a file to disk off the event loop; commits that arrive during a flush share the next one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from partyserver.storage.backend import Commit

if sys.platform == "darwin":
    import fcntl

    def flush_file(descriptor: int) -> None:
        """Flush a file to disk; fsync alone stops at the disk's own cache here."""
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
else:

    def flush_file(descriptor: int) -> None:
        """Flush a file to disk."""
        os.fsync(descriptor)


def flush_folders(path: str) -> None:
    """Flush the names on the way to a file to disk; until then a new file may be gone after a power failure.

    Nothing is raised where that is not possible, as in SQLite: Windows opens no folders, some file systems do
    not flush them, and this user may be allowed to use a folder but not to read it.
    """
    for folder in Path(path).absolute().parents:
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError:
            continue
        try:
            os.fsync(descriptor)
        except OSError:
            continue
        finally:
            os.close(descriptor)


class GroupSync:
    """Settles commits once the file that holds them has been flushed.

    Attributes:
        error: why a flush failed. What is on the disk is unknown then, and a second flush may succeed without
            having written it (https://lwn.net/Articles/752063/); so every later commit fails too.
    """

    def __init__(self, path: str, settle: Callable[[Sequence[Commit], OSError | None], None]) -> None:
        """Open the file, and have its name on the disk.

        Args:
            path: the file.
            settle: called with the commits that a flush covers, and why it failed, if it did.

        Raises:
            OSError: the file cannot be opened.
        """
        self.error: OSError | None = None
        self._descriptor = os.open(path, os.O_RDWR)
        flush_folders(path)
        self._settle = settle
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="partyserver-sync")
        self._waiting: list[Commit] = []  # for the next flush
        self._flushing: list[Commit] = []  # for the one that runs

    def add(self, commit: Commit) -> None:
        """Settle a commit, which the operating system has already, once it is on the disk."""
        self._waiting.append(commit)
        if not self._flushing:
            self._start()

    def _start(self) -> None:
        self._flushing, self._waiting = self._waiting, []
        done = asyncio.get_running_loop().run_in_executor(self._thread, self._flush)
        done.add_done_callback(self._flushed)

    def _flush(self) -> None:
        try:
            flush_file(self._descriptor)
        except OSError as error:
            self.error = error

    def _flushed(self, done: asyncio.Future[None]) -> None:
        commits, self._flushing = self._flushing, []
        self._settle(commits, self.error)
        if self._waiting:
            self._start()

    def finish(self, last: Sequence[Commit] = ()) -> None:
        """Flush now, and settle every commit that waits, and `last`; blocks."""
        self._thread.submit(self._flush).result()
        commits = [*self._flushing, *self._waiting, *last]
        self._flushing, self._waiting = [], []
        self._settle(commits, self.error)

    def close(self) -> None:
        """Close the file; `finish` is to be called before."""
        self._thread.shutdown()
        os.close(self._descriptor)

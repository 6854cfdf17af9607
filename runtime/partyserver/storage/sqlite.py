"""Storage in one SQLite file: durable, for every room of a host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from partyserver.exceptions import StorageError, StorageFileError
from partyserver.storage.backend import Commit, StorageBackend
from partyserver.storage.group_sync import GroupSync
from partyserver.storage.sqlite_file import explain, log_path, open_file
from partyserver.storage.sqlite_room import SqliteRoomStore, Statement

logger = logging.getLogger("partyserver")

Durability = Literal["process", "power"]


class SqliteStorage(StorageBackend):
    """Keeps every room's data in one SQLite file, through one connection.

    The writes of one turn of the event loop, of all rooms, are one transaction, committed at the turn's end.
    """

    def __init__(self, path: str | os.PathLike[str], *, durability: Durability = "process") -> None:
        """Open the file; it and its folder are made if there are none.

        Args:
            path: the file. While it is open SQLite keeps another beside it, its `-wal`.
            durability: `process`: what was committed outlives the process, even `kill -9`, since the
                operating system has it; after a power failure the last seconds may be missing, but nothing is
                damaged. `power`: it outlives a power failure too: a commit counts once it was flushed to
                disk. A thread does that, and commits that arrive during a flush share the next one.

        Raises:
            StorageFileError: the file cannot be opened, is no storage file, is damaged, or is in use.
            ValueError: there is no such durability.
        """
        if durability not in get_args(Durability):
            raise ValueError(f'durability is "process" or "power", got {durability!r}')
        self.path = Path(path)
        self._durability = durability
        self._sync: GroupSync | None = None
        self._open: Commit | None = None  # of the transaction that this turn writes
        self._last: Commit | None = None  # of the last transaction; done once that is committed
        self._before: Commit | None = None  # of the one before the open one
        self._closed = True
        self.open()

    def open(self) -> None:
        """Open the file again after `close`; nothing happens if it is open.

        Raises:
            StorageFileError: as when the storage is made.
        """
        if not self._closed:
            return
        database = open_file(self.path)
        if self._durability == "power":
            try:
                self._sync = GroupSync(log_path(self.path), self._flushed)
            except OSError as error:
                database.close()
                raise StorageFileError(
                    f"{error.filename} cannot be opened: {error.strerror}; this user needs write access to it"
                ) from error
        self._database = database
        self._closed = False

    def room(self, party: str, room_id: str) -> SqliteRoomStore:
        return SqliteRoomStore(self, party, room_id)

    def alarms(self) -> Iterable[tuple[str, str]]:
        return self.read("SELECT party, room FROM alarms", ())

    @property
    def pending(self) -> Commit | None:
        if self._last is None or self._last.done():
            return None
        if self._last.get_loop().is_closed():
            self._finish()
            return None
        return self._last

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._finish()
        if self._sync is not None:
            self._sync.close()
            self._sync = None
        self._database.close()

    def read(self, statement: str, arguments: tuple[object, ...]) -> list[Any]:
        """The rows that a statement finds.

        Raises:
            StorageError: SQLite could not.
        """
        self._check_flushed()
        try:
            return self._database.execute(statement, arguments).fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"{self.path} {explain(error)}") from error

    def write(self, statements: Iterable[Statement]) -> None:
        """Run statements that write, all or none; they are committed with the turn's other writes.

        Raises:
            StorageError: SQLite could not.
        """
        self._check_flushed()
        run = list(statements)
        if not run:
            return
        try:
            self._begin()
            if len(run) == 1:  # a statement that fails has changed nothing
                self._database.execute(*run[0])
            else:
                self._write_all(run)
        except sqlite3.Error as error:
            if not self._database.in_transaction:  # some errors undo the whole transaction
                self._lose(error)
            raise StorageError(f"{self.path} {explain(error)}") from error

    def _write_all(self, statements: Sequence[Statement]) -> None:
        self._database.execute("SAVEPOINT one_call")
        try:
            for statement, arguments in statements:
                self._database.execute(statement, arguments)
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK TO one_call")
            raise
        finally:
            if self._database.in_transaction:
                self._database.execute("RELEASE one_call")

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if self._last is not None and self._last.get_loop() is not loop:
            self._finish()  # the loop that was to commit has ended
        if self._open is not None:
            return
        self._database.execute("BEGIN IMMEDIATE")
        loop.call_soon(self._turn_ended)  # first, as a handler may be at the end of the stack
        self._before = self._last
        self._open = self._last = loop.create_future()

    def _turn_ended(self) -> None:
        commit = self._commit()
        if commit is None:
            return
        if self._sync is None:
            _settle([commit])
        else:
            self._sync.add(commit)

    def _finish(self) -> None:
        """Commit without waiting for the turn's end."""
        commit = self._commit()
        commits = [] if commit is None else [commit]
        if self._sync is None:
            _settle(commits)
        else:
            self._sync.finish(commits)

    def _commit(self) -> Commit | None:
        """Commit the open transaction; returns its future, which is still to be settled."""
        if self._open is None:
            return None
        try:
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):  # it may be undone already
                self._database.execute("ROLLBACK")
            self._lose(error)
            return None
        commit, self._open = self._open, None
        return commit

    def _lose(self, error: sqlite3.Error) -> None:
        """Report that the open transaction was undone."""
        commit, self._open = self._open, None
        if commit is not None:
            self._last = self._before  # it may still have to be flushed
            message = f"{self.path} {explain(error)}"
            logger.error("a commit failed, its writes are lost: %s", message)
            _settle([commit], StorageError(f"the commit failed: {message}"))

    # Durability "power"

    def _flushed(self, commits: Sequence[Commit], error: OSError | None) -> None:
        if error is None:
            _settle(commits)
        else:
            logger.error("a commit may be lost: %s", self._unflushed(error))
            _settle(commits, StorageError(f"the commit failed: {self._unflushed(error)}"))

    def _check_flushed(self) -> None:
        if self._sync is not None and self._sync.error is not None:
            raise StorageError(self._unflushed(self._sync.error))

    def _unflushed(self, error: OSError) -> str:
        return (
            f"{self.path} could not be flushed to disk ({error.strerror or error}); look after the disk, "
            "then start the host again"
        )


def _settle(commits: Iterable[Commit], error: StorageError | None = None) -> None:
    for commit in commits:
        if commit.done() or commit.get_loop().is_closed():
            continue
        if error is None:
            commit.set_result(None)
        else:
            commit.set_exception(error)
            commit.exception()  # retrieved here, since nothing may be waiting for it

"""Storage in one SQLite file: durable, for every room of a host.

The writes of one turn of the event loop are one transaction, committed at the turn's end. There is one
connection to the file, which keeps others out: up to version 3.51.2 SQLite can corrupt a write-ahead log that
two connections reset (https://sqlite.org/wal.html).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from partyserver.exceptions import StorageError, StorageFileError
from partyserver.storage_backend import Changes, Commit, KeyRange, RoomStore, StorageBackend

logger = logging.getLogger("partyserver")

Durability = Literal["process", "power"]

FORMAT = 1
"""The version of the file's layout, kept in its `user_version`."""

_LAYOUT = """
CREATE TABLE IF NOT EXISTS entries (
    party TEXT NOT NULL, room TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (party, room, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarms (
    party TEXT NOT NULL, room TEXT NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY (party, room)
) WITHOUT ROWID;
"""
_MAX_INTEGER = 2**63 - 1
_SYNCHRONOUS = {"process": "NORMAL", "power": "FULL"}


class SqliteStorage(StorageBackend):
    """Keeps every room's data in one SQLite file."""

    def __init__(self, path: str | os.PathLike[str], *, durability: Durability = "process") -> None:
        """Open the file, or make it; its folder is made too.

        Args:
            path: the file. SQLite keeps two more beside it, `-wal` and `-shm`.
            durability: `process`: what was committed outlives the process, even `kill -9`; `power`: it
                outlives a power failure too, at the cost of an fsync a commit.

        Raises:
            StorageFileError: the file cannot be opened, is no storage file, or another process holds it.
        """
        self.path = Path(path)
        self._pending: Commit | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = self._open(_SYNCHRONOUS[durability])
        except (sqlite3.Error, OSError) as error:
            raise StorageFileError(f"{self.path}: {_explained(error)}") from error

    def _open(self, synchronous: str) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, isolation_level=None, timeout=0.5)
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA synchronous = {synchronous}")
            (found,) = database.execute("PRAGMA user_version").fetchone()
            if found > FORMAT:
                raise StorageFileError(f"{self.path}: was written by a newer pkcompat (format {found})")
            database.executescript(f"BEGIN IMMEDIATE; {_LAYOUT} PRAGMA user_version = {FORMAT}; COMMIT;")
        except BaseException:
            database.close()
            raise
        return database

    def room(self, party: str, room_id: str) -> SqliteRoomStore:
        return SqliteRoomStore(self, party, room_id)

    def alarms(self) -> Iterable[tuple[str, str, int]]:
        return self._database.execute("SELECT party, room, due FROM alarms").fetchall()

    @property
    def pending(self) -> Commit | None:
        return self._pending

    def close(self) -> None:
        self._commit()
        self._database.close()

    def execute(self, statement: str, arguments: tuple[object, ...]) -> sqlite3.Cursor:
        """Run a statement that reads.

        Raises:
            StorageError: SQLite could not.
        """
        try:
            return self._database.execute(statement, arguments)
        except sqlite3.Error as error:
            raise StorageError(f"{self.path}: {_explained(error)}") from error

    def write(self, statements: Iterable[tuple[str, tuple[object, ...]]]) -> None:
        """Run statements that write, all or none; they are committed with the turn's other writes.

        Raises:
            StorageError: SQLite could not.
        """
        self._begin()
        try:
            self._database.execute("SAVEPOINT one_call")
            for statement, arguments in statements:
                self._database.execute(statement, arguments)
            self._database.execute("RELEASE one_call")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK TO one_call")
                self._database.execute("RELEASE one_call")
            raise StorageError(f"{self.path}: {_explained(error)}") from error

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if self._pending is not None:
            if self._pending.get_loop() is loop:
                return
            self._commit()  # the loop that was to do it has ended
        self._database.execute("BEGIN IMMEDIATE")
        self._pending = loop.create_future()
        loop.call_soon(self._commit)

    def _commit(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        try:
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            logger.error("%s: a commit failed, its writes are lost: %s", self.path, _explained(error))
            pending.set_exception(StorageError(f"{self.path}: the commit failed: {_explained(error)}"))
            pending.exception()  # whoever waits for it is told; it may be nobody
        else:
            pending.set_result(None)


class SqliteRoomStore(RoomStore):
    """The data of one room in a SQLite file."""

    def __init__(self, storage: SqliteStorage, party: str, room_id: str) -> None:
        self._storage = storage
        self._room = (party, room_id)

    def get(self, key: str) -> bytes | None:
        statement = "SELECT value FROM entries WHERE party = ? AND room = ? AND key = ?"
        row = self._storage.execute(statement, (*self._room, key)).fetchone()
        return None if row is None else row[0]

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        where, arguments = ["party = ?", "room = ?"], list[object](self._room)
        for condition, bound in _bounds(key_range):
            where.append(condition)
            arguments.append(bound)
        order = "DESC" if key_range.reverse else "ASC"
        statement = f"SELECT key, value FROM entries WHERE {' AND '.join(where)} ORDER BY key {order} LIMIT ?"
        limit = -1 if key_range.limit is None else min(key_range.limit, _MAX_INTEGER)
        return iter(self._storage.execute(statement, (*arguments, limit)).fetchall())

    def apply(self, changes: Changes) -> None:
        self._storage.write(self._statements(changes))

    def _statements(self, changes: Changes) -> Iterator[tuple[str, tuple[object, ...]]]:
        if changes.clear:
            yield "DELETE FROM entries WHERE party = ? AND room = ?", self._room
        for key, value in changes.values.items():
            if value is None:
                yield "DELETE FROM entries WHERE party = ? AND room = ? AND key = ?", (*self._room, key)
            else:
                yield "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", (*self._room, key, value)
        if changes.alarm is None:
            yield "DELETE FROM alarms WHERE party = ? AND room = ?", self._room
        elif changes.alarm != "keep":
            yield "INSERT OR REPLACE INTO alarms VALUES (?, ?, ?)", (*self._room, changes.alarm)

    def get_alarm(self) -> int | None:
        row = self._storage.execute(
            "SELECT due FROM alarms WHERE party = ? AND room = ?", self._room
        ).fetchone()
        return None if row is None else row[0]


def _bounds(key_range: KeyRange) -> Iterator[tuple[str, str]]:
    """Conditions on the key; text compares by its UTF-8 bytes (SQLite's BINARY collation)."""
    if key_range.start is not None:
        yield "key >= ?", key_range.start
    if key_range.after is not None:
        yield "key > ?", key_range.after
    if key_range.end is not None:
        yield "key < ?", key_range.end
    if key_range.prefix:
        yield "key >= ?", key_range.prefix
        if (end := end_of_prefix(key_range.prefix)) is not None:
            yield "key < ?", end


def end_of_prefix(prefix: str) -> str | None:
    """The least text that is greater than every text with this prefix; None if there is none."""
    for position in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[position])
        if code < 0x10FFFF:
            after = 0xE000 if code == 0xD7FF else code + 1  # surrogates are no text
            return prefix[:position] + chr(after)
    return None


def _explained(error: Exception) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another process uses this file; stop it, or name another file"
    if name == "SQLITE_NOTADB":
        return "is no SQLite file; name another file"
    return getattr(error, "strerror", None) or str(error)

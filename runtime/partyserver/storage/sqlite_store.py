"""The records of every room in one SQLite file."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from partyserver.exceptions import StorageError, StorageFileError
from partyserver.storage.backend import Alarm, Changes, Commit, KeyRange, RoomKey, settle
from partyserver.storage.group_sync import GroupSync
from partyserver.storage.sqlite_file import explain, log_path, open_file
from partyserver.storage.store import Store

logger = logging.getLogger("partyserver")

Durability = Literal["process", "power"]

Row = tuple[object, ...]

_GET = "SELECT value FROM entries WHERE party = ? AND room = ? AND key = ?"
_PUT = "INSERT OR REPLACE INTO entries (party, room, key, value) VALUES (?, ?, ?, ?)"
_DELETE = "DELETE FROM entries WHERE party = ? AND room = ? AND key = ?"
_DELETE_ALL = "DELETE FROM entries WHERE party = ? AND room = ?"
_GET_ALARM = "SELECT due, next_try, retries, ringing FROM alarms WHERE party = ? AND room = ?"
_ALARMS = "SELECT party, room FROM alarms"
_ROOMS = "SELECT party, room FROM entries UNION SELECT party, room FROM alarms ORDER BY party, room"
# Each step finds the next room by the primary key, however many keys the room before it has.
_NEXT_ROOM = (
    "SELECT min(room) AS room FROM ("
    "SELECT min(room) AS room FROM entries WHERE party = :party AND room {after} AND room < :end UNION ALL "
    "SELECT min(room) AS room FROM alarms WHERE party = :party AND room {after} AND room < :end)"
)
_ROOMS_OF = (
    f"WITH RECURSIVE found (room) AS ({_NEXT_ROOM.format(after='>= :start')} UNION ALL "
    f"SELECT ({_NEXT_ROOM.format(after='> found.room')}) FROM found WHERE found.room IS NOT NULL "
    "LIMIT :most) SELECT room FROM found WHERE room IS NOT NULL"
)
# Of a value's length SQLite reads no more than the first page.
_SIZES = (
    "SELECT party, room, count(*), sum(length(CAST(key AS BLOB)) + length(value)) "
    "FROM entries GROUP BY party, room"
)
_SET_ALARM = (
    "INSERT OR REPLACE INTO alarms (party, room, due, next_try, retries, ringing) VALUES (?, ?, ?, ?, ?, ?)"
)
_DELETE_ALARM = "DELETE FROM alarms WHERE party = ? AND room = ?"

_ORDER = (_DELETE_ALL, _DELETE, _PUT, _DELETE_ALARM, _SET_ALARM)

_MAX_INTEGER = 2**63 - 1

LAST_ID = "\U0010ffff"
"""Behind every id of a room."""


class SqliteStore(Store):
    """Keeps records in one SQLite file, through one connection; a turn's changes are one transaction."""

    def __init__(self, path: Path, durability: Durability) -> None:
        """
        Args:
            path: the file.
            durability: what a commit outlives; see `SqliteStorage`.
        """
        super().__init__()
        self.path = path
        self._durability = durability
        self.broken = f"{path} is closed"
        self._database: sqlite3.Connection | None = None
        self._sync: GroupSync | None = None

    def open(self) -> None:
        if self._database is not None:
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
        self._database, self.broken = database, None

    def close(self) -> None:
        if self._database is None:
            return
        if self._sync is not None:
            self._sync.close()
            self._sync = None
        self._database.close()
        self._database, self.broken = None, f"{self.path} is closed"

    @property
    def database(self) -> sqlite3.Connection:
        """The connection.

        Raises:
            StorageError: the file is closed.
        """
        if self._database is None:
            raise StorageError(f"{self.path} is closed")
        return self._database

    def load(self, room: RoomKey, key: str) -> bytes | None:
        rows = self._read(_GET, (*room, key))
        return rows[0][0] if rows else None

    def range(self, room: RoomKey, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        where, arguments = ["party = ?", "room = ?"], list[object](room)
        for condition, bound in _bounds(key_range):
            where.append(condition)
            arguments.append(bound)
        order = "DESC" if key_range.reverse else "ASC"
        statement = f"SELECT key, value FROM entries WHERE {' AND '.join(where)} ORDER BY key {order} LIMIT ?"
        limit = -1 if key_range.limit is None else min(key_range.limit, _MAX_INTEGER)
        return self._read(statement, (*arguments, limit))

    def load_alarm(self, room: RoomKey) -> Alarm | None:
        rows = self._read(_GET_ALARM, room)
        if not rows:
            return None
        ((due, next_try, retries, ringing),) = rows
        return Alarm(due, next_try, retries, bool(ringing))

    def alarms(self) -> Iterable[RoomKey]:
        return self._read(_ALARMS, ())

    def rooms(self) -> list[RoomKey]:
        """Every room that has entries or an alarm, in order.

        Raises:
            StorageError: they cannot be read.
        """
        return self._read(_ROOMS, ())

    def sizes(self) -> dict[RoomKey, tuple[int, int]]:
        """How many keys each room with entries has, and the bytes of its keys and encoded values.

        Raises:
            StorageError: they cannot be read.
        """
        return {(party, room): (keys, size) for party, room, keys, size in self._read(_SIZES, ())}

    def rooms_of(self, party: str, ids: KeyRange) -> list[str]:
        rows = self._read(
            _ROOMS_OF,
            {
                "party": party,
                "start": max(ids.prefix, "" if ids.after is None else ids.after + "\0"),
                "end": end_of_prefix(ids.prefix) or LAST_ID,
                "most": -1 if ids.limit is None else min(ids.limit, _MAX_INTEGER),
            },
        )
        return [room for (room,) in rows]

    def _read(self, statement: str, arguments: Row | Mapping[str, object]) -> list[Any]:
        self.check()
        try:
            return self.database.execute(statement, arguments).fetchall()
        except sqlite3.Error as error:
            self.failed_read.note()
            raise self._error(error) from error

    def commit(self, changes: Mapping[RoomKey, Changes], done: Commit) -> None:
        self.check()
        rows = _rows(changes)
        try:
            if len(rows) == 1 and len(found := next(iter(rows.values()))) == 1:
                self.database.execute(next(iter(rows)), found[0])  # a transaction by itself
            else:
                self._run(rows)
        except sqlite3.Error as error:
            raise self._error(error) from error
        if self._sync is None:
            settle([done])
        else:
            self._sync.add(done)

    def _run(self, rows: Mapping[str, Sequence[Row]]) -> None:
        database = self.database
        database.execute("BEGIN IMMEDIATE")
        try:
            for statement in _ORDER:
                if statement in rows:
                    database.executemany(statement, rows[statement])
            database.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):  # it may be undone already
                database.execute("ROLLBACK")
            raise

    def _error(self, error: sqlite3.Error) -> StorageError:
        return StorageError(f"{self.path} {explain(error)}")

    # Durability "power"

    def flush(self) -> None:
        if self._sync is not None:
            self._sync.finish()

    def _flushed(self, commits: Sequence[Commit], error: OSError | None) -> None:
        if error is None:
            settle(commits)
        else:
            self.broken = (
                f"{self.path} could not be flushed to disk ({error.strerror or error}); look after the disk, "
                "then start the host again"
            )
            logger.error("a commit may be lost: %s", self.broken)
            settle(commits, StorageError(f"the commit failed: {self.broken}"))


def _rows(changes: Mapping[RoomKey, Changes]) -> dict[str, list[Row]]:
    """The rows that each statement is to be run with; the statements are independent but for `_ORDER`."""
    rows: dict[str, list[Row]] = {}
    for room, change in changes.items():
        if change.clear:
            rows.setdefault(_DELETE_ALL, []).append(room)
        for key, value in change.values.items():
            if value is not None:
                rows.setdefault(_PUT, []).append((*room, key, value))
            elif not change.clear:
                rows.setdefault(_DELETE, []).append((*room, key))
        if change.alarm is None:
            rows.setdefault(_DELETE_ALARM, []).append(room)
        elif change.alarm != "keep":
            alarm = change.alarm
            row = (*room, alarm.due, alarm.next_try, alarm.retries, alarm.ringing)
            rows.setdefault(_SET_ALARM, []).append(row)
    return rows


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

"""The data of one room in the file of a `SqliteStorage`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from partyserver.storage.backend import Alarm, Changes, KeyRange, RoomStore

Statement = tuple[str, tuple[object, ...]]

_GET = "SELECT value FROM entries WHERE party = ? AND room = ? AND key = ?"
_PUT = "INSERT OR REPLACE INTO entries (party, room, key, value) VALUES (?, ?, ?, ?)"
_DELETE = "DELETE FROM entries WHERE party = ? AND room = ? AND key = ?"
_DELETE_ALL = "DELETE FROM entries WHERE party = ? AND room = ?"
_GET_ALARM = "SELECT due, next_try, retries, ringing FROM alarms WHERE party = ? AND room = ?"
_SET_ALARM = (
    "INSERT OR REPLACE INTO alarms (party, room, due, next_try, retries, ringing) VALUES (?, ?, ?, ?, ?, ?)"
)
_DELETE_ALARM = "DELETE FROM alarms WHERE party = ? AND room = ?"


_MAX_INTEGER = 2**63 - 1


class Tables(Protocol):
    """Runs statements on the storage's tables."""

    def read(self, statement: str, arguments: tuple[object, ...]) -> list[Any]:
        """The rows that a statement finds."""

    def write(self, statements: Iterable[Statement]) -> None:
        """Run statements that write, all or none."""


class SqliteRoomStore(RoomStore):
    """The data of one room in a SQLite file."""

    def __init__(self, tables: Tables, party: str, room_id: str) -> None:
        self._tables = tables
        self._room = (party, room_id)

    def get(self, key: str) -> bytes | None:
        rows = self._tables.read(_GET, (*self._room, key))
        return rows[0][0] if rows else None

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        where, arguments = ["party = ?", "room = ?"], list[object](self._room)
        for condition, bound in _bounds(key_range):
            where.append(condition)
            arguments.append(bound)
        order = "DESC" if key_range.reverse else "ASC"
        statement = f"SELECT key, value FROM entries WHERE {' AND '.join(where)} ORDER BY key {order} LIMIT ?"
        limit = -1 if key_range.limit is None else min(key_range.limit, _MAX_INTEGER)
        return iter(self._tables.read(statement, (*arguments, limit)))

    def apply(self, changes: Changes) -> None:
        self._tables.write(self._statements(changes))

    def _statements(self, changes: Changes) -> Iterator[Statement]:
        if changes.clear:
            yield _DELETE_ALL, self._room
        for key, value in changes.values.items():
            if value is None:
                yield _DELETE, (*self._room, key)
            else:
                yield _PUT, (*self._room, key, value)
        if isinstance(changes.alarm, Alarm):
            alarm = changes.alarm
            yield _SET_ALARM, (*self._room, alarm.due, alarm.next_try, alarm.retries, alarm.ringing)
        elif changes.alarm is None:
            yield _DELETE_ALARM, self._room

    def get_alarm(self) -> Alarm | None:
        rows = self._tables.read(_GET_ALARM, self._room)
        if not rows:
            return None
        ((due, next_try, retries, ringing),) = rows
        return Alarm(due, next_try, retries, bool(ringing))


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

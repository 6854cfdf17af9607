"""Rooms' data as JSON Lines: a line for each key and each alarm, between a first line and a last one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from partyserver import StorageError
from partyserver.storage import Alarm, RoomKey, check_key
from pkcompat.stores.store import RoomContent, StoreError
from pkcompat.stores.value_json import ValueJsonError, value_from_json, value_to_json

_NAME, _VERSION = "pkcompat-storage", 1
_INT64 = range(-(2**63), 2**63)
_INT32 = range(2**31)


class _LineError(Exception):
    """A line is broken; it becomes a `StoreError` with the line's number."""


@dataclass(slots=True)
class Lines:
    """Writes the lines of an export.

    Attributes:
        rooms: how many rooms were written.
        keys: with how many keys.
        alarms: how many of them with an alarm.
    """

    rooms: int = 0
    keys: int = 0
    alarms: int = 0

    def first(self) -> str:
        """The first line, which says what the others are."""
        return _line({"format": _NAME, "version": _VERSION})

    def room(self, room: RoomKey, content: RoomContent) -> Iterator[str]:
        """The lines of a room."""
        self.rooms += 1
        for key, encoded in content.entries.items():
            self.keys += 1
            yield key_line(room, key, encoded)
        if content.alarm is not None:
            self.alarms += 1
            yield alarm_line(room, content.alarm)

    def last(self) -> str:
        """The last line, by which an import sees that nothing was cut off."""
        return _line({"rooms": self.rooms, "keys": self.keys, "alarms": self.alarms})


def key_line(room: RoomKey, key: str, encoded: bytes) -> str:
    """The line of a key."""
    if not isinstance(encoded, bytes):  # in a file that was changed by hand
        raise StoreError(f"{'/'.join(room)}: the value of {key!r} is damaged; delete the key")
    return _line({"party": room[0], "room": room[1], "key": key, "value": value_to_json(encoded)})


def alarm_line(room: RoomKey, alarm: Alarm) -> str:
    """The line of an alarm."""
    return _line({"party": room[0], "room": room[1], "alarm": alarm_json(alarm)})


def alarm_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm as an object."""
    return {
        "due": alarm.due,
        "next_try": alarm.next_try,
        "retries": alarm.retries,
        "ringing": bool(alarm.ringing),
    }


def _line(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields) + "\n"  # ASCII: a terminal obeys none of it, and any encoding keeps it


def read_lines(lines: Iterable[bytes], name: str) -> dict[RoomKey, RoomContent]:
    """What an export holds. Lines that somebody chose or wrote need no first line, and no last one then.

    Args:
        lines: the lines.
        name: what they come from, for messages.

    Raises:
        StoreError: a line is broken; the message has its number.
    """
    found = _Found()
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            found.take(line, number)
        except (_LineError, StorageError) as error:
            raise StoreError(f"{name}, line {number}: {error}; nothing was imported") from None
    if not found.has_lines:
        raise StoreError(f"{name} holds nothing, not even the first line of an export; nothing was imported")
    if found.is_open:
        raise StoreError(
            f"{name} ends after line {number} without its last line, and so was cut off; nothing was "
            "imported. Export again"
        )
    return found.contents()


@dataclass(slots=True)
class _Found:
    entries: dict[RoomKey, dict[str, bytes]] = field(default_factory=dict)
    alarms: dict[RoomKey, Alarm] = field(default_factory=dict)
    is_open: bool = False
    has_lines: bool = False
    _counted: tuple[int, int, int] = (0, 0, 0)  # rooms, keys and alarms of the export that is read

    def contents(self) -> dict[RoomKey, RoomContent]:
        return {room: RoomContent(entries, self.alarms.get(room)) for room, entries in self.entries.items()}

    def take(self, line: bytes, number: int) -> None:
        text = _decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        if not text.strip():
            return
        self.has_lines = True
        fields = _object(text)
        kind = frozenset(fields)
        if kind not in _KINDS:
            raise _LineError(
                f"its keys are {', '.join(sorted(map(repr, fields))) or 'none'}; a line has party, room, key "
                "and value, or party, room and alarm"
            )
        _KINDS[kind](self, fields)

    def _first(self, fields: dict[str, Any]) -> None:
        if fields["format"] != _NAME:
            raise _LineError(f"the format is {fields['format']!r}, not {_NAME!r}")
        if fields["version"] != _VERSION:
            raise _LineError(
                f"this is version {fields['version']!r} of the format, and this pkcompat reads version "
                f"{_VERSION}; install the one that wrote it"
            )
        if self.is_open:
            raise _LineError("an export begins before the one above has ended: that one was cut off")
        self.is_open, self._counted = True, self._count()

    def _last(self, fields: dict[str, Any]) -> None:
        promised = (fields["rooms"], fields["keys"], fields["alarms"])
        counted = tuple(now - before for now, before in zip(self._count(), self._counted, strict=True))
        if self.is_open and promised != counted:
            there = "{} rooms, {} keys and {} alarms"
            raise _LineError(
                f"the export had {there.format(*promised)}, but {there.format(*counted)} are here; "
                "lines are missing, or were added"
            )
        self.is_open = False

    def _key(self, fields: dict[str, Any]) -> None:
        entries = self.entries.setdefault(_room(fields), {})
        key = check_key(fields["key"])
        if key in entries:
            raise _LineError(f"the key {key!r} of this room was in a line above")
        try:
            entries[key] = value_from_json(key, fields["value"])
        except ValueJsonError as error:
            raise _LineError(f"the value {error}") from None
        except RecursionError:
            raise _LineError("the value is nested too deep") from None

    def _alarm(self, fields: dict[str, Any]) -> None:
        room = _room(fields)
        if room in self.alarms:
            raise _LineError("the alarm of this room was in a line above")
        self.entries.setdefault(room, {})
        self.alarms[room] = _alarm(fields["alarm"])

    def _count(self) -> tuple[int, int, int]:
        return len(self.entries), sum(map(len, self.entries.values())), len(self.alarms)


_KINDS: Mapping[frozenset[str], Callable[[_Found, dict[str, Any]], None]] = {
    frozenset({"format", "version"}): _Found._first,
    frozenset({"rooms", "keys", "alarms"}): _Found._last,
    frozenset({"party", "room", "key", "value"}): _Found._key,
    frozenset({"party", "room", "alarm"}): _Found._alarm,
}


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise _LineError(f"it is no UTF-8: {error.reason} at byte {error.start + 1}") from None


def _object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _LineError(f"it is no JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise _LineError("it is nested too deep") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise _LineError(f"it is no JSON that can be read: {error}") from None
    if not isinstance(fields, dict):
        raise _LineError(f"a line is a JSON object, not {text.strip()[:20]!r}")
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _LineError("an object has a key twice")
    return fields


def _refuse_constant(name: str) -> Any:
    raise _LineError(f'{name} is no JSON; such a number is written as {{"$float": "nan"}}')


def _room(fields: Mapping[str, Any]) -> RoomKey:
    party, room = fields["party"], fields["room"]
    for what, name in (("party", party), ("room", room)):
        if not isinstance(name, str) or not name:
            raise _LineError(f"the {what} is a name, not {name!r}")
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise _LineError(f"the {what} is no valid text: {error.reason}") from None
    return party, room


def _alarm(value: Any) -> Alarm:
    shape = (
        "an alarm has due and next_try (milliseconds since the epoch; next_try may be null), retries, ringing"
    )
    if not isinstance(value, dict) or value.keys() != {"due", "next_try", "retries", "ringing"}:
        raise _LineError(f"{shape}; got {value!r}")
    due, next_try, retries, ringing = (value[name] for name in ("due", "next_try", "retries", "ringing"))
    fits = (
        _fits(due, _INT64)
        and (next_try is None or _fits(next_try, _INT64))
        and _fits(retries, _INT32)
        and isinstance(ringing, bool)
    )
    if not fits:
        raise _LineError(f"{shape}; got {value!r}")
    return Alarm(due, next_try, retries, ringing)


def _fits(value: object, numbers: range) -> bool:
    return type(value) is int and value in numbers

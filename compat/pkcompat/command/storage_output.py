"""The output of `pkcompat storage`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from partyserver import StorageValueError
from partyserver.storage import Alarm, RoomKey, decode_value
from pkcompat.command.output import amount, shown_text, stdout_console
from pkcompat.stores import alarm_json, alarm_line, key_line

if TYPE_CHECKING:
    from pkcompat.stores import RoomContent, RoomSize

_LONGEST = 120
"""How much of a value is shown, in characters; of bytes, the first of them."""


@dataclass(frozen=True, slots=True)
class ShownRoom:
    """What is shown of a room.

    Attributes:
        room: the room.
        content: what it holds.
        keys: the keys to show.
        found: how many there are to show; more than `keys` where these were limited.
        whole: whether values are shown as a whole.
    """

    room: RoomKey
    content: RoomContent
    keys: Sequence[str]
    found: int
    whole: bool


def counted(rooms: int, keys: int, alarms: int, done: str) -> str:
    """What was done to how much."""
    return f"{amount(rooms, 'room')} {done}, with {amount(keys, 'key')} and {amount(alarms, 'alarm')}"


def rooms_as_json(rooms: Sequence[tuple[RoomKey, RoomSize]]) -> str:
    """Rooms and how much they hold, as a JSON document."""
    return json.dumps(
        [
            {
                "party": room[0],
                "room": room[1],
                "keys": size.keys,
                "bytes": size.size,
                "alarm": None if size.alarm is None else alarm_json(size.alarm),
            }
            for room, size in rooms
        ],
        indent=2,
    )


def show_rooms(rooms: Sequence[tuple[RoomKey, RoomSize]]) -> None:
    """Print a table of rooms and how much they hold, and the sum."""
    console = stdout_console()
    if rooms:
        table = _table("room", "keys", "bytes", "alarm")
        for room, size in rooms:
            row = [shown_text("/".join(room)), f"{size.keys:,}", f"{size.size:,}", _alarm(size.alarm)]
            table.add_row(*map(Text, row))
        console.print(table)
    keys, total = sum(each.keys for _, each in rooms), sum(each.size for _, each in rooms)
    sums = (amount(len(rooms), "room"), amount(keys, "key"), amount(total, "byte"))
    console.print(Text(", ".join(sums), "bold"))


def show_content(shown: ShownRoom) -> None:
    """Print a table of keys and values, the alarm, and how many there are."""
    console = stdout_console()
    if shown.keys:
        table = _table("key", "bytes", "value")
        for key in shown.keys:
            encoded = shown.content.entries[key]
            table.add_row(
                Text(shown_text(key)), Text(f"{len(encoded):,}"), Text(_value(key, encoded, shown.whole))
            )
        console.print(table)
    if shown.content.alarm is not None:
        console.print(Text(f"alarm  {_alarm(shown.content.alarm)}"), soft_wrap=True)
    more = shown.found - len(shown.keys)
    summary = amount(shown.found, "key") + (f"; {more:,} more with a higher --limit" if more else "")
    console.print(Text(summary, "bold"), soft_wrap=True)


def show_lines(shown: ShownRoom) -> None:
    """Print the lines that an export would have of the shown keys, and of the alarm."""
    for key in shown.keys:
        typer.echo(key_line(shown.room, key, shown.content.entries[key]), nl=False)
    if shown.content.alarm is not None:
        typer.echo(alarm_line(shown.room, shown.content.alarm), nl=False)


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        number = heading in ("keys", "bytes")
        table.add_column(heading, overflow="fold", justify="right" if number else "left", no_wrap=number)
    return table


def _value(key: str, encoded: bytes, whole: bool) -> str:
    try:
        value = decode_value(key, encoded)
    except StorageValueError as error:
        return shown_text(str(error))
    text = shown_text(repr(value))
    if whole or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({_length(value)})"


def _length(value: object) -> str:
    """How long a value is that is cut."""
    if isinstance(value, bytes):
        return amount(len(value), "byte")
    if isinstance(value, str):
        return amount(len(value), "character")
    if isinstance(value, list | tuple | set | dict):
        return f"{type(value).__name__} of {len(value):,}"
    return f"{len(repr(value)):,} digits"


def _alarm(alarm: Alarm | None) -> str:
    if alarm is None:
        return ""
    state = ""
    if alarm.next_try is None:
        state = ", ran out of tries"
    elif alarm.ringing:
        state = ", ringing"
    elif alarm.retries:
        state = f", failed {amount(alarm.retries, 'time')}, next try {_moment(alarm.next_try)}"
    return _moment(alarm.due) + state


def _moment(milliseconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(milliseconds / 1_000, UTC)
    except (ValueError, OverflowError, OSError):  # no year of the calendar
        return f"{milliseconds} ms"
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")

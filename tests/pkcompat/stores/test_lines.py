"""JSON Lines of rooms: what is written is read again; each broken line is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pkcompat.stores.test_value_json import VALUES

from partyserver.storage import Alarm, RoomKey, encode_value
from pkcompat.stores import Lines, RoomContent, StoreError, read_lines

NAMES = st.text(min_size=1, max_size=10)
MOMENTS = st.integers(-(2**63), 2**63 - 1)
ALARMS = st.builds(Alarm, MOMENTS, st.none() | MOMENTS, st.integers(0, 2**31 - 1), st.booleans())
CONTENTS = st.builds(
    RoomContent,
    st.dictionaries(st.text(max_size=10), VALUES.map(lambda value: encode_value("k", value)), max_size=3),
    st.none() | ALARMS,
).filter(lambda content: not content.is_empty)


def exported(rooms: dict[RoomKey, RoomContent]) -> list[bytes]:
    lines = Lines()
    written = [lines.first(), *(line for room in rooms.items() for line in lines.room(*room)), lines.last()]
    return [line.encode("ascii") for line in written]


@given(st.dictionaries(st.tuples(NAMES, NAMES), CONTENTS, max_size=3))
def test_what_is_written_is_read_again(rooms: dict[RoomKey, RoomContent]) -> None:
    lines = exported(rooms)
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines)
    again = exported(read_lines(lines, "the file"))  # the same text: sets are written in an order of theirs
    assert again == lines


ROOMS = {
    ("main", "a"): RoomContent({"k": encode_value("k", 1), "l": encode_value("l", "x")}, None),
    ("game", "b"): RoomContent({}, Alarm(1_000, None, 6, True)),
}
KEY: dict[str, Any] = {"party": "main", "room": "a", "key": "new", "value": 1}
ALARM: dict[str, Any] = {"due": 1, "next_try": None, "retries": 0, "ringing": False}


def line(**fields: Any) -> str:
    return json.dumps(KEY | fields)


def alarm(**fields: Any) -> str:
    return json.dumps({"party": "p", "room": "r", "alarm": ALARM | fields})


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "no JSON: Expecting property name"),
        ("7", "a line is a JSON object, not '7'"),
        ("{}", "its keys are none; a line has party, room, key and value, or"),
        (json.dumps({"party": "p", "room": "r", "key": "k"}), "its keys are 'key', 'party', 'room'; a line"),
        ('{"party": "p", "party": "q"}', "an object has a key twice"),
        (line(value={"$bytes": "?"}), "the value has bytes that are no base64"),
        ('{"party": "p", "room": "r", "key": "k", "value": NaN}', "NaN is no JSON"),
        (line(party=7), "the party is a name, not 7"),
        (line(room=""), "the room is a name, not ''"),
        (line(room="\ud800"), "the room is no valid text"),
        (line(key=7), "a storage key is a str"),
        (line(key="k" * 3_000), "has 3,000 bytes"),
        (line(value="v" * 200_000), "at most 131,072"),
        (line(value="\udfff"), "invalid text"),
        ('{"party": "p", "room": "r", "key": "k", "value": ' + "9" * 5_000 + "}", "no JSON that can be read"),
        ('{"party": "p", "room": "r", "key": "k", "value": ' + "[" * 100_000, "nested too deep"),
        (alarm(due=None), "an alarm has due and next_try"),
        (alarm(due=2**63), "an alarm has"),
        (alarm(retries=-1), "an alarm has"),
        (alarm(ringing=1), "an alarm has"),
        (alarm(more=1), "an alarm has"),
        (json.dumps({"format": "other", "version": 1}), "the format is 'other'"),
        (json.dumps({"format": "pkcompat-storage", "version": 2}), "version 2 of the format"),
        (json.dumps({"format": "pkcompat-storage", "version": 1}), "that one was cut off"),
        ("\udcff", "it is no UTF-8: invalid start byte at byte 1"),
    ],
)
def test_a_broken_line_is_named_by_its_number(broken: str, message: str) -> None:
    lines = exported(ROOMS)
    lines.insert(2, broken.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(StoreError) as error:
        read_lines(lines, "rooms.jsonl")
    assert str(error.value).startswith("rooms.jsonl, line 3: ")
    assert message in str(error.value)
    assert str(error.value).endswith("; nothing was imported")


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_lines_that_are_missing_are_noticed(missing: int) -> None:
    lines = exported(ROOMS)
    del lines[missing]
    with pytest.raises(StoreError, match="lines are missing, or were added"):
        read_lines(lines, "rooms.jsonl")


def test_what_was_cut_off_or_twice_is_noticed() -> None:
    for nothing in ([], [b"\n"]):
        with pytest.raises(StoreError, match="holds nothing, not even the first line of an export"):
            read_lines(nothing, "rooms.jsonl")
    with pytest.raises(StoreError, match="ends after line 4 without its last line"):
        read_lines(exported(ROOMS)[:-1], "rooms.jsonl")
    lines = exported(ROOMS)
    for again, message in ((lines[1], "the key 'k' of this room"), (lines[3], "the alarm of this room")):
        with pytest.raises(StoreError, match=message):
            read_lines([*lines[:-1], again], "rooms.jsonl")


def test_lines_that_somebody_chose_are_taken_and_so_are_two_exports() -> None:
    assert read_lines([b"\xef\xbb\xbf" + exported(ROOMS)[1], b"\n"], "chosen") == {
        ("main", "a"): RoomContent({"k": encode_value("k", 1)}, None)
    }
    halves = [exported({room: content}) for room, content in ROOMS.items()]
    assert read_lines([*halves[0], *halves[1]], "both") == ROOMS

"""Transcripts as JSON, both ways."""

from typing import Any

import pytest

from pkcompat.traffic.json_fields import FieldError
from pkcompat.traffic.transcript import Answer, Closed, Message, Opened, Refused, StepRecord, Unanswered
from pkcompat.traffic.transcript_json import dump_transcript, parse_transcript, sorted_headers

ENTRIES: list[dict[str, Any]] = [
    {"result": {"open": True}, "events": {}},
    {"result": {"open": True, "subprotocol": "chat"}, "events": {}},
    {"result": {"status": 403, "text": "no"}, "events": {}},
    {"result": {"status": 200, "headers": [["x-a", "1"]], "text": "é"}, "events": {"a": [{"text": "t"}]}},
    {"result": {"status": 200, "headers": [], "binary": "/w=="}, "events": {"a": [{"binary": "/w=="}]}},
    {"result": {"error": "no answer"}, "events": {"b": [{"close": [1005, ""]}]}},
    {"result": None, "events": {}},
]
RECORDS = (
    StepRecord(Opened()),
    StepRecord(Opened("chat")),
    StepRecord(Refused(403, b"no")),
    StepRecord(Answer(200, (("x-a", "1"),), "é".encode()), {"a": (Message("t"),)}),
    StepRecord(Answer(200, (), b"\xff"), {"a": (Message(b"\xff"),)}),
    StepRecord(Unanswered("no answer"), {"b": (Closed(1005, ""),)}),
    StepRecord(),
)


def test_every_kind_of_result_and_event_both_ways() -> None:
    assert parse_transcript(ENTRIES) == RECORDS
    assert dump_transcript(RECORDS) == ENTRIES


def test_a_client_without_events_is_left_out() -> None:
    assert parse_transcript([{"result": None, "events": {"a": []}}]) == (StepRecord(),)


def test_headers_are_sorted_by_name_and_repeated_ones_keep_their_order() -> None:
    assert sorted_headers([("X-B", "2"), ("a", "z"), ("x-b", "1")]) == (
        ("a", "z"),
        ("x-b", "2"),
        ("x-b", "1"),
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ([], "transcript, entry 1: must be an object, is a list"),
        ({"result": {"status": "200"}}, "entry 1: `result`: `status` must be a whole number, is a string"),
        ({"result": {"status": 200, "headers": [["a"]]}}, "`headers` must be a list of [name, value]"),
        ({"events": {"a": [{}]}}, "events of 'a': must have `text`, `binary` or `close`"),
        ({"events": {"a": [{"close": [1000]}]}}, "events of 'a': `close` must be [code, reason]"),
    ],
)
def test_what_is_wrong_is_said(entry: Any, message: str) -> None:
    with pytest.raises(FieldError) as error:
        parse_transcript([entry])
    assert message in str(error.value)

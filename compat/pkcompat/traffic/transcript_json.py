"""Transcripts as JSON in traffic files."""

from __future__ import annotations

import base64
from typing import Any

from pkcompat.traffic.json_fields import FieldError, Fields, kind
from pkcompat.traffic.transcript import (
    Answer,
    Closed,
    Event,
    Message,
    Opened,
    Refused,
    Result,
    StepRecord,
    Transcript,
    Unanswered,
)


def parse_transcript(entries: list[Any]) -> Transcript:
    """Convert a traffic file's `transcript`.

    Raises:
        FieldError: something in it is wrong; the message says what and where.
    """
    return tuple(
        _parse_record(entry, f"transcript, entry {number}") for number, entry in enumerate(entries, 1)
    )


def dump_transcript(transcript: Transcript) -> list[dict[str, Any]]:
    """Convert a transcript to a traffic file's `transcript`."""
    return [
        {
            "result": dump_result(record.result),
            "events": {
                client: [dump_event(event) for event in events] for client, events in record.events.items()
            },
        }
        for record in transcript
    ]


def dump_result(result: Result) -> dict[str, Any] | None:
    """Convert a step's result to its JSON in a transcript."""
    match result:
        case None:
            return None
        case Opened(subprotocol):
            return {"open": True} | ({} if subprotocol is None else {"subprotocol": subprotocol})
        case Refused(status, body):
            return {"status": status} | _dump_body(body)
        case Answer(status, headers, body):
            return {"status": status, "headers": [list(pair) for pair in headers]} | _dump_body(body)
        case Unanswered(problem):
            return {"error": problem}


def dump_event(event: Event) -> dict[str, Any]:
    """Convert an event to its JSON in a transcript."""
    match event:
        case Message(str() as text):
            return {"text": text}
        case Message(bytes() as data):
            return {"binary": base64.b64encode(data).decode()}
        case Closed(code, reason):
            return {"close": [code, reason]}
    raise TypeError(f"no event: {event!r}")


def _dump_body(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"binary": base64.b64encode(body).decode()}


def _parse_record(entry: object, place: str) -> StepRecord:
    fields = Fields(entry, place)
    events: dict[str, tuple[Event, ...]] = {}
    by_client = Fields(fields.get("events") or {}, f"{place}: `events`")
    for client in fields.get("events") or {}:
        received = by_client.items(client)
        if received:
            events[client] = tuple(
                _parse_event(event, f"{place}: events of {client!r}") for event in received
            )
    return StepRecord(_parse_result(fields.get("result"), place), events)


def _parse_result(value: object, place: str) -> Result:
    if value is None:
        return None
    fields = Fields(value, f"{place}: `result`")
    if "open" in fields:
        return Opened(fields.text("subprotocol") if "subprotocol" in fields else None)
    if "error" in fields:
        return Unanswered(fields.text("error"))
    status = fields.whole_number("status")
    given = fields.one_of(["text", "binary"])
    body = fields.base64("binary") if given == "binary" else fields.text("text", "").encode()
    if "headers" not in fields:
        return Refused(status, body)
    return Answer(status, sorted_headers(_pairs(fields)), body)


def sorted_headers(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers in a transcript's order: names in lower case, sorted; repeated ones keep their order."""
    return tuple(sorted(((name.lower(), value) for name, value in pairs), key=lambda pair: pair[0]))


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    pairs = []
    for pair in fields.items("headers"):
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise fields.error("headers", "must be a list of [name, value]")
        pairs.append((pair[0], pair[1]))
    return pairs


def _parse_event(value: object, place: str) -> Event:
    fields = Fields(value, place)
    given = fields.one_of(["text", "binary", "close"])
    if given == "text":
        return Message(fields.text("text"))
    if given == "binary":
        return Message(fields.base64("binary"))
    if given == "close":
        match fields.items("close"):
            case [int() as code, str() as reason]:
                return Closed(code, reason)
        raise fields.error("close", "must be [code, reason]")
    raise FieldError(f"{place}: must have `text`, `binary` or `close`, is {kind(value)} without one")

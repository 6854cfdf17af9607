"""Traffic files: reading and writing traffic as JSON."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pkcompat.errors import PkcompatError
from pkcompat.traffic.json_fields import FieldError, Fields, kind, nearest, shown
from pkcompat.traffic.json_text import beyond_python
from pkcompat.traffic.steps import (
    Burst,
    Close,
    Connect,
    Data,
    Drop,
    Headers,
    Http,
    Raw,
    Send,
    Step,
    Traffic,
    Wait,
    clients_of,
)
from pkcompat.traffic.transcript_json import dump_transcript, parse_transcript

DEFAULT_PARTY = "main"

LONGEST_WAIT = 1e9
"""Seconds: some 30 years. It moves clocks that are held still, and calendars end in the year 9999."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2


class TrafficFileError(PkcompatError):
    """A traffic file cannot be read. The message names the file, the step, the field and the problem."""


def load_traffic(path: str | Path) -> Traffic:
    """Read a traffic file.

    Args:
        path: a JSON file: `{"party": ..., "steps": [...], "transcript": [...]}`.

    Raises:
        TrafficFileError: there is no such file, or it is not a valid traffic file.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise TrafficFileError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise TrafficFileError(f"{path}: is not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        return parse_traffic(json.loads(text))
    except json.JSONDecodeError as error:
        raise TrafficFileError(
            f"{path}: line {error.lineno}, column {error.colno}: is not JSON: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        problem = beyond_python(text, error)
        raise TrafficFileError(f"{path}: {problem or error}") from None
    except FieldError as error:
        raise TrafficFileError(f"{path}: {error}") from None


def load_traffic_to_compare(path: str | Path) -> Traffic:
    """Read a traffic file for a comparison.

    Raises:
        TrafficFileError: as with `load_traffic`; or there are no steps, without which any two forms agree.
    """
    traffic = load_traffic(path)
    if not traffic.steps:
        raise TrafficFileError(
            f"{path}: the traffic file: `steps` is empty, so nothing would be compared; put steps into it, "
            "or compare without a traffic file, under generated traffic"
        )
    return traffic


def dump_traffic(traffic: Traffic) -> str:
    """The text of a traffic file, from which `load_traffic` reads equal traffic."""
    document: dict[str, Any] = {}
    if traffic.name:
        document["name"] = traffic.name
    if traffic.about:
        document["about"] = traffic.about
    document["party"] = traffic.party
    document["steps"] = [dump_step(step) for step in traffic.steps]
    if traffic.transcript is not None:
        document["transcript"] = dump_transcript(traffic.transcript)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def save_traffic(traffic: Traffic, path: str | Path) -> None:
    """Write a traffic file.

    Raises:
        TrafficFileError: it cannot be written.
    """
    try:
        Path(path).write_text(dump_traffic(traffic), encoding="utf-8")
    except OSError as error:
        raise TrafficFileError(f"{path}: {error.strerror or error}") from None


def parse_traffic(document: object) -> Traffic:
    """Convert a JSON document to traffic.

    Raises:
        FieldError: something in it is wrong; the message says what and where.
    """
    fields = Fields(document, "the traffic file")
    fields.reject_misspelt(["party", "steps", "transcript", "name", "about", "javascript"])
    steps = tuple(
        parse_step(value, f"step {number}") for number, value in enumerate(fields.items("steps"), 1)
    )
    _check_clients(steps)
    transcript = None
    if fields.get("transcript") is not None:
        transcript = parse_transcript(fields.items("transcript"))
        if len(transcript) != len(steps):
            raise fields.error(
                "transcript", f"must have one entry a step: {len(transcript)} entries, {len(steps)} steps"
            )
    return Traffic(
        party=fields.text("party", DEFAULT_PARTY),
        steps=steps,
        transcript=transcript,
        name=fields.text("name", ""),
        about=fields.text("about", ""),
    )


def parse_step(document: object, place: str = "the step") -> Step:
    """Convert a JSON document to a step.

    Args:
        document: the step as in a traffic file.
        place: what errors call it.

    Raises:
        FieldError: something in it is wrong; the message says what and where.
    """
    fields = Fields(document, place)
    op = fields.text("op")
    if op not in _PARSERS:
        right = nearest(op, _PARSERS)
        hint = f"did you mean {right!r}?" if right else f"known are {', '.join(_PARSERS)}"
        raise fields.error("op", f"is {op!r}, which is not an operation; {hint}")
    fields.place += f" ({op})"
    known, parse = _PARSERS[op]
    fields.reject_misspelt(["op", *known])
    return parse(fields)


def _check_clients(steps: tuple[Step, ...]) -> None:
    connected: set[str] = set()
    for number, step in enumerate(steps, 1):
        if isinstance(step, Connect):
            connected.add(step.client)
        for client in clients_of(step):
            if client not in connected:
                raise FieldError(f"step {number}: client {client!r} has not connected in an earlier step")


def _parse_connect(fields: Fields) -> Connect:
    return Connect(fields.text("client"), _path(fields), _headers(fields))


def _parse_send(fields: Fields) -> Send:
    return Send(fields.text("client"), _data(fields))


def _parse_burst(fields: Fields) -> Burst:
    sends: list[tuple[str, Data]] = []
    for index, item in enumerate(fields.items("sends"), 1):
        if isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item):
            item = {"client": item[0], "text": item[1]}
        if isinstance(item, dict):
            send = Fields(item, f"{fields.place}: `sends`, entry {index}")
            sends.append((send.text("client"), _data(send)))
        else:
            raise fields.error("sends", f"entry {index}: must be [client, text], is {_shown(item)}")
    return Burst(tuple(sends))


def _parse_close(fields: Fields) -> Close:
    client = fields.text("client")
    if fields.get("code") is None:
        return Close(client)
    code, reason = fields.whole_number("code"), fields.text("reason", "")
    if not 1000 <= code <= 4999 or code in (1005, 1006, 1015):
        raise fields.error("code", f"is {shown(code)}, which no close frame may carry")
    if len(reason.encode()) > 123:
        raise fields.error("reason", "is longer than 123 bytes")
    return Close(client, code, reason)


def _parse_drop(fields: Fields) -> Drop:
    return Drop(fields.text("client"))


def _parse_http(fields: Fields) -> Http:
    body = b""
    given = fields.one_of(["body", "body_b64"])
    if given == "body" and fields.get("body") is not None:
        body = fields.text("body").encode()
    elif given == "body_b64":
        body = fields.base64("body_b64")
    method = fields.text("method", "GET")
    if not _TOKEN.fullmatch(method):
        raise fields.error("method", f"is {method!r}, which is not an HTTP method")
    return Http(method.upper(), _path(fields), _headers(fields), body)


def _parse_raw(fields: Fields) -> Raw:
    return Raw(fields.text("client"), fields.base64("binary"))


def _parse_wait(fields: Fields) -> Wait:
    return Wait(fields.number("seconds", LONGEST_WAIT))


_PARSERS: dict[str, tuple[tuple[str, ...], Callable[[Fields], Step]]] = {
    "connect": (("client", "path", "headers"), _parse_connect),
    "send": (("client", "text", "binary"), _parse_send),
    "burst": (("sends",), _parse_burst),
    "close": (("client", "code", "reason"), _parse_close),
    "drop": (("client",), _parse_drop),
    "http": (("method", "path", "headers", "body", "body_b64"), _parse_http),
    "raw": (("client", "binary"), _parse_raw),
    "wait": (("seconds",), _parse_wait),
}


def _path(fields: Fields) -> str:
    path = fields.text("path")
    if not path.startswith("/"):
        raise fields.error("path", f"must start with a slash, is {path!r}")
    if any(character <= " " for character in path):
        raise fields.error("path", "must not hold spaces or control characters; percent-encode them")
    return path


def _data(fields: Fields) -> Data:
    given = fields.one_of(["text", "binary"])
    if given is None:
        raise fields.error("text", "is missing (or `binary`, in base64)")
    return fields.text("text") if given == "text" else fields.base64("binary")


def _headers(fields: Fields) -> Headers:
    value = fields.get("headers")
    pairs = list(value.items()) if isinstance(value, dict) else ([] if value is None else value)
    if not isinstance(pairs, list):
        raise fields.error("headers", f"must be an object or a list of pairs, is {kind(value)}")
    for pair in pairs:
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(x, str) for x in pair)):
            raise fields.error("headers", f"must hold strings, has {_shown(pair)}")
        if not _TOKEN.fullmatch(pair[0]):
            raise fields.error("headers", f"has {_shown(pair)}, whose name is not a valid header name")
        if not all(character == "\t" or " " <= character <= "~" for character in pair[1]):
            raise fields.error("headers", f"must hold printable ASCII, has {_shown(pair)}")
    return tuple((name, text) for name, text in pairs)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def dump_step(step: Step) -> dict[str, Any]:
    """Convert a step to its JSON in a traffic file."""
    match step:
        case Connect(client, path, headers):
            return {"op": "connect", "client": client, "path": path} | _dump_headers(headers)
        case Send(client, data):
            return {"op": "send", "client": client} | _dump_data(data)
        case Burst(sends):
            return {"op": "burst", "sends": [_dump_burst_entry(*entry) for entry in sends]}
        case Close(client, None, _):
            return {"op": "close", "client": client}
        case Close(client, code, reason):
            return {"op": "close", "client": client, "code": code, "reason": reason}
        case Drop(client):
            return {"op": "drop", "client": client}
        case Http(method, path, headers, body):
            return {"op": "http", "method": method, "path": path} | _dump_headers(headers) | _dump_body(body)
        case Raw(client, raw):
            return {"op": "raw", "client": client, "binary": base64.b64encode(raw).decode()}
        case Wait(seconds):
            return {"op": "wait", "seconds": seconds}


def _dump_headers(headers: Headers) -> dict[str, Any]:
    if not headers:
        return {}
    as_object = dict(headers)  # shorter to read, but only a list of pairs can repeat a name
    return {"headers": as_object if len(as_object) == len(headers) else [list(pair) for pair in headers]}


def _dump_data(data: Data) -> dict[str, str]:
    return {"text": data} if isinstance(data, str) else {"binary": base64.b64encode(data).decode()}


def _dump_burst_entry(client: str, data: Data) -> Any:
    return [client, data] if isinstance(data, str) else {"client": client} | _dump_data(data)


def _dump_body(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_b64": base64.b64encode(body).decode()}

"""Steps and their results, in words."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Wait, clients_of
from pkcompat.traffic.transcript import Answer, Closed, Event, Message, Opened, Refused, Result, Unanswered

_LONGEST = 100


def tell_step(step: Step) -> str:
    """What a client does, such as `a connects to /party/room`."""
    match step:
        case Connect(client, path, headers):
            return f"{client} connects to {path}{_with_headers(headers)}"
        case Send(client, data):
            return f"{client} sends {tell_data(data)}"
        case Burst(sends):
            clients = clients_of(step)
            verb = "sends" if len(clients) == 1 else "send"
            return f"{', '.join(clients)} {verb} {len(sends)} messages at once"
        case Close(client, None, _):
            return f"{client} closes"
        case Close(client, code, reason):
            return f"{client} closes with {code}{f' {reason}' if reason else ''}"
        case Drop(client):
            return f"{client}'s TCP connection dies"
        case Http(method, path, headers, body):
            shown = f" with {tell_body(body)}" if body else ""
            return f"{method} {path}{_with_headers(headers)}{shown}"
        case Raw(client, data):
            return (
                f"{client} writes {len(data)} raw bytes {data[:16].hex(' ')}{'…' if len(data) > 16 else ''}"
            )
        case Wait(seconds):
            return f"{seconds:g} s pass"


def tell_result(result: Result) -> str:
    """The result of a handshake or a request; empty for other steps."""
    match result:
        case None:
            return ""
        case Opened(subprotocol):
            return "open" if subprotocol is None else f"open, speaking {subprotocol}"
        case Refused(status, body):
            return f"refused: {status} {tell_body(body)}"
        case Answer(status, headers, body):
            own = "".join(f", {name}: {value}" for name, value in headers if name != "content-type")
            return f"{status} {tell_body(body)}{own}"
        case Unanswered(problem):
            return problem


def tell_event(event: Event) -> str:
    """What a client received."""
    match event:
        case Message(data):
            return tell_data(data)
        case Closed(code, reason):
            return f"closed with {code}{f' {reason}' if reason else ''}"


def tell_events(events: tuple[Event, ...]) -> str:
    """What a client received after one step, in order."""
    return " · ".join(tell_event(event) for event in events) or "nothing"


def tell_data(data: str | bytes) -> str:
    """A message: a text in quotes, bytes in base64."""
    if isinstance(data, str):
        return f"“{_short(data)}”"
    return f"{len(data)} bytes {_short(base64.b64encode(data).decode())}".rstrip()


def tell_body(body: bytes) -> str:
    """A body: as text if it is UTF-8."""
    if not body:
        return "no body"
    try:
        return tell_data(body.decode())
    except UnicodeDecodeError:
        return tell_data(body)


def _with_headers(headers: tuple[tuple[str, str], ...]) -> str:
    return f" ({', '.join(f'{name}: {value}' for name, value in headers)})" if headers else ""


def _short(text: str) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def tell_whose(clients: Iterable[str | None]) -> str:
    """Where forms differ: in what clients receive, or, for None, in the answer."""
    return ", ".join("the answer" if client is None else f"what {client} receives" for client in clients)

"""Handshakes of which nothing has to be negotiated, as most are; without I/O.

The parser of websockets reads every header of a handshake, each into objects of its own. What is plain here
is checked and answered from the bytes that the HTTP parser has found; anything else is left to websockets.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import unquote

from websockets.datastructures import Headers
from websockets.http11 import Response

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3

_ONCE = {
    b"connection": re.compile(rb"(?i)(?:keep-alive, ?)?upgrade"),  # as browsers and libraries write it
    b"upgrade": re.compile(rb"(?i)websocket"),
    b"sec-websocket-key": re.compile(rb"[A-Za-z0-9+/]{22}=="),  # 16 bytes
    b"sec-websocket-version": re.compile(rb"13"),
}
_AT_MOST_ONCE = {
    b"origin": re.compile(rb"(?s).*"),
    b"sec-websocket-protocol": re.compile(rb"[\w!#$%&'*+.^`|~-]+(?:, ?[\w!#$%&'*+.^`|~-]+)*", re.ASCII),
}
_LOOKED_AT = {name: rule.fullmatch for name, rule in {**_ONCE, **_AT_MOST_ONCE}.items()}

_ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)


def plain_key(headers: Iterable[tuple[bytes, bytes]], *, negotiates: bool) -> bytes | None:
    """The key of a handshake that is plain; else None.

    Args:
        headers: with names in lower case; they have passed `check_handshake`.
        negotiates: whether the server has extensions to offer.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        fits = _LOOKED_AT.get(name)
        if fits is None:
            if negotiates and name == b"sec-websocket-extensions":
                return None
        elif name in found or fits(value) is None:
            return None
        else:
            found[name] = value
    return found[b"sec-websocket-key"] if _ONCE.keys() <= found.keys() else None


def plain_answer(key: bytes) -> bytes:
    """The answer to a plain handshake, without headers or a subprotocol of the application's."""
    return _ANSWER % accept_of(key)


def accept_of(key: bytes) -> bytes:
    """The `Sec-WebSocket-Accept` for a key (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def response_to(key: bytes) -> Response:
    """The answer to a plain handshake, as websockets makes it, for one to which something is added."""
    headers = Headers(Date="", Upgrade="websocket", Connection="Upgrade")
    headers["Sec-WebSocket-Accept"] = accept_of(key).decode("ascii")
    return Response(101, "Switching Protocols", headers)


class Shaking(Protocol):
    """What is known of a connection before its handshake: what uvicorn's classes keep."""

    asgi_version: Any
    scheme: Any
    server: Any
    client: Any
    root_path: str
    app_state: dict[str, Any]


def scope_of(known: Shaking, target: bytes, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """The ASGI scope of a plain handshake, without extensions; as uvicorn makes it.

    Args:
        known: the connection.
        target: path and query, in ASCII.
        headers: with names in lower case.
    """
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("ascii")
    return {
        "type": "websocket",
        "asgi": {"version": known.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": known.scheme,
        "server": known.server,
        "client": known.client,
        "root_path": known.root_path,
        "path": known.root_path + (unquote(path) if "%" in path else path),
        "raw_path": known.root_path.encode("ascii") + raw_path,
        "query_string": query,
        "headers": headers,
        "subprotocols": offered_subprotocols(headers),
        "state": known.app_state.copy(),
    }


def offered_subprotocols(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The subprotocols that a plain handshake offers."""
    return [
        token.strip()
        for name, value in headers
        if name == b"sec-websocket-protocol"
        for token in value.decode("ascii").split(",")
    ]

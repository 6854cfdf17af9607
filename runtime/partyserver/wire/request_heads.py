"""Which request heads a server must not accept, and what such a client is answered; without I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

STOPPING = "The server is stopping."
NO_TUNNEL = "There is no CONNECT here."

RawHeaders = Iterable[tuple[bytes, bytes]]

# RFC 3986, section 3.2: a name, an IPv4 address or an IP literal, and a port; empty where there is none.
_HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?", re.ASCII)

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, section 5.5

_LONGEST_HOST = 300  # a name of the DNS has at most 253 characters


class HeadRefusedError(Exception):
    """A head is refused.

    Attributes:
        status: the status of the answer.
        reason: what is wrong, for the client; it holds nothing that the client sent.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@lru_cache(maxsize=256)
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


def has_one_host(headers: RawHeaders) -> bool:
    """Whether `check_host` has nothing against a request, of any version of HTTP; as most have not."""
    hosts = [value for name, value in headers if name == b"host"]
    return len(hosts) == 1 and len(hosts[0]) <= _LONGEST_HOST and _is_host(hosts[0])


def check_host(headers: RawHeaders, http_version: str) -> None:
    """Check a request's `Host` header (RFC 9112, section 3.2).

    Args:
        headers: with names in lower case.
        http_version: before 1.1 none need be there.

    Raises:
        HeadRefusedError: 400: there is none, more than one, or one that names no host.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        if hosts:
            raise HeadRefusedError(400, "A request must have one Host header.")
        if http_version != "1.0":
            raise HeadRefusedError(400, "A request must have a Host header.")
    elif len(hosts[0]) > _LONGEST_HOST or not _is_host(hosts[0]):
        raise HeadRefusedError(400, "The Host header names no host.")


def check_handshake(method: str, target: bytes, headers: RawHeaders) -> None:
    """Check what every handshake of a WebSocket must have, and the parser of WebSockets does not tell.

    Args:
        method: of the request.
        target: its path and query.
        headers: with names in lower case.

    Raises:
        HeadRefusedError: 405: it is no GET; 400: it has a body, a path or key beyond ASCII, or a control
            character in a header.
    """
    if method != "GET":
        raise HeadRefusedError(405, "A handshake must be a GET.")
    if not target.isascii():
        raise HeadRefusedError(400, "A path must be percent-encoded.")
    if has_body(headers):
        raise HeadRefusedError(400, "A handshake must not have a body.")
    if _CONTROL.search(b"".join([value for _, value in headers])):
        raise HeadRefusedError(400, "A header must not hold control characters.")
    if any(name == b"sec-websocket-key" and not value.isascii() for name, value in headers):
        raise HeadRefusedError(400, "A key must be in Base64.")  # websockets 15 raises something else


def has_body(headers: RawHeaders) -> bool:
    """Whether a request says that it has a body; `headers` are with names in lower case."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 \t"))
        for name, value in headers
    )


def check_size(target: bytes, headers: RawHeaders, most: int) -> None:
    """Check the length of a whole head, as it came.

    Raises:
        HeadRefusedError: 414 or 431: it is too long.
    """
    if len(target) + sum(len(name) + len(value) + 4 for name, value in headers) > most:
        raise too_long(target_alone=len(target) > most, most=most)


def too_long(*, target_alone: bool, most: int) -> HeadRefusedError:
    """The refusal of a head of more than `most` bytes, or of one whose path alone has as many."""
    if target_alone:
        return HeadRefusedError(414, f"The path must be shorter than {most} bytes.")
    return HeadRefusedError(431, f"The head of a request must be shorter than {most} bytes.")


def answer(status: int, text: str) -> bytes:
    """The bytes of an answer after which the connection closes."""
    phrase = HTTPStatus(status).phrase
    allow = "allow: GET\r\n" if status == 405 else ""
    return (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(text)}\r\n{allow}connection: close\r\n\r\n{text}"
    ).encode("ascii")

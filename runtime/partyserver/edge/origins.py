"""Which web pages may use a host: those of the origins that it allows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NoReturn

import idna
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from partyserver.edge.refusal import refuse
from partyserver.exceptions import OriginError

ANY_ORIGIN = "*"

_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.ASCII | re.DOTALL
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>.*))?", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PAGE_SCHEMES = {"ws": "http", "wss": "https"}
_NOTHING = "(?!)"
_ANY_SUBDOMAIN = r"(?:[a-z0-9_-]+\.)+"


class AllowedOrigins:
    """The origins whose pages may use a host.

    A request without an `Origin` header is admitted. Browsers send one with every WebSocket handshake, and
    with every request of another origin's page that is neither `GET` nor `HEAD` or whose answer the page can
    read; other clients need not. What the request says of its way here (`Host`, `Forwarded`,
    `X-Forwarded-Host`) does not count: any site can have its own name lead to this machine.

    Attributes:
        pattern: a regular expression for these origins as browsers write them.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        """
        Args:
            origins: such as `https://example.com`, `http://localhost:5173`, and `https://*.example.com` for
                all subdomains of `example.com` at any depth, without itself.

        Raises:
            OriginError: one is none; the message says what to write.
        """
        if isinstance(origins, str):
            raise OriginError(f"allow_origins is a list of origins: allow_origins=[{origins!r}]")
        # Schemes and hosts are case-insensitive, though browsers write them in small letters.
        self.pattern = f"(?ai:{'|'.join(map(_pattern, origins)) or _NOTHING})"
        self._matches = re.compile(self.pattern).fullmatch

    def admit(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request with these headers may come in."""
        given = [value for name, value in headers if name == b"origin"]
        if not given:
            return True
        return len(given) == 1 and self._matches(given[0].decode("latin-1")) is not None


def allowed_origins(origins: Iterable[str]) -> AllowedOrigins | None:
    """The origins that a host allows; None for `*`: every one.

    Raises:
        OriginError: one is none, or `*` does not stand alone.
    """
    given = [ANY_ORIGIN] if origins == ANY_ORIGIN else origins
    if isinstance(given, str) or ANY_ORIGIN not in (given := list(given)):
        return AllowedOrigins(given)
    if len(given) > 1:
        raise OriginError("* allows every origin; leave it or the others out")
    return None


async def refuse_origin(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request of a foreign origin with 403."""
    text = (
        "pages of this origin may not use this server; "
        "to allow them: --allow-origin ORIGIN, or Host(allow_origins=[...])\n"
    )
    # Without `no-store` and `Vary` a cache could give this answer to others.
    headers = {"cache-control": "no-store", "vary": "Origin"}
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
    await refuse(PlainTextResponse(text, 403, headers), scope, receive, send)


def _pattern(origin: str) -> str:
    """A regular expression for an origin of the settings, in small letters.

    Raises:
        OriginError: it is none.
    """
    text = origin.lower()
    if text == "null":
        _refuse(origin, "sandboxed pages of any site have it, so allowing it allows every one: write *")
    if text != text.strip() or "," in text or any(character.isspace() for character in text):
        _refuse(origin, "each origin is an entry (an option) of its own, without spaces and commas")
    parts = _ORIGIN.fullmatch(text)
    if parts is None:
        _refuse(origin, f"it has no scheme: write https://{text.lstrip(':/') or 'example.com'}")
    scheme, authority = parts["scheme"], parts["authority"]
    if (page_scheme := _PAGE_SCHEMES.get(scheme)) is not None:
        _refuse(origin, f"it is the page's, not the socket's: write {page_scheme}://{authority}")
    _, at, place = authority.rpartition("@")
    if at:
        _refuse(origin, f"it has no user name: write {scheme}://{place}")
    if parts["rest"]:
        _refuse(origin, f"it ends before the path: write {scheme}://{authority}")
    split = _AUTHORITY.fullmatch(authority)
    if split is None:
        _refuse(origin, "write scheme://host or scheme://host:port")
    host = _host_pattern(origin, split["host"])
    return f"{scheme}://{host}{_port_pattern(origin, scheme, split['port'])}"


def _host_pattern(origin: str, host: str) -> str:
    if host.startswith("["):
        try:
            return re.escape(f"[{ipaddress.IPv6Address(host[1:-1])}]")
        except ValueError:
            _refuse(origin, "its IPv6 address cannot be read; write for example http://[::1]:3000")
    prefix = ""
    if host.startswith("*."):
        prefix, host = _ANY_SUBDOMAIN, host[2:]
        if "." not in host and host != "localhost":
            _refuse(origin, "write *. before a domain, as in https://*.example.com")
    if "*" in host:
        _refuse(origin, "* stands for all subdomains, as in https://*.example.com, or alone for every origin")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()  # as browsers do
        except idna.IDNAError as error:
            _refuse(origin, f"its host is no domain name ({error})")
    if not _HOST.fullmatch(host):
        _refuse(origin, "its host is no domain name; write for example https://example.com")
    return prefix + re.escape(host)


def _port_pattern(origin: str, scheme: str, port: str | None) -> str:
    default = _DEFAULT_PORTS.get(scheme)
    if port is None:
        return f"(?::{default})?" if default else ""
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        _refuse(origin, "its port is no number from 1 to 65535; each port is an origin of its own")
    return f"(?::{default})?" if int(port) == default else f":{int(port)}"


def _refuse(origin: str, why: str) -> NoReturn:
    raise OriginError(f"{origin!r} is no origin to allow: {why}")

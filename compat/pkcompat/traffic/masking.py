"""Masking secrets in recorded traffic: equal secrets get equal pseudonyms, which cannot be traced back."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote_plus

from pkcompat.traffic.steps import Headers

MASKED_HEADERS = frozenset(
    {
        "api-key",
        "authorization",
        "cf-access-jwt-assertion",
        "cookie",
        "proxy-authorization",
        "sec-websocket-protocol",  # browsers have no other header to carry a token in
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-xsrf-token",
    }
)
"""Headers that are masked unless the project unmasks them, in lower case."""

MASKED_QUERY = frozenset(
    {
        "access-token",
        "api-key",
        "apikey",
        "auth",
        "authorization",
        "code",
        "id-token",
        "jwt",
        "key",
        "password",
        "refresh-token",
        "secret",
        "session",
        "sig",
        "signature",
        "ticket",
        "token",
    }
)
"""Query parameters that are masked unless the project unmasks them, in lower case, `_` written as `-`."""


@dataclass(frozen=True, slots=True)
class MaskSettings:
    """A project's settings for masking: the table `[tool.pkcompat.record]`.

    Attributes:
        headers: headers to mask besides `MASKED_HEADERS`.
        query: query parameters to mask besides `MASKED_QUERY`.
        unmask: names of either that are not masked.
    """

    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    unmask: tuple[str, ...] = ()


class Masker:
    """Replaces secrets by pseudonyms.

    Args:
        settings: what is masked.
        key: the key of the pseudonyms; by default random, and never stored, so that a guessed secret cannot
            be checked against its pseudonym.
    """

    def __init__(self, settings: MaskSettings | None = None, key: bytes | None = None) -> None:
        settings = settings or MaskSettings()
        kept = _names(settings.unmask)
        self._headers = (MASKED_HEADERS | _names(settings.headers)) - kept
        self._query = (MASKED_QUERY | _names(settings.query)) - kept
        self._key = key or secrets.token_bytes(32)

    def pseudonym(self, secret: str) -> str:
        """The pseudonym of a secret; an empty one stays empty."""
        if not secret:
            return secret
        digest = hmac.new(self._key, secret.encode(errors="surrogateescape"), hashlib.sha256)
        return f"masked-{digest.hexdigest()[:16]}"

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """Mask headers: cookies keep their names, credentials their scheme (`Bearer`)."""
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if _folded(name) not in self._headers:
            return value
        if name == "cookie" and (cookies := _cookies(value)):
            return "; ".join(f"{key}={self.pseudonym(secret)}" for key, secret in cookies)
        if name in ("authorization", "proxy-authorization"):
            scheme, space, credentials = value.partition(" ")
            if space:
                return f"{scheme} {self.pseudonym(credentials.strip())}"
        return self.pseudonym(value)

    def path(self, path: str) -> str:
        """Mask the query of a path.

        Args:
            path: percent-encoded, with or without a query.
        """
        before, question_mark, query = path.partition("?")
        return before + question_mark + "&".join(map(self._parameter, query.split("&")))

    def _parameter(self, parameter: str) -> str:
        name, equals, value = parameter.partition("=")
        if _folded(unquote_plus(name)) not in self._query:
            return parameter
        return name + equals + self.pseudonym(unquote_plus(value))


def _cookies(value: str) -> list[tuple[str, str]]:
    jar = SimpleCookie()
    try:
        jar.load(value)
    except CookieError:
        return []
    return [(name, morsel.value) for name, morsel in jar.items()]


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_folded, names))


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")

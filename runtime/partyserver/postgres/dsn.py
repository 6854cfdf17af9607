"""Connection strings: the hosts in one, and how it is shown."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_UNREADABLE = "postgresql://..."
_SECRETS = frozenset({"password", "sslpassword"})


def shown(dsn: str) -> str:
    """A connection string without its passwords, for logs and messages."""
    try:
        parts = urlsplit(dsn)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return _UNREADABLE
    if "@" in parts.path + parts.query + parts.fragment:
        return _UNREADABLE  # a password that is not percent-encoded
    user, at, hosts = parts.netloc.rpartition("@")
    kept = [(name, value) for name, value in query if name not in _SECRETS]
    netloc = user.partition(":")[0] + at + hosts
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept, safe="/:,@"), ""))


def each_host(dsn: str) -> list[str]:
    """A connection string for each of the hosts of one, in its order."""
    parts = urlsplit(dsn)
    user, at, hosts = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=user + at + host)) for host in hosts.split(",")]

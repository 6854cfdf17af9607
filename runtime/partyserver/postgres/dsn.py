"""Connection strings: the hosts in one, and how it is shown."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

_PARTS = re.compile(
    r"(?P<scheme>\w+://)(?P<user>[^/?#]*@)?(?P<hosts>[^/?#]*)(?P<path>[^?#]*)(?P<rest>.*)", re.DOTALL
)
_UNREADABLE = "postgresql://..."
_SECRETS = frozenset({"password", "sslpassword"})


def shown(dsn: str) -> str:
    """A connection string without its passwords, for logs and messages."""
    parts = _PARTS.fullmatch(dsn)
    if parts is None or "@" in parts["path"] + parts["rest"]:
        return _UNREADABLE  # such as one with a password that is not percent-encoded
    user = parts["user"] or ""
    if ":" in user:
        user = user.partition(":")[0] + "@"
    kept = [item for item in parse_qsl(parts["rest"][1:], keep_blank_values=True) if item[0] not in _SECRETS]
    query = "?" + urlencode(kept, safe="/:,@") if kept else ""
    return parts["scheme"] + user + parts["hosts"] + parts["path"] + query


def each_host(dsn: str) -> list[str]:
    """A connection string for each of the hosts of one, in its order."""
    parts = _PARTS.fullmatch(dsn)
    if parts is None:
        return [dsn]
    before, after = parts["scheme"] + (parts["user"] or ""), parts["path"] + parts["rest"]
    return [before + host + after for host in parts["hosts"].split(",")]

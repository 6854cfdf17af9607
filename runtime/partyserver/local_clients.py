"""Whether a request was made on this machine, by a program or by hand, and by no page of another site."""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers
from starlette.types import Scope

_PROXY_HEADERS = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)
_IN_PROCESS = "testclient"
"""The client's address under Starlette's `TestClient`; a server has an IP address there."""
_HOST = re.compile(r"\[(?P<ipv6>[^\]]*)\](?::\d*)?|(?P<name>[^:]*)(?::\d*)?", re.DOTALL)
_OTHER_SITES = ("cross-site", "same-site")


def is_local(scope: Scope) -> bool:
    """Whether the client of a request is on this machine, as its socket says.

    To a proxy on this machine all clients are: what carries a header of a proxy's is not local. Neither is
    what asks for a name in the DNS: any site can have its own name lead to a loopback address.

    Args:
        scope: the ASGI scope of the request or the handshake.
    """
    client = scope.get("client")
    if client is None or not (client[0] == _IN_PROCESS or _is_loopback(client[0])):
        return False
    headers = Headers(scope=scope)
    if any(name in headers for name in _PROXY_HEADERS):
        return False
    hosts = headers.getlist("host")
    return len(hosts) <= 1 and all(map(_is_no_dns_name, hosts))


def comes_from_another_site(scope: Scope) -> bool:
    """Whether a page of another site made a request, as far as the browser says so: its `Origin` is not where
    the request went, or `Sec-Fetch-Site` says so.

    Args:
        scope: the ASGI scope of the request or the handshake.
    """
    headers = Headers(scope=scope)
    if any(site.strip().lower() in _OTHER_SITES for site in headers.getlist("sec-fetch-site")):
        return True
    host = headers.get("host", "").lower()
    own = (f"http://{host}", f"https://{host}")
    return any(origin.lower() not in own for origin in headers.getlist("origin"))


def is_local_origin(origin: str) -> bool:
    """Whether an `Origin` is of a page that this machine serves, at any port, as a front end that is being
    worked on."""
    scheme, separator, host = origin.lower().partition("://")
    if not separator or scheme not in ("http", "https"):
        return False
    parts = _HOST.fullmatch(host)
    name = (parts["ipv6"] or parts["name"]) if parts is not None else ""
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _is_no_dns_name(host: str) -> bool:
    """Whether a `Host` header is an IP address, `localhost` or a name without a dot."""
    parts = _HOST.fullmatch(host)
    if parts is None:
        return False
    name = (parts["ipv6"] or parts["name"]).lower()
    if ("." not in name and ":" not in name) or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

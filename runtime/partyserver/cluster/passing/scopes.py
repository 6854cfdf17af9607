"""What of a request's ASGI scope goes to another node: all that the request itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from partyserver.requests import CONNECTION_ID, SUBPROTOCOL

CARRIED = frozenset(
    {
        "type",
        "asgi",
        "http_version",
        "method",
        "scheme",
        "path",
        "raw_path",
        "query_string",
        "root_path",
        "headers",
        "client",
        "server",
        "subprotocols",
        CONNECTION_ID,
        SUBPROTOCOL,
    }
)


def packed(scope: Scope) -> dict[str, Any]:
    """What goes."""
    return {key: list(value) if key == "headers" else value for key, value in scope.items() if key in CARRIED}


def unpacked(carried: Mapping[str, Any], surroundings: Mapping[str, Any]) -> Scope:
    """The scope as it was, in the surroundings of this node: its `app`, say."""
    scope = {**surroundings, **carried}
    scope["headers"] = [(bytes(name), bytes(value)) for name, value in carried["headers"]]
    for key in ("client", "server"):
        if carried.get(key) is not None:
            scope[key] = tuple(carried[key])
    return scope

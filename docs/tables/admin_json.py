"""What `Host.admin` answers in JSON: of a host that runs for it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from docs.tables.sample_host import NOON, sample_host

ROOM = "/api/parties/main/room"
REQUESTS = (
    ("GET", "/api/parties"),
    ("GET", "/api/parties/main/rooms?prefix=k&limit=10"),
    ("GET", f"{ROOM}?room=kitchen"),
    ("GET", f"{ROOM}/connections?room=kitchen"),
    ("GET", f"{ROOM}/keys?room=kitchen"),
    ("POST", f"{ROOM}/close?room=kitchen&connection=anna"),
    ("GET", "/api/parties/guests/rooms"),
    ("GET", f"{ROOM}/keys"),
)
"""In this order, so that what is closed has been shown before."""


async def asked() -> list[tuple[str, str, int, Any]]:
    """Each request with the status and JSON of its answer."""
    found = []
    async with sample_host() as client:
        for method, path in REQUESTS:
            answer = await client.request(method, f"/admin{path}")
            found.append((method, path, answer.status_code, _at_noon(answer.json())))
    return found


def _at_noon(content: Any) -> Any:
    """The same for each build: how long ago a room was active is measured."""
    if isinstance(content, list):
        return [_at_noon(each) for each in content]
    return {**content, "last_active": NOON} if "last_active" in content else content


def answers() -> str:
    """Requests and answers."""
    return "\n\n".join(
        f"`{method} {path}`: {status}\n\n```json\n{json.dumps(content, indent=2)}\n```"
        for method, path, status, content in asyncio.run(asked())
    )

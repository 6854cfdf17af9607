"""A party whose messages wait for ever, until an HTTP request lets them end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from partyserver import Connection, PartyServer, Request, Response


class Waiting(PartyServer):
    """Tells of itself by `GET`; a `POST` lets the messages end."""

    def __init__(self, room: object) -> None:
        super().__init__(room)  # type: ignore[arg-type]
        self.may_end = asyncio.Event()
        self.ended = 0

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.may_end.wait()
        self.ended += 1

    def on_request(self, request: Request) -> Response:
        if request.method == "POST":
            self.may_end.set()
        [resident] = [
            line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
        ]
        connections = len(self.room.get_connections())
        return Response(f"{len(asyncio.all_tasks())} {int(resident) // 1_024} {self.ended} {connections}")

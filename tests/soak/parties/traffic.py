"""Rooms with everything in them: storage, broadcasts, alarms, hibernation; and what the process has left."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import ClassVar

from starlette.responses import JSONResponse

from partyserver import (
    Connection,
    ConnectionContext,
    ExecutionContext,
    Lobby,
    PartyServer,
    Request,
    Response,
    ServerOptions,
)


class Traffic(PartyServer):
    """Numbers the messages of each client and those of the room, and tells everybody of each.

    A message is the client's number for it, and may be followed by ballast.
    """

    options: ClassVar[ServerOptions] = ServerOptions(hibernate=True)

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        found = await self.room.storage.get(["total", f"last {connection.id}"])
        last = found.get(f"last {connection.id}", 0)
        connection.send(f"hello {found.get('total', 0)} {last}")

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        storage = self.room.storage
        text = message.decode() if isinstance(message, bytes) else message
        number = int(text.split()[0])
        total = (await storage.get("total") or 0) + 1
        await storage.put({"total": total, f"last {sender.id}": number, "ballast": text[:4_000]})
        if total % 20 == 0 and await storage.get_alarm() is None:
            await storage.put("set", (await storage.get("set") or 0) + 1)
            await storage.set_alarm(time.time_ns() // 1_000_000 + 500)
        self.room.broadcast(f"message {total} {sender.id} {number}")

    async def on_alarm(self) -> None:
        rings = (await self.room.storage.get("rings") or 0) + 1
        await self.room.storage.put("rings", rings)
        self.room.broadcast(f"ring {rings}")

    async def on_request(self, request: Request) -> Response:
        """What is stored."""
        found = await self.room.storage.get(["total", "set", "rings"])
        last = await self.room.storage.list(prefix="last ")
        return JSONResponse({"total": 0, "set": 0, "rings": 0, **found, "sum": sum(last.values())})

    @staticmethod
    async def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        """The tasks and timers of the process."""
        gc.collect()
        timers = [
            each
            for each in gc.get_objects()
            if type(each).__name__ == "TimerHandle" and not each.cancelled() and not _has_run(each)
        ]
        return JSONResponse({"tasks": len(asyncio.all_tasks()), "timers": len(timers)})


class Steady(Traffic):
    """The same without hibernation."""

    options = ServerOptions(hibernate=False)


def _has_run(timer: object) -> bool:
    """Whether a timer is one that the loop no longer has; asyncio's keep their callback."""
    return isinstance(timer, asyncio.TimerHandle) and not timer._scheduled

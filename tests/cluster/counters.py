"""The party of the experiments on a cluster: it counts, and keeps who counted what in which process."""

from __future__ import annotations

import json
import os
import time

from partyserver import Connection, PartyServer, Request, Response, ServerOptions

ARM_EVERY = 20
"""Every so many counts an alarm is set."""


class Counters(PartyServer):
    """Answers `CLIENT NUMBER` by a broadcast of `COUNT CLIENT NUMBER`, once that is stored; and
    `CLIENT NUMBER ?` by `= COUNT CLIENT NUMBER`, without a write."""

    options = ServerOptions(hibernate=True)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        client, number, *reads = str(message).split()
        storage = self.room.storage
        before = await storage.get("count") or 0
        if reads:
            sender.send(f"= {before} {client} {number}")
            return
        count = 1 + before
        await storage.put({"count": count, f"op {count:09}": [client, int(number), os.getpid()]})
        if count % ARM_EVERY == 0:
            await storage.put("armed", count)
            await storage.set_alarm(round(time.time() * 1_000) + 200)
        self.room.broadcast(f"{count} {client} {number}")

    async def on_alarm(self) -> None:
        await self.room.storage.put("rang", await self.room.storage.get("armed"))

    async def on_request(self, request: Request) -> Response:
        storage = self.room.storage
        state = {
            "stored": list((await storage.list(prefix="op ")).values()),
            "armed": await storage.get("armed"),
            "rang": await storage.get("rang"),
        }
        return Response(json.dumps(state), media_type="application/json")

"""Parties that write, and whose storage shows whether all that they said is there."""

from __future__ import annotations

import time

from starlette.responses import JSONResponse

from partyserver import Connection, PartyServer, Request, Response

FAR_AWAY = 4_000_000_000_000


class Ledger(PartyServer):
    """Numbers what it gets, in several writes that belong together; answers with its id and the number."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        storage = self.room.storage
        count = (await storage.get("count") or 0) + 1
        await storage.put("count", count)
        await storage.put(f"entry {count:09}", message)
        await storage.set_alarm(FAR_AWAY + count)
        await storage.put({"even": count % 2 == 0, "last": count})
        if count % 7 == 0:
            await storage.delete("sevenths")
        else:
            await storage.put("sevenths", count)
        sender.send(f"{self.room.id} {count}")

    async def on_request(self, request: Request) -> Response:
        """What there is: the entries behind the number `?after=`."""
        storage = self.room.storage
        start = f"entry {int(request.query_params.get('after', '0')) + 1:09}"
        entries = await storage.list(start=start, prefix="entry ")
        others = await storage.get(["count", "even", "last", "sevenths"])
        alarm = await storage.get_alarm()
        return JSONResponse({"entries": list(entries.values()), "alarm": alarm, **others})


class Ringer(PartyServer):
    """Sets alarms, `number milliseconds` a message; each that rings notes when, and says so."""

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        number, delay = map(int, str(message).split())
        due = time.time_ns() // 1_000_000 + delay
        await self.room.storage.put("set", [number, due])
        await self.room.storage.set_alarm(due)
        sender.send(f"set {number}")

    async def on_alarm(self) -> None:
        storage = self.room.storage
        number, due = await storage.get("set")
        await storage.put("rang", number)
        await storage.put("rings", (await storage.get("rings") or 0) + 1)
        await storage.put("at", [number, due, time.time_ns() // 1_000_000])
        self.room.broadcast(f"rang {number}")

    async def on_request(self, request: Request) -> Response:
        found = await self.room.storage.get(["set", "rang", "rings", "at"])
        return JSONResponse({**found, "alarm": await self.room.storage.get_alarm()})

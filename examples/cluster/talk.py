"""A chat that forgets nothing: each line gets the next number, is kept, and only then sent to all."""

import json
import os

from partyserver import PartyServer, Response


class Talk(PartyServer):
    async def on_message(self, message, connection):
        said = json.loads(message)
        number = await self.room.storage.get(f"by {said['id']}")
        if number is not None:  # it is sent again, since its answer got lost
            connection.send(json.dumps({**said, "number": number, "again": True}))
            return
        number = (await self.room.storage.get("last") or 0) + 1
        line = {**said, "number": number}
        await self.room.storage.put({"last": number, f"by {said['id']}": number, f"line {number:06}": line})
        self.room.broadcast(json.dumps({**line, "process": os.getpid()}))

    async def on_request(self, request):
        lines = await self.room.storage.list(prefix="line ")
        return Response(json.dumps(list(lines.values())))

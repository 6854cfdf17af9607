"""The parties that `pkcompat serve` serves to the benchmarks. `javascript/` holds the same for PartyKit."""

from __future__ import annotations

from partyserver import Connection, PartyServer, Request, Response, ServerOptions

HISTORY = 500  # messages that an instance of `Remembering` keeps
VALUE = {"name": "Ada", "score": 41, "tags": ["a", "b"], "text": "x" * 80}
KEYS = 1_000


class Awake(PartyServer):
    """Keeps its instance while it has connections."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message, [sender.id])


class Sleeping(Awake):
    """Hibernates."""

    options = ServerOptions(hibernate=True)


class Remembering(Sleeping):
    """Hibernates, with much to forget."""

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.history = [
            {"number": number, "text": f"message {number} " + "x" * 64} for number in range(HISTORY)
        ]
        sender.send("remembered")


class Counting(PartyServer):
    """Hibernates; answers with the number of messages that its instance has seen: "1" from one that woke."""

    options = ServerOptions(hibernate=True)
    seen = 0

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.seen += 1
        sender.send(str(self.seen))


class Answering(PartyServer):
    """Answers requests, with an `async def` as Starlette's peer has."""

    async def on_request(self, request: Request) -> Response:
        return Response("hello", media_type="text/plain")


class Storing(PartyServer):
    """Makes so many storage calls in one request: `/party/<room>/get/1000`."""

    async def on_request(self, request: Request) -> Response:
        storage = self.room.storage
        call, calls = request.url.path.split("/")[-2:]
        if call == "get":
            await storage.put("key", VALUE)
            for _ in range(int(calls)):
                await storage.get("key")
        else:
            for number in range(int(calls)):
                await storage.put(f"key {number % KEYS}", VALUE)
        return Response("hello", media_type="text/plain")


class Writing(PartyServer):
    """Stores 200 bytes for each message, and answers once they are safe."""

    options = ServerOptions(hibernate=True)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put("value", "x" * 200)
        sender.send("stored")

"""Generated conversations: a passed-on room does what a local one does, for clients and handlers."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import pytest
from tests.partyserver.cluster.two_nodes import TestedNode, two_nodes
from tests.partyserver.in_process import until
from tests.partyserver.uvicorn_server import SECONDS
from tests.partyserver.wire_paths import DIRECT, PLAIN
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from partyserver import Connection, ConnectionContext, PartyServer

seen: list[Any] = []


class Table(PartyServer):
    """Does what it is told, and notes what it sees."""

    def get_connection_tags(self, connection: Connection, ctx: ConnectionContext) -> list[str]:
        return [ctx.request.query_params.get("tag", "none")]

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.set_state({"n": 0})
        connection.send(f"you are {connection.id}")
        self.room.broadcast(f"{connection.id} came", [connection.id])
        if "refuse" in ctx.request.query_params:
            raise ValueError("refused")
        if "bounce" in ctx.request.query_params:
            connection.close(4_100, "bounced")

    def on_message(self, message: str | bytes, sender: Connection) -> Any:
        seen.append((sender.id, message))
        sender.set_state(lambda state: {"n": state["n"] + 1})
        if isinstance(message, bytes):
            self.room.broadcast(message)
            return None
        word, _, rest = message.partition(" ")
        match word:
            case "all":
                self.room.broadcast(rest)
            case "others":
                self.room.broadcast(rest, [sender.id])
            case "tag":
                for connection in self.room.get_connections(rest):
                    connection.send(f"tagged {rest} {connection.state}")
            case "kick":
                for connection in self.room.get_connections(rest):
                    connection.send("goodbye")
                    connection.close(4_200, f"by {sender.id}")
                self.room.broadcast("kicked")
            case "store":
                return self._store(sender, rest)
            case "many":
                for number in range(int(rest)):
                    sender.send(f"{number}")
                    self.room.broadcast(f"b{number}", [sender.id] if number % 3 else [])
        return None

    async def _store(self, sender: Connection, text: str) -> None:
        await self.room.storage.put("text", text)
        self.room.broadcast(f"stored {text}")
        await sender.send(f"{await self.room.storage.get('text')} is stored")

    def on_close(self, connection: Connection) -> None:
        seen.append((connection.id, "left", connection.state))
        self.room.broadcast(f"{connection.id} left")


def script(seed: int) -> list[tuple[str, str, str | bytes]]:
    """Steps: which client does what."""
    chance = random.Random(seed)
    words = ["a", "ä€😀", "long " * 3_000, "", "x" * 70_000]
    steps: list[tuple[str, str, str | bytes]] = [("c0", "connect", "tag=red"), ("c1", "connect", "tag=blue")]
    there = ["c0", "c1"]
    for number in range(2, 30):
        who = chance.choice(there) if there else ""
        match chance.randrange(12):
            case 0 | 1:
                query = chance.choice(["tag=red", "tag=blue", "tag=red", "refuse", "bounce"])
                steps.append((f"c{number}", "connect", query))
                if query.startswith("tag"):
                    there.append(f"c{number}")
            case 2 if len(there) > 1:
                there.remove(who)
                steps.append((who, "close", chance.choice(["1000", "1001", "3333"])))
            case 3 if len(there) > 1:
                steps.append((who, "send", "kick red"))
                there.clear()  # whoever is left is asked for nothing more
            case 4:
                steps.append((who, "send", chance.randbytes(chance.choice([0, 3, 200_000]))))
            case 5:
                steps.append((who, "send", f"tag {chance.choice(['red', 'blue', 'none'])}"))
            case 6:
                steps.append((who, "send", f"many {chance.randrange(40)}"))
            case other:
                steps.append((who, "send", f"{('all', 'others', 'store')[other % 3]} {chance.choice(words)}"))
        if not there:
            break
    return steps


class Player:
    """One client, and what it has received."""

    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.received: list[Any] = []
        self.task = asyncio.create_task(self._receive())

    async def _receive(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self.client:
                self.received.append(message)
        self.received.append((self.client.close_code, self.client.close_reason))


async def quiet(node: TestedNode, players: dict[str, Player]) -> None:
    """Wait until nothing comes any more: a ping overtakes nothing, and no handler runs."""
    before: list[int] = []
    same = 0
    while same < 3:
        await node.host._tasks.drain(5)
        for player in players.values():
            if not player.task.done():
                with contextlib.suppress(ConnectionClosed):
                    await (await player.client.ping())
        now = [len(player.received) for player in players.values()] + [len(seen)]
        same = same + 1 if now == before else 0
        before = now


async def transcript(seed: int, path: str, *, passed_on: bool) -> Any:
    seen.clear()
    async with two_nodes({"main": Table}, path, debug=True) as (_, owner, server):
        assert owner.node is not None
        address = f"127.0.0.1:{server.port}" if passed_on else owner.node.address
        players: dict[str, Player] = {}
        for who, what, value in script(seed):
            if what == "connect":
                players[who] = Player(await connect(f"ws://{address}/party/room?_pk={who}&{value!s}"))
            elif what == "close":
                await players[who].client.close(int(value), "bye")
            else:
                with contextlib.suppress(ConnectionClosed):
                    await players[who].client.send(value)
            await quiet(owner, players)
        for player in players.values():
            await player.client.close()
            await quiet(owner, players)
        await until(lambda: not owner.host._parties["main"].room("room")._instance.sockets, SECONDS)
        return {who: player.received for who, player in players.items()}, list(seen)


@pytest.mark.parametrize("path", [DIRECT, PLAIN])
@pytest.mark.parametrize("seed", range(2))
async def test_transcripts_are_equal(seed: int, path: str) -> None:
    async with asyncio.timeout(60):
        local = await transcript(seed, path, passed_on=False)
        assert await transcript(seed, path, passed_on=True) == local
